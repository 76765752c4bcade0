/* What is the same for all drivers. */
#include "db/db.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

bool db_url_parse(const struct db_driver *const *drivers, const char *text, struct url *ret_url,
                  struct err *err)
{
    const char *wrong = url_parse(text, ret_url);
    struct buf like = {0};

    if (wrong == NULL)
        return true;
    for (size_t i = 0; drivers[i] != NULL; i++)
        buf_addf(&like, "%s%s", i > 0 ? " or " : "", drivers[i]->dialect->url);
    err_set(err, ERR_INPUT, "the database URL %s; it looks like %s", wrong, like.data);
    buf_done(&like);
    return false;
}

bool db_url_number(const struct url *url, const char *name, int64_t most, size_t *number,
                   struct err *err)
{
    const char *text = url_option(url, name);
    int64_t value = 0;

    if (text == NULL)
        return true;
    if (!str_to_int64(slice_of(text), 1, most, &value))
        return err_set(err, ERR_INPUT, "%s=%s: a number between 1 and %lld is meant", name,
                       text, (long long)most);
    *number = (size_t)value;
    return true;
}

static const struct db_driver *find_driver(const struct db_driver *const *drivers,
                                           const char *scheme, struct err *err)
{
    struct buf names = {0};

    for (size_t i = 0; drivers[i] != NULL; i++)
        if (strcmp(scheme, drivers[i]->dialect->name) == 0)
            return drivers[i];
    dialect_names(drivers, "", ", ", &names);
    err_set(err, ERR_INPUT, "no database driver '%s'; there are: %s", scheme, names.data);
    buf_done(&names);
    return NULL;
}

bool db_open(const struct db_driver *const *drivers, const struct url *url, struct db **ret_db,
             struct err *err)
{
    const struct db_driver *driver = find_driver(drivers, url->scheme, err);

    if (driver == NULL || !driver->open(url, ret_db, err))
        return false;
    (*ret_db)->driver = driver;
    (*ret_db)->drivers = drivers;
    return true;
}

bool db_find(const struct db_driver *const *drivers, const struct url *url, struct err *err)
{
    const struct db_driver *driver = find_driver(drivers, url->scheme, err);

    return driver != NULL && (driver->find == NULL || driver->find(url, err));
}

bool db_guest(const struct db_driver *const *drivers, const struct url *url,
              const struct db_driver **ret_driver, struct db_session **ret_session,
              struct err *err)
{
    const struct db_driver *driver = find_driver(drivers, url->scheme, err);

