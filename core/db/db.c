/* The drivers there are, and what is the same for all of them. */
#include "db/db.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct db_driver *const drivers[] = {&sqlite_driver, &mariadb_driver};

bool db_url_parse(const char *text, struct url *ret_url, struct err *err)
{
    const char *wrong = url_parse(text, ret_url);

    return !wrong || err_set(err, ERR_INPUT,
                             "the database URL %s; it looks like sqlite:///path/file.db or "
                             "mariadb://user@host:3306/name",
                             wrong);
}

static const struct db_driver *find_driver(const char *scheme, struct err *err)
{
    enum { COUNT = sizeof drivers / sizeof *drivers };
    struct buf names = {0};

    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(scheme, drivers[i]->name) == 0)
            return drivers[i];
    for (size_t i = 0; i < COUNT; i++)
        buf_addf(&names, "%s%s", i > 0 ? ", " : "", drivers[i]->name);
    err_set(err, ERR_INPUT, "no database driver '%s'; there are: %s", scheme, names.data);
    buf_done(&names);
    return NULL;
}

bool db_open(const struct url *url, struct db **ret_db, struct err *err)
{
    const struct db_driver *driver = find_driver(url->scheme, err);

    return driver != NULL && driver->open(url, ret_db, err);
}

bool db_find(const struct url *url, struct err *err)
{
    const struct db_driver *driver = find_driver(url->scheme, err);

    return driver != NULL && (driver->find == NULL || driver->find(url, err));
}

void db_close(struct db *db)
{
    if (db != NULL)
        db->driver->close(db);
}

bool db_attach(struct db *db, struct loop *loop, struct db_worker **ret_worker, struct err *err)
{
    return db->driver->attach(db, loop, ret_worker, err);
}

void db_detach(struct db_worker *worker)
{
    if (worker != NULL)
        worker->db->driver->detach(worker);
}

bool db_submit(struct db_worker *worker, struct db_op *op, struct err *err)
{
    op->worker = worker;
    return worker->db->driver->submit(worker, op, err);
}

bool db_well(struct db *db, struct err *err)
{
    return db->driver->well == NULL || db->driver->well(db, err);
}

void db_cancel(struct db_op *op)
{
    op->worker->db->driver->cancel(op->worker, op);
}

void db_abandon(struct db_worker *worker, struct db_tx *tx)
{
    worker->db->driver->abandon(worker, tx);
}

struct db_op *db_op_new(enum db_verb verb, struct statement_set *set, size_t ncalls)
{
    struct db_op *op = mem_new(1, sizeof *op);

    op->verb = verb;
    op->set = statement_set_ref(set);
    op->ncalls = ncalls;
    op->calls = mem_new(ncalls, sizeof *op->calls);
    op->results = mem_new(ncalls, sizeof *op->results);
    op->deadline = UINT64_MAX;
    return op;
}

struct db_value *db_op_call(struct db_op *op, size_t index, const struct statement *statement)
{
    struct db_call *call = &op->calls[index];

    call->statement = statement;
    call->args = mem_new(statement->nparams, sizeof *call->args);
    return call->args;
}

bool db_op_writes(const struct db_op *op)
{
    for (size_t i = 0; i < op->ncalls; i++)
        if (op->calls[i].statement->writes)
            return true;
    return false;
}

bool db_err_prefix(struct err *err, const struct statement *statement)
{
    return err_prefix(err, "%s (%s:%d)", statement->name, statement->file, statement->line);
}

void db_op_free(struct db_op *op)
{
    if (op == NULL)
        return;
    if (op->verb == DB_BEGIN && op->tx != NULL)
        db_abandon(op->worker, op->tx);
    for (size_t i = 0; i < op->ncalls; i++) {
        const struct db_call *call = &op->calls[i];
        for (size_t k = 0; call->args != NULL && k < call->statement->nparams; k++)
            db_value_done(&call->args[k]);
        free(call->args);
        db_result_done(&op->results[i]);
    }
    free(op->calls);
    free(op->results);
    statement_set_unref(op->set);
    free(op);
}

bool db_check(struct db *db, const struct statement_set *set, statement_fault *fault,
              void *owner, struct err *err)
{
    struct db_session *session;

    if (!db->driver->session_open(db, &session, err))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->items[i];
        struct err found;
        int line = 0;
        if (db->driver->session_check(session, statement->sql, &line, &found))
            continue;
        err_prefix(&found, "%s", statement->name);
        fault(owner, statement->file, statement->line + line, found.text);
    }
    db->driver->session_close(session);
    return true;
}
