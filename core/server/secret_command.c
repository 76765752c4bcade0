/*
 * See secret_command.h.
 *
 *     add      a new line in the file; nodes that have it know it, and say so in their rows
 *     rotate   once all of them do: the database's word, then the order of this file's lines
 *
 * Whatever ends it between two steps, the word decides, and the file has every secret.
 */
#include "server/secret_command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "server/control.h"
#include "server/instance.h"
#include "server/node.h"
#include "server/secret.h"
#include "server/secret_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PART = 1, NOTHING = 2, SERVER_S = 10, ASK_MS = 50 };

struct work {
    const char *path, *control;
    struct db *db;
    struct db_session *session;
    struct secret_word word;
    struct secrets file, secrets; /* as the lines stand; as the database says, if it does */
    bool found, agreed;
    struct db_result nodes; /* live ones: name, seconds since its heart has beaten, ids,
                               generation, which is 0 of one that has said that it stops */
};

/* ---- what there is ---- */

static bool ask_nodes(struct work *work, struct err *err)
{
    static const char sql[] =
        "SELECT name, ? - heartbeat_at, secrets, generation FROM node WHERE heartbeat_at > ? "
        "ORDER BY name";
    int64_t now = clock_now();
    struct db_value args[2] = {{.type = DB_INTEGER, .integer = now},
                               {.type = DB_INTEGER, .integer = now - NODE_LIVE_S}};
    return work->db->driver->session_run(work->session, sql, args, 2, &work->nodes, err) ||
           err_prefix(err, "the table `node` (`timecapsule migrate` brings it up to date)");
}

static bool look(struct work *work, struct err *err)
{
    if (!secret_word_ask(work->db, work->session, &work->word, err) ||
        !secret_file_read(work->path, &work->found, &work->file, err) || !ask_nodes(work, err))
        return false;
    work->secrets = work->file;
    work->agreed = work->word.found && secret_order(&work->secrets, &work->word);
    return work->word.found ||
           err_set(err, ERR_STATE,
                   "the database has no server secret yet: the first start makes one");
}

static bool must_agree(const struct work *work, struct err *err)
{
    return work->agreed ||
           err_set(err, ERR_STATE,
                   "%s '%s'%s: bring the right one, or, where it is lost for good: timecapsule "
                   "secret lost",
                   work->found ? "the secret in" : "there is no secret file", work->path,
                   work->found ? " is not of this database" : "");
}

/* The last line that has never been current; -1 for none. */
static int next_of(const struct secrets *secrets)
{
    for (size_t i = secrets->count; i-- > 0;)
        if (secrets->items[i].state == SECRET_NEXT)
            return (int)i;
    return -1;
}

static const char *text_at(const struct work *work, size_t row, size_t column)
{
    return work->nodes.cells[row * work->nodes.ncolumns + column].bytes.data;
}

static long long age_at(const struct work *work, size_t row)
{
    return (long long)work->nodes.cells[row * work->nodes.ncolumns + 1].integer;
}

static bool has_stopped(const struct work *work, size_t row)
{
    return work->nodes.cells[row * work->nodes.ncolumns + 3].integer == 0;
}

static bool knows(const struct work *work, size_t row, const char *id)
{
    return strstr(text_at(work, row, 2), id) != NULL;
}

/* ---- the running server ---- */

/* Until the server of this data folder says that it knows the secret, or that it is the first
 * it names; false where it does not in time.  Where none runs there is nothing to wait for. */
static bool await_server(const struct work *work, const char *id, bool first)
{
    uint64_t until = clock_monotonic() + SERVER_S * NS_PER_S;
    bool there = false, runs = true;
    while (!there && runs && clock_monotonic() < until) {
        CLEANUP(buf_done) struct buf answer = {0};
        struct err err;
        bool yes = false;
        runs = control_ask(work->control, "secrets", SERVER_S, &yes, &answer, &err) && yes;
        const char *at = runs && answer.data ? strstr(answer.data, id) : NULL;
        there = at && (!first || at == answer.data);
        if (!there && runs)
            usleep(ASK_MS * 1000);
    }
    return there || !runs;
}

