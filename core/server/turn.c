/* See turn.h.  A database that cannot be asked is told of elsewhere: then nobody has the turn.
 */
#include "server/turn.h"

#include "base/clock.h"
#include "base/mem.h"
#include "server/own_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_S = 10 /* for the database */, SPARE_S = 5 /* a run, and what tells its end */ };

struct turns {
    struct timer_turns asked;
    struct db_worker *db;
    struct statement_set *statements;
    char *name;
    int64_t longest; /* seconds */
};

/* ---- values ---- */

static void set_text(struct db_op *op, const char *param, const char *text)
{
    const struct db_call *call = &op->calls[0];
    int index = statement_param(call->statement, param);
    if (index >= 0)
        db_value_set_bytes(&call->args[index], DB_TEXT, text, strlen(text));
}

static char *row_of(const struct timer_turn *turn)
{
    return mem_format("timer %s", turn->name);
}

static char *held_until(const struct turns *turns, int64_t until)
{
    return mem_format("%012lld %s", (long long)until, turns->name);
}

/* Seconds in which nobody else begins, from a beginning on. */
static int64_t rest_of(const struct timer_turn *turn)
{
    return (int64_t)(turn->interval / 10 * 9 / NS_PER_S);
}

/* ---- asking ---- */

static struct turns *turns_of(const struct timer_turn *turn)
{
    return CONTAINER(turn->turns, struct turns, asked);
}

static void run(struct timer_turn *turn, const char *statement, const char *next,
                void (*done)(struct db_op *op))
{
    struct turns *turns = turns_of(turn);
    CLEANUP(mem_freep) char *row = row_of(turn);
    CLEANUP(mem_freep) char *now = mem_format("%012lld", (long long)clock_now() + 1);
    struct db_op *op = db_op_new(DB_RUN, turns->statements, 1);
    struct err err;
    db_op_call(op, 0, statement_find(turns->statements, statement));
    set_text(op, "row", row);
    set_text(op, "now", now);
    set_text(op, "held", turn->held ? turn->held : "");
    set_text(op, "next", next);
    op->done = done;
    op->owner = turn;
    op->deadline = clock_monotonic() + WAIT_S * NS_PER_S;
    turn->op = op;
    if (db_submit(turns->db, op, &err))
        return;
    op->ok = false;
    done(op);
}

static void tell(struct timer_turn *turn, bool mine)
{
    if (!mine)
        free(TAKE(turn->held));
    turn->told(turn, mine);
}

static bool has_changed(struct timer_turn *turn)
{
    struct db_op *op = TAKE(turn->op);
    bool changed = op->ok && op->results[0].affected == 1;
    db_op_free(op);
    return changed;
}

static void made(struct db_op *op)
{
    struct timer_turn *turn = op->owner;
    tell(turn, has_changed(turn));
}

/* The row may not be there yet. */
static void taken(struct db_op *op)
{
    struct timer_turn *turn = op->owner;
    bool missing = op->ok && !turn->known;
    turn->known |= op->ok;
    if (has_changed(turn))
        tell(turn, true);
    else if (missing)
        run(turn, "host.turn_make", turn->held, made);
    else
        tell(turn, false);
}

static void take(struct timer_turn *turn)
{
    const struct turns *turns = turns_of(turn);
    int64_t rest = rest_of(turn), longest = turns->longest + SPARE_S;
    turn->began = clock_now();
    free(turn->held);
    turn->held = held_until(turns, turn->began + (rest > longest ? rest : longest));
    run(turn, "host.turn_take", turn->held, taken);
}

/* ---- its end ---- */

static void left(struct db_op *op)
{
    struct timer_turn *turn = op->owner;
    db_op_free(TAKE(turn->op));
    free(TAKE(turn->held));
    turn->told(turn, false);
}

static void leave(struct timer_turn *turn)
{
    CLEANUP(mem_freep) char *next = held_until(turns_of(turn), turn->began + rest_of(turn));
    run(turn, "host.turn_leave", next, left);
}

static void forget(struct timer_turn *turn)
{
    if (turn->op)
        db_cancel(TAKE(turn->op));
    free(TAKE(turn->held));
}

/* ---- life ---- */

struct turns *turns_new(struct db_worker *db, const char *name, uint64_t longest)
{
    const struct statement_source source = own_statements();
    struct turns *turns = mem_new(1, sizeof *turns);
    turns->asked = (struct timer_turns){.take = take, .leave = leave, .forget = forget};
    turns->db = db;
    turns->statements =
        statement_set_new(&source, 1, db->db->driver->dialect, db->db->drivers, NULL, NULL);
    turns->name = mem_text(name);
    turns->longest = (int64_t)(longest / NS_PER_S);
    return turns;
}

struct timer_turns *turns_asked(struct turns *turns)
{
    return strcmp(turns->db->db->driver->dialect->name, "mariadb") == 0 ? &turns->asked : NULL;
}

void turns_free(struct turns *turns)
{
    if (!turns)
        return;
    statement_set_unref(turns->statements);
    free(turns->name);
    free(turns);
}