    if (driver == NULL)
        return false;
    *ret_driver = driver;
    if (driver->session_guest == NULL)
        return err_set(err, ERR_INPUT, "'%s' is no server's scheme", url->scheme);
    return driver->session_guest(url, ret_session, err);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    free(TAKE(db->why));
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

void db_shut(struct db *db, const char *why)
{
    if (db->why == NULL)
        db->why = mem_text(why); /* some worker may still read it when it is opened again */
    __atomic_store_n(&db->is_shut, true, __ATOMIC_RELEASE);
}

void db_unshut(struct db *db)
{
    __atomic_store_n(&db->is_shut, false, __ATOMIC_RELEASE);
}

const char *db_is_shut(const struct db *db)
{
    return __atomic_load_n(&db->is_shut, __ATOMIC_ACQUIRE) ? db->why : NULL;
}

bool db_submit(struct db_worker *worker, struct db_op *op, struct err *err)
{
    if (op->tx == NULL && (op->verb == DB_COMMIT || op->verb == DB_ROLLBACK))
        return err_set(err, ERR_STATE, "there is no transaction to end");
    if (op->tx != NULL && op->verb == DB_BEGIN)
        return err_set(err, ERR_STATE, "a transaction cannot begin inside another");
    const char *why = db_is_shut(worker->db);
    if (why != NULL)
        return err_set(err, ERR_IO, "%s", why);
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

/* ---- operations ---- */

enum {
    OWN =
        1280, /* bytes for arguments and texts, as most have: in one block with the operation */
    MORE = 4096,
    ALIGNED = 16
};

struct db_block {
    struct db_block *next;
    _Alignas(ALIGNED) char bytes[];
};

struct db_op *db_op_new(enum db_verb verb, struct statement_set *set, size_t ncalls)
{
    size_t calls = ncalls * sizeof(struct db_call), results = ncalls * sizeof(struct db_result);
    size_t whole = (sizeof(struct db_op) + calls + results + ALIGNED - 1) / ALIGNED * ALIGNED;
    struct db_op *op = memset(mem_resize(NULL, 1, whole + OWN), 0, whole);

    op->room = (char *)op + whole;
    op->left = OWN;
    op->verb = verb;
    op->set = statement_set_ref(set);
    op->ncalls = ncalls;
    op->calls = (struct db_call *)(void *)(op + 1);
    op->results = (struct db_result *)(void *)(op->calls + ncalls);
    op->deadline = UINT64_MAX;
    return op;
}

static void *take(struct db_op *op, size_t len)
{
    len = (len + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (len > op->left) {
        size_t size = len > MORE ? len : MORE;
        struct db_block *block = mem_resize(NULL, 1, sizeof *block + size);
        block->next = op->blocks;
        op->blocks = block;
        op->room = block->bytes;
        op->left = size;
    }
    char *taken = op->room;
    op->room += len;
    op->left -= len;
    return taken;
}

struct db_value *db_op_call(struct db_op *op, size_t index, const struct statement *statement)
{
    struct db_call *call = &op->calls[index];
    size_t bytes = statement->nparams * sizeof *call->args;

    call->statement = statement;
    call->args = memset(take(op, bytes), 0, bytes);
    return call->args;
}

struct db_kept {
    struct db_kept *next;
    const char *source;
    char bytes[];
};

const char *db_op_keep(struct db_op *op, struct slice source)
{
    struct db_kept *kept = take(op, sizeof *kept + source.len + 1);

    kept->next = op->kept;
    kept->source = source.data;
    memcpy(kept->bytes, source.data, source.len);
    kept->bytes[source.len] = '\0';
    op->kept = kept;
    return kept->bytes;
}

const char *db_op_kept(const struct db_op *op, const char *source)
{
    const struct db_kept *kept = op->kept;

    while (kept != NULL && kept->source != source)
        kept = kept->next;
    return kept != NULL ? kept->bytes : NULL;
}

static void free_blocks(struct db_op *op)
{
    while (op->blocks != NULL) {
        struct db_block *block = op->blocks;

        op->blocks = block->next;
        free(block);
    }
}

struct db_names **db_op_names(const struct db_op *op, size_t call)
{
    return &op->set->items[op->calls[call].statement->index]->columns;
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
        db_result_done(&op->results[i]);
    }
    free_blocks(op);
    statement_set_unref(op->set);
    free(op);
}

void db_op_fail(struct db_op *op, const struct err *err)
{
    op->ok = false;
    op->err = *err;
}

bool db_op_is_late(struct db_op *op)
{
    struct err err;

    if (__atomic_load_n(&op->cancelled, __ATOMIC_RELAXED))
        err_set(&err, ERR_TIMEOUT, "cancelled before it began");
    else if (op->deadline != UINT64_MAX && clock_monotonic() >= op->deadline)
        err_set(&err, ERR_TIMEOUT, "the deadline passed while waiting for the database");
    else
        return false;
    db_op_fail(op, &err);
    return true;
}

void db_op_return(struct db_op *op)
{
    if (op->verb == DB_COMMIT || op->verb == DB_ROLLBACK)
        free(TAKE(op->tx));
    if (__atomic_load_n(&op->cancelled, __ATOMIC_RELAXED))
        db_op_free(op);
    else
        op->done(op);
}

/* ---- ends ---- */

static void return_now(struct loop_timer *timer)
{
    db_ends_return(timer->owner);
}

void db_ends_init(struct db_ends *ends, struct loop *loop)
{
    *ends = (struct db_ends){.loop = loop, .later = {.fire = return_now, .owner = ends}};
    TAILQ_INIT(&ends->ops);
}

void db_ends_add(struct db_ends *ends, struct db_op *op)
{
    TAILQ_INSERT_TAIL(&ends->ops, op, link);
}

void db_ends_return(struct db_ends *ends)
{
    struct db_op *op;

    if (ends->returning)
        return;
    ends->returning = true;
    while ((op = TAILQ_FIRST(&ends->ops)) != NULL) {
        TAILQ_REMOVE(&ends->ops, op, link);
        db_op_return(op);
    }
    ends->returning = false;
}

void db_ends_return_later(struct db_ends *ends)
{
    if (!TAILQ_EMPTY(&ends->ops) && !ends->returning && !loop_timer_is_set(&ends->later))
        loop_timer_set(ends->loop, &ends->later, 0);
}

static void come_back(struct loop_call *call)
{
    db_op_return(CONTAINER(call, struct db_op, call));
}

void db_ends_post(struct db_ends *ends)
{
    struct db_op *op;

    loop_timer_clear(ends->loop, &ends->later);
    while ((op = TAILQ_FIRST(&ends->ops)) != NULL) {
        TAILQ_REMOVE(&ends->ops, op, link);
        op->call.run = come_back;
        loop_post(ends->loop, &op->call);
    }
}

/* ---- statements ---- */

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