/* ---- showing ---- */

static void show_secret(const struct secret *secret)
{
    static const char *const states[] = {"current", "previous", "next"};
    time_t at = (time_t)secret->since;
    struct tm utc;
    char since[32] = "";
    if (at)
        strftime(since, sizeof since, " since %Y-%m-%d %H:%M:%S UTC", gmtime_r(&at, &utc));
    printf("%s  %s%s\n", secret->id, states[secret->state], since);
}

static bool has_line(const struct secrets *secrets, const char *id)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (strcmp(secrets->items[i].id, id) == 0)
            return true;
    return false;
}

static int show(struct work *work, struct err *err)
{
    if (!must_agree(work, err))
        return NOTHING;
    for (size_t i = 0; i < work->secrets.count; i++)
        show_secret(&work->secrets.items[i]);
    for (size_t i = 0; i < work->word.count; i++)
        if (!has_line(&work->secrets, work->word.past[i].id))
            printf("%s  missing: it was current once, and has no line in %s\n",
                   work->word.past[i].id, work->path);
    for (size_t i = 0; i < work->nodes.nrows; i++)
        printf("node %s (%lld s ago%s) knows %s\n", text_at(work, i, 0), age_at(work, i),
               has_stopped(work, i) ? ", stopped" : "",
               *text_at(work, i, 2) ? text_at(work, i, 2) : "none");
    return 0;
}

/* ---- add ---- */

static int add(struct work *work, struct err *err)
{
    if (!must_agree(work, err))
        return NOTHING;
    int next = next_of(&work->secrets);
    if (next >= 0) {
        err_set(err, ERR_STATE,
                "%s is there already, and waits for `timecapsule secret rotate`",
                work->secrets.items[next].id);
        return NOTHING;
    }
    if (!secret_file_add(&work->file, err) || !secret_file_write(work->path, &work->file, err))
        return NOTHING;
    const char *id = work->file.items[work->file.count - 1].id;
    printf("%s is on the last line of %s.  Bring that line to the secret file of every other "
           "node: a node looks\nevery %d seconds and when it reloads.  `timecapsule secret` "
           "tells which know it; then: timecapsule secret rotate\n",
           id, work->path, NODE_BEAT_S);
    if (await_server(work, id, false))
        return 0;
    err_set(err, ERR_TIMEOUT, "the running server has not read it yet; its log may say why");
    return PART;
}

/* ---- rotate ---- */

static bool all_know(const struct work *work, const char *id, struct err *err)
{
    CLEANUP(buf_done) struct buf strangers = {0};
    for (size_t i = 0; i < work->nodes.nrows; i++)
        if (!has_stopped(work, i) && !knows(work, i, id))
            buf_addf(&strangers, "\n  %s (seen %lld s ago)", text_at(work, i, 0),
                     age_at(work, i));
    return strangers.len == 0 ||
           err_set(err, ERR_STATE,
                   "not every node knows %s: bring its line to the secret file of%s\nA node "
                   "that has stopped, or been silent for %d seconds, is not waited for",
                   id, strangers.data, NODE_LIVE_S);
}

static int told_of_rotation(struct work *work, const char *before, struct err *err)
{
    const char *id = work->secrets.items[0].id;
    printf("%s is current.  Servers use it within %d seconds, and seal what waits again under "
           "it: `timecapsule status` tells\nhow far that is.  Keep the line of %s: what people "
           "said about letters, and links in letters, are known by it.\n",
           id, NODE_BEAT_S, before);
    if (!secret_file_write(work->path, &work->secrets, err)) {
        err_prefix(err, "its line was not put first, which the database makes up for");
        return PART;
    }
    if (await_server(work, id, true))
        return 0;
    err_set(err, ERR_TIMEOUT, "the running server does not use it yet; its log may say why");
    return PART;
}

