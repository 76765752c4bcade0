/* See restore.h. */
#include "server/restore.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "server/backup_server.h"
#include "server/control.h"
#include "server/instance.h"
#include "server/place.h"
#include "server/secret.h"
#include "server/tables.h"
#include "server/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING = 2, ANSWER_S = 5 };

struct restore {
    const struct options *options;
    const char *file, *target;
    bool force;
    struct snapshot files; /* whose migrations are the newest there may be */
    char *aside, *old;     /* old: where the database that was there is put; NULL: nowhere */
    struct tally tally;
};

/* ---- whether it may be done ---- */

static bool nobody_serves(const struct options *options, struct err *err)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/control.sock", options->data);
    struct buf answer = {0};
    struct err silence;
    bool yes, there = control_ask(path, "status", ANSWER_S, &yes, &answer, &silence);
    buf_done(&answer);
    return (!there && silence.kind == ERR_STATE) ||
           err_set(err, ERR_STATE, "a server runs on the data folder %s: stop it first",
                   options->data);
}

static bool is_vacant(struct restore *restore, struct err *err)
{
    struct stat found;
    if (stat(restore->target, &found) != 0)
        return errno == ENOENT || err_set(err, ERR_IO, "cannot look at '%s': %s",
                                          restore->target, strerror(errno));
    if (!restore->force)
        return err_set(err, ERR_STATE,
                       "there is a database already, %s; --force puts it aside and the backup "
                       "in its place",
                       restore->target);
    char stamp[CLOCK_STAMP];
    clock_stamp(stamp);
    restore->old = mem_format("%s.before-restore-%s", restore->target, stamp);
    return access(restore->old, F_OK) != 0 ||
           err_set(err, ERR_STATE, "%s is there already", restore->old);
}

/* ---- the copy ---- */

static bool copy(const struct restore *restore, struct err *err)
{
    struct stat about;
    CLEANUP(file_closep) int from = open(restore->file, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &about) != 0 || !place_make(restore->aside, err))
        return from < 0 ? err_set(err, ERR_IO, "cannot open it: %s", strerror(errno)) : false;
    CLEANUP(file_closep) int to = open(restore->aside, O_WRONLY | O_CLOEXEC);
    return copy_is_good(to < 0 ? COPY_UNWRITTEN
                               : copy_bytes("restoring", from, to, (uint64_t)about.st_size),
                        err);
}

/* ---- whether it is good ---- */

static bool judge(void *owner, struct db *db, struct db_session *session, struct err *err)
{
    struct restore *restore = owner;
    struct err missing;
    if (!tables_are_sound(db, session, err) ||
        !tables_count(db, session, &restore->tally, err) ||
        !instance_can_migrate(db, &restore->files, err) ||
        !tables_mark_restored(db, session, err))
        return false;
    if (!secret_is_there(restore->options->secret_file, db, &missing))
        fprintf(stderr, "timecapsule: restore: bring the secret before you start: %s\n",
                missing.text);
    return true;
}

/* ---- its name ---- */

/* Its write-ahead log is folded into it first: what is put aside is one file. */
static bool put_aside(const struct restore *restore, struct err *err)
{
    static const char *const ends[] = {"-wal", "-shm"};
    struct db *db;
    if (!restore->old)
        return true;
    if (place_open(restore->target, &db, NULL))
        db_close(db);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        CLEANUP(mem_freep) char *from = mem_format("%s%s", restore->target, ends[i]);
        CLEANUP(mem_freep) char *to = mem_format("%s%s", restore->old, ends[i]);
        rename(from, to); /* where it could not be opened */
    }
    return place_rename(restore->target, restore->old, err);
}

static bool bring(struct restore *restore, struct err *err)
{
    if (!copy(restore, err) || !place_use(restore->aside, judge, restore, err) ||
        !put_aside(restore, err))
        return err_prefix(err, "%s", restore->file);
    return place_rename(restore->aside, restore->target, err);
}

/* ---- the command ---- */

static int fail(const struct err *err)
{
    fprintf(stderr, "timecapsule: restore: %s; nothing was changed\n", err->text);
    return NOTHING;
}

static void tell_held(void)
{
    printf("IT SENDS NO LETTER until a server is started once with `--reminders on` on its "
           "line:\nletters that were sent since the backup would go out again.\n");
}

static void summarize(const struct restore *restore)
{
    printf("%s: %llu rows in %llu tables, from %s\n", restore->target,
           (unsigned long long)restore->tally.rows, (unsigned long long)restore->tally.tables,
           restore->file);
    if (restore->old)
        printf("The database that was there is now %s.\n", restore->old);
    tell_held();
}

static int run(struct restore *restore, struct err *err)
{
    const struct options *options = restore->options;
    bool ok = nobody_serves(options, err) && place_is_database(restore->file, err) &&
              is_vacant(restore, err) &&
              instance_snapshot(options, options, &restore->files, err);
    if (ok && !file_make_folder(options->data, 0700))
        ok = err_set(err, ERR_IO, "cannot make the data folder %s: %s", options->data,
                     strerror(errno));
    ok = ok && bring(restore, err);
    if (restore->aside)
        place_clear(restore->aside);
    snapshot_done(&restore->files);
    if (!ok)
        return fail(err);
    summarize(restore);
    return 0;
}

/* Where the database is a server's, there is nothing to put aside. */
static int run_on_server(const struct restore *restore, const struct url *url)
{
    struct err err;
    if (restore->force) {
        err_set(&err, ERR_INPUT, "--force is for a database in a file");
        return fail(&err);
    }
    if (!nobody_serves(restore->options, &err))
        return fail(&err);
    int status = restore_server_run(restore->options, url, restore->file);
    if (status == 0)
        tell_held();
    return status;
}

int restore_run(const struct options *options)
{
    struct restore restore = {.options = options};
    const struct word_option known[] = {{"force", NULL, &restore.force}};
    CLEANUP(url_done) struct url url = {0};
    struct err err;
    if (!words_read(options, "FILE", known, 1, &restore.file, &err) ||
        !instance_database_url(options, &url, &err))
        return fail(&err);
    if (strcmp(url.scheme, "sqlite") != 0)
        return run_on_server(&restore, &url);
    restore.target = url.path;
    restore.aside = mem_format("%s.restore", url.path);
    int status = run(&restore, &err);
    free(restore.aside);
    free(restore.old);
    return status;
}

/* ---- a server on a restored copy ---- */

static bool greet(const struct options *options, struct db *db, struct db_session *session,
                  struct err *err)
{
    bool restored;
    if (!tables_is_restored(db, session, &restored, err))
        return false;
    if (restored && options->reminders_told) {
        log_line(LOG_WARN, "--reminders on: this restored copy sends letters from now on");
        return tables_forget_restored(db, session, err);
    }
    if (restored)
        log_line(LOG_ERROR, "THIS DATABASE IS A RESTORED COPY: no letter is sent until a "
                            "server is started once with `--reminders on` on its line");
    return true;
}

bool restore_greet(const struct options *options, struct db *db, struct err *err)
{
    struct db_session *session;
    if (!db->driver->session_open(db, &session, err))
        return false;
    bool ok = greet(options, db, session, err);
    db->driver->session_close(session);
    return ok;
}
