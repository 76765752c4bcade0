/* See node.h.  One operation is under way at most; what changes meanwhile is written behind it.
 */
#include "server/node.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/shared.h"
#include "server/inventory.h"
#include "server/keyring.h"
#include "server/own_tables.h"
#include "server/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_S = 10 /* for the database */ };

struct node {
    struct loop *loop;
    struct db_worker *db;
    struct statement_set *statements;
    struct keyring *keyring;
    struct loop_timer timer;
    struct db_op *op; /* under way; NULL: none */
    bool again;       /* something has changed since it was submitted */
    bool stopped;
    void (*over)(void *owner); /* see node_end() */
    void *owner;

    char *name;
    int64_t started_at, reloaded_at; /* reloaded_at 0: never */
    bool reload_good;
    unsigned generation;
    char digest[sizeof((struct generation *)0)->digest];
    struct buf files; /* its inventory */
    bool has_told;    /* the row has it */
};

/* ---- values ---- */

static struct db_value *value_of(struct db_op *op, const char *param)
{
    const struct db_call *call = &op->calls[0];
    int index = statement_param(call->statement, param);
    return index < 0 ? NULL : &call->args[index];
}

static void set_integer(struct db_op *op, const char *param, int64_t number)
{
    struct db_value *value = value_of(op, param);
    if (value)
        *value = (struct db_value){.type = DB_INTEGER, .integer = number};
}

static void set_text(struct db_op *op, const char *param, const char *text)
{
    struct db_value *value = value_of(op, param);
    if (value)
        db_value_set_bytes(value, DB_TEXT, text, strlen(text));
}

/* Each statement takes those that it names. */
static void set_values(const struct node *node, struct db_op *op)
{
    set_text(op, "name", node->name);
    set_integer(op, "now", clock_now());
    set_integer(op, "before", clock_now() - NODE_FORGET_S);
    set_integer(op, "live", clock_now() - NODE_LIVE_S);
    set_integer(op, "generation", node->generation);
    set_text(op, "digest", node->digest);
    set_text(op, "version", TC_VERSION);
    set_text(op, "secrets", keyring_ids(node->keyring));
    set_text(op, "files", node->files.data);
    set_integer(op, "started_at", node->started_at);
    if (node->reloaded_at == 0)
        return;
    set_integer(op, "reloaded_at", node->reloaded_at);
    set_integer(op, "reload_good", node->reload_good);
}

/* ---- writing ---- */

static void run(struct node *node, const char *statement, void (*done)(struct db_op *op))
{
    struct err err;
    struct db_op *op = db_op_new(DB_RUN, node->statements, 1);
    db_op_call(op, 0, statement_find(node->statements, statement));
    set_values(node, op);
    op->done = done;
    op->owner = node;
    op->deadline = clock_monotonic() + (node->stopped ? NODE_END_S : WAIT_S) * NS_PER_S;
    if (db_submit(node->db, op, &err))
        node->op = op;
    else
        db_op_free(op);
}

static void write_row(struct node *node);

/* ---- the others ---- */

/* name, digest, version, reload_good */
static void tell_of(const struct node *node, const struct db_value *row, struct buf *out)
{
    if (out->len > 0)
        buf_adds(out, "\n             ");
    buf_addf(out, "%s ", row[0].bytes.data);
    if (strcmp(row[1].bytes.data, node->digest) != 0)
        buf_addf(out, "runs other files (%s)", row[1].bytes.data);
    else if (strcmp(row[2].bytes.data, TC_VERSION) != 0)
        buf_adds(out, "runs the same files");
    else
        buf_adds(out, "could not reload");
    if (strcmp(row[2].bytes.data, TC_VERSION) != 0)
        buf_addf(out, " by version %s", row[2].bytes.data);
}

static void looked(struct db_op *op)
{
    struct node *node = op->owner;
    const struct db_result *others = &op->results[0];
    struct buf text = {0};
    for (size_t row = 0; op->ok && row < others->nrows; row++)
        tell_of(node, &others->cells[row * others->ncolumns], &text);
    if (op->ok)
        status_note("nodes", &text);
    buf_done(&text);
    db_op_free(TAKE(node->op));
    if (node->again)
        write_row(node);
}