static int rotate(struct work *work, struct err *err)
{
    if (!must_agree(work, err))
        return NOTHING;
    int next = next_of(&work->secrets);
    if (next < 0) {
        err_set(err, ERR_STATE, "there is no next one: `timecapsule secret add` makes it");
        return NOTHING;
    }
    char before[SECRET_ID + 1];
    memcpy(before, work->secrets.items[0].id, sizeof before);
    await_server(work, work->secrets.items[next].id, false);
    db_result_done(&work->nodes);
    work->nodes = (struct db_result){0};
    if (!ask_nodes(work, err) || !all_know(work, work->secrets.items[next].id, err) ||
        !secret_promote(work->db, work->session, &work->word, &work->secrets, (size_t)next,
                        err))
        return NOTHING;
    return told_of_rotation(work, before, err);
}

/* ---- lost ---- */

static bool is_lost(const struct work *work, struct err *err)
{
    char id[SECRET_ID + 1];
    secret_file_id(work->word.verifier, id);
    if (work->agreed)
        return err_set(err, ERR_STATE, "%s is not lost: it is in %s", id, work->path);
    for (size_t i = 0; i < work->nodes.nrows; i++)
        if (knows(work, i, id))
            return err_set(err, ERR_STATE,
                           "%s is not lost: the node %s knew it %lld seconds ago; bring its "
                           "file (one that has been silent for %d seconds is not asked)",
                           id, text_at(work, i, 0), age_at(work, i), NODE_LIVE_S);
    return true;
}

static bool begin_file(struct work *work, struct err *err)
{
    bool made;
    return work->found ? secret_file_add(&work->file, err)
                       : secret_file_make(work->path, &made, err) &&
                             secret_file_read(work->path, &made, &work->file, err);
}

static int lose(struct work *work, struct err *err)
{
    if (!is_lost(work, err) || !begin_file(work, err))
        return NOTHING;
    struct secrets *file = &work->file;
    size_t last = file->count - 1;
    if ((work->found && !secret_file_write(work->path, file, err)) ||
        !secret_promote(work->db, work->session, &work->word, file, last, err))
        return NOTHING;
    printf(
        "%s is current.  What a person's key opens it opens as before; what the lost one had "
        "sealed is lost:\nletters that wait, each of which is told in the log when a server "
        "starts, and who wanted none.\nNothing was wiped: should the old one be found, add "
        "its line to %s.\n",
        file->items[0].id, work->path);
    return secret_file_write(work->path, file, err) ? 0 : PART;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    int (*run)(struct work *work, struct err *err);
} actions[] = {{"", show}, {"add", add}, {"rotate", rotate}, {"lost", lose}};

static int run_in(const struct options *options, struct db *db, size_t action, struct err *err)
{
    CLEANUP(mem_freep) char *control = mem_format("%s/control.sock", options->data);
    struct work work = {.path = options->secret_file, .control = control, .db = db};
    if (!db->driver->session_open(db, &work.session, err))
        return NOTHING;
    int status = look(&work, err) ? actions[action].run(&work, err) : NOTHING;
    db->driver->session_close(work.session);
    db_result_done(&work.nodes);
    secret_wipe(&work.file);
    secret_wipe(&work.secrets);
    return status;
}

static int find_action(const char *word)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, word) == 0)
            return (int)i;
    return -1;
}

int secret_run(const struct options *options)
{
    struct instance instance = {.options = options};
    struct err err = {0};
    int action = find_action(options->args.count ? options->args.items[0] : "");
    if (action < 0) {
        fprintf(stderr, "timecapsule: secret: '%s' is none of add, rotate and lost\n",
                options->args.items[0]);
        return NOTHING;
    }
    int status = NOTHING;
    if (instance_open_database(&instance, false, &err))
        status = run_in(options, instance.db, (size_t)action, &err);
    instance_close(&instance);
    if (status != 0)
        fprintf(stderr, "timecapsule: secret: %s%s\n", err.text,
                status == NOTHING ? "; nothing was changed" : "");
    return status;
}
