/*
 * A connection to the server on a loop.  It knows no pool and tries nothing again: it does one
 * thing at a time and then says how that went.
 *
 *        .-- say, ping, run, run_array --v
 *      IDLE                            BUSY
 *        ^---------- changed() ----------|
 *        `-- the server closes it --> CLOSED <-- lost, broken, too late --- BUSY
 *
 * changed() is the one callback: the state is another than before, and `answer` says why.  It
 * may be called before the function that made the connection busy has returned.  Inside it the
 * owner may make the connection busy again or close it, but not free it: that is for a later
 * turn of the loop.  Closing is silent.
 *
 * An operation on it, step by step:
 *
 *   one call         [prepare] -> execute -> [fetch …] -> over
 *   several          START TRANSACTION -> each as above -> COMMIT -> over
 *   several in a tx  SAVEPOINT -> each as above -> over
 *
 * One that has failed is as if it had not run, as far as the connection lives and can be rolled
 * back: `dirty` says that a transaction is open on the server.
 */
#pragma once

#include "db/db.h"
#include "db/mariadb/error.h"
#include "db/mariadb/step.h"
#include "db/mariadb/value.h"
#include "db/prepared.h"

enum maria_state { CONN_IDLE, CONN_BUSY, CONN_CLOSED };

/* How its operation keeps its calls together. */
enum maria_frame {
    FRAME_NONE, /* one call, or none: a commit of its own */
    FRAME_OWN,  /* a transaction of its own */
    FRAME_HELD, /* one call in a transaction that is open already */
    FRAME_SAVED /* several, behind a savepoint */
};

/* What may be prepared of each statement. */
enum maria_variant {
    VARIANT_ONE,
    VARIANT_ARRAY,   /* or two lookups */
    VARIANT_LOOKUPS, /* four, and so on */
    VARIANT_COUNT = VARIANT_LOOKUPS + 2
};

struct maria_answer {
    bool ok;
    enum maria_effect effect; /* where it is not ok */
    bool unknown;             /* it may have been done although nothing was heard of it */
    struct err err;
};

struct maria_conn {
    void (*changed)(struct maria_conn *conn);
    void *owner;
    enum maria_state state;
    struct maria_answer answer;
    uint64_t asked, heard; /* it became busy, and something last came; loop_now() */
    bool dirty;            /* the owner sets it, too, when it has opened a transaction */

    /* its own */
    struct loop *loop;
    struct loop_watch watch;
    struct loop_timer timer; /* until when it is busy */
    struct maria_step step;
    int waits_for; /* the step; 0: it is complete */
    bool writing;  /* the loop watches whether the socket takes more */
    bool going;
    void (*then)(struct maria_conn *conn); /* what follows the step */
    struct db_prepared prepared;
    struct maria_binds params, columns;
    void **place;     /* where what the step is about is kept prepared, or NULL */
    struct db_op *op; /* that runs, or has run last */
    enum maria_frame frame;
    size_t call; /* of the operation; all of them, when it is being committed */
    struct maria_array {
        struct maria_cells cells;
        size_t answered; /* rows of the answer that were read */
        int64_t id;      /* of the one that was read last */
    } array;
};

/* Takes over what was connected; IDLE.  false: it is still the caller's. */
bool maria_conn_open(struct loop *loop, MYSQL *my, void (*changed)(struct maria_conn *conn),
                     void *owner, struct maria_conn **ret_conn, struct err *err);
void maria_conn_close(struct maria_conn *conn); /* harmless when it is closed */
void maria_conn_free(struct maria_conn *conn);  /* one that is closed */

/* Nothing to read and no end: not known to be closed by the server. */
bool maria_conn_is_quiet(const struct maria_conn *conn);

/* Each makes an IDLE connection busy, until `due` at most. */
void maria_conn_say(struct maria_conn *conn, const char *sql, uint64_t due);
void maria_conn_ping(struct maria_conn *conn, uint64_t due);
void maria_conn_run(struct maria_conn *conn, struct db_op *op, bool inside, uint64_t due);

/* It is to end by then at the latest, if it is busy. */
void maria_conn_hurry(struct maria_conn *conn, uint64_t due);
/* Whatever it is busy with: nothing will be heard of it. */
void maria_conn_give_up(struct maria_conn *conn);
/* Puts before an answer's error which statement it is about, and behind it whether nobody knows
 * what became of it. */
void maria_conn_explain(const struct maria_conn *conn, struct err *err);

/* ---- for what else runs on it (array.c) ---- */

typedef void maria_then(struct maria_conn *conn);

/* It is busy with the operation from now on; begin a step, and then let it go on. */
void maria_conn_begin(struct maria_conn *conn, struct db_op *op, enum maria_frame frame,
                      uint64_t due);
void maria_conn_go(struct maria_conn *conn);
/* Where a variant of the statement is kept: conn->place.  false: it is unusable. */
bool maria_conn_find(struct maria_conn *conn, const struct statement *statement,
                     size_t variant);
/* Steps: when one is complete then(conn) is called, never from inside these. */
void maria_conn_prepare(struct maria_conn *conn, const char *sql, maria_then *then);
void maria_conn_execute(struct maria_conn *conn, MYSQL_STMT *stmt, maria_then *then);
void maria_conn_fetch(struct maria_conn *conn, maria_then *then);
/* Its end.  A step that failed; an answer that the server did not mean; well. */
void maria_conn_step_failed(struct maria_conn *conn);
void maria_conn_broken(struct maria_conn *conn, const struct err *err);
void maria_conn_unusable(struct maria_conn *conn); /* the same, without more to say */
void maria_conn_failed(struct maria_conn *conn, enum maria_effect effect,
                       const struct err *err);
void maria_conn_done(struct maria_conn *conn);
