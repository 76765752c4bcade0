/* See backup.h. */
#include "server/backup.h"

#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"
#include "server/backup_server.h"
#include "server/instance.h"
#include "server/place.h"
#include "server/secret.h"
#include "server/tables.h"
#include "server/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING = 2, MAX_KEEP = 1000 };

struct backup {
    const struct options *options;
    const char *file;
    int keep;
    char *aside;
    struct tally tally;
    bool has_secret; /* the secret file is that of this database */
};

static bool tell(void *owner, uint64_t done, uint64_t total)
{
    return progress_tell(owner, done, total);
}

/* ---- writing ---- */

/* In one transaction, so that what is counted is what is copied. */
static bool copy_in(struct backup *backup, struct db *db, struct db_session *session,
                    struct err *err)
{
    struct progress progress;
    if (!db->driver->session_run(session, "BEGIN", NULL, 0, NULL, err) ||
        !tables_count(db, session, &backup->tally, err))
        return false;
    progress_begin(&progress, "copying", "pages");
    bool ok = db->driver->session_copy(session, backup->aside, tell, &progress, err);
    progress_end(&progress);
    return ok;
}

static bool copy(struct backup *backup, struct db *db, struct err *err)
{
    struct db_session *session;
    if (!place_make(backup->aside, err) || !db->driver->session_open(db, &session, err))
        return false;
    bool ok = copy_in(backup, db, session, err);
    db->driver->session_close(session);
    return ok;
}

/* ---- verifying ---- */

/* That the secret is missing is said, and no reason to have no copy. */
static bool verify(void *owner, struct db *db, struct db_session *session, struct err *err)
{
    struct backup *backup = owner;
    struct tally tally;
    struct err missing;
    if (!tables_are_sound(db, session, err) || !tables_count(db, session, &tally, err))
        return false;
    if (tally.rows != backup->tally.rows || tally.tables != backup->tally.tables)
        return err_set(err, ERR_IO, "it has %llu rows, and the database %llu",
                       (unsigned long long)tally.rows, (unsigned long long)backup->tally.rows);
    backup->has_secret = secret_is_there(backup->options->secret_file, db, &missing);
    if (!backup->has_secret)
        fprintf(stderr, "timecapsule: backup: look at the secret: %s\n", missing.text);
    return true;
}

static bool is_good(struct backup *backup, struct err *err)
{
    return place_use(backup->aside, verify, backup, err) ||
           err_prefix(err, "the copy was verified and is not good");
}

/* ---- the command ---- */

static bool write_all(struct backup *backup, struct db *db, struct err *err)
{
    return copy(backup, db, err) && is_good(backup, err) &&
           place_rotate(backup->file, backup->keep, err) &&
           place_rename(backup->aside, backup->file, err);
}

static bool read_keep(const char *text, int *ret_keep, struct err *err)
{
    int64_t number = 1;
    if (text && !str_to_int64(slice_of(text), 1, MAX_KEEP, &number))
        return err_set(err, ERR_INPUT, "--keep: '%s' is no number from 1 to %d", text,
                       MAX_KEEP);
    *ret_keep = (int)number;
    return true;
}

static bool read_words(const struct options *options, struct backup *backup, struct err *err)
{
    const char *keep = NULL;
    const struct word_option known[] = {{"keep", &keep, NULL}};
    return words_read(options, "FILE", known, 1, &backup->file, err) &&
           read_keep(keep, &backup->keep, err);
}

static int fail(const struct err *err)
{
    fprintf(stderr, "timecapsule: backup: %s; nothing was written\n", err->text);
    return NOTHING;
}

static void summarize(const struct backup *backup)
{
    struct stat about = {0};
    stat(backup->file, &about);
    printf("%s: %llu rows in %llu tables, %lld bytes, verified\n", backup->file,
           (unsigned long long)backup->tally.rows, (unsigned long long)backup->tally.tables,
           (long long)about.st_size);
    if (backup->has_secret)
        printf("The server secret is not in it: keep a copy of %s apart from it.\n",
               backup->options->secret_file);
}

static int run(struct backup *backup, const char *path, struct err *err)
{
    struct instance instance = {.options = backup->options};
    bool ok = place_may_be_written(backup->file, path, err) &&
              instance_open_database(&instance, false, err) &&
              write_all(backup, instance.db, err);
    instance_close(&instance);
    place_clear(backup->aside);
    if (!ok)
        return fail(err);
    summarize(backup);
    return 0;
}

int backup_run(const struct options *options)
{
    struct backup backup = {.options = options};
    CLEANUP(url_done) struct url url = {0};
    struct err err;
    if (!read_words(options, &backup, &err) || !instance_database_url(options, &url, &err))
        return fail(&err);
    if (strcmp(url.scheme, "sqlite") != 0)
        return backup_server_run(options, &url, backup.file, backup.keep);
    backup.aside = mem_format("%s.part", backup.file);
    int status = run(&backup, url.path, &err);
    free(backup.aside);
    return status;
}