/* ---- its row ---- */

/* Its inventory is long, and written once. */
static void told(struct db_op *op)
{
    struct node *node = op->owner;
    node->has_told = op->ok && !node->again;
    db_op_free(TAKE(node->op));
    if (!node->stopped)
        run(node, "host.node_others", looked);
    if (!node->op && node->again)
        write_row(node);
}

/* It is written; there may be no time for a look at the others. */
static void ended(struct db_op *op)
{
    struct node *node = op->owner;
    bool ok = op->ok;
    if (ok)
        keyring_told(node->keyring);
    db_op_free(TAKE(node->op));
    if (ok && !node->stopped && node->has_told)
        run(node, "host.node_others", looked);
    else if (ok && !node->stopped && node->files.len > 0)
        run(node, "host.node_files", told);
    if (!node->op && node->again)
        write_row(node);
}

static void inserted(struct db_op *op)
{
    struct node *node = op->owner;
    if (!op->ok || node->stopped) {
        ended(op);
        return;
    }
    db_op_free(TAKE(node->op));
    run(node, "host.node_forget", ended);
}

static void updated(struct db_op *op)
{
    struct node *node = op->owner;
    bool is_missing = op->ok && op->results[0].affected == 0;
    if (!is_missing || node->stopped) {
        ended(op);
        return;
    }
    db_op_free(TAKE(node->op));
    run(node, "host.node_insert", inserted);
}

static void heard(struct db_op *op)
{
    struct node *node = op->owner;
    if (op->ok)
        keyring_hear(node->keyring, &op->results[0]);
    db_op_free(TAKE(node->op));
    if (!node->stopped)
        run(node, "host.node_update", updated);
}

/* What it says of the secrets is asked for before. */
static void write_row(struct node *node)
{
    node->again = node->op != NULL;
    if (node->stopped)
        node->again = false;
    else if (!node->op)
        run(node, "host.secret_word", heard);
}

static void beat(struct loop_timer *timer)
{
    struct node *node = timer->owner;
    loop_timer_set(node->loop, timer, loop_now(node->loop) + NODE_BEAT_S * NS_PER_S);
    write_row(node);
}

/* ---- life ---- */

char *node_name(const char *url)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return mem_format("%s %s", host, url);
}

struct node *node_new(struct loop *loop, struct db_worker *db, const char *name,
                      struct keyring *keyring)
{
    const struct statement_source source = own_statements();
    struct node *node = mem_new(1, sizeof *node);
    node->loop = loop;
    node->db = db;
    node->statements =
        statement_set_new(&source, 1, db->db->driver->dialect, db->db->drivers, NULL, NULL);
    node->timer = (struct loop_timer){.fire = beat, .owner = node};
    node->name = mem_text(name);
    node->keyring = keyring;
    node->started_at = clock_now();
    return node;
}

void node_adopt(struct node *node, const struct generation *generation)
{
    if (!node || node->stopped)
        return;
    node->generation = generation->number;
    memcpy(node->digest, generation->digest, sizeof node->digest);
    buf_clear(&node->files);
    inventory_write(&generation->files, &node->files);
    node->has_told = false;
    beat(&node->timer);
}

void node_reloaded(struct node *node, bool good)
{
    if (!node)
        return;
    node->reloaded_at = clock_now();
    node->reload_good = good;
    write_row(node);
}

void node_look(struct node *node)
{
    if (node)
        write_row(node);
}

static void said(struct db_op *op)
{
    struct node *node = op->owner;
    db_op_free(TAKE(node->op));
    node->over(node->owner);
}

bool node_end(struct node *node, void (*over)(void *owner), void *owner)
{
    if (!node || node->stopped)
        return false;
    node_stop(node);
    node->over = over;
    node->owner = owner;
    run(node, "host.node_end", said);
    return node->op != NULL;
}

void node_stop(struct node *node)
{
    if (!node)
        return;
    node->stopped = true;
    if (node->op)
        db_cancel(TAKE(node->op));
    loop_timer_clear(node->loop, &node->timer);
}

void node_free(struct node *node)
{
    if (!node)
        return;
    statement_set_unref(node->statements);
    buf_done(&node->files);
    free(node->name);
    free(node);
}
