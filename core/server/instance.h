/*
 * What `serve` and every command that runs the application have in common: the data folder, the
 * database with its migrations, the server secret, and a generation built on them.
 *
 * Main thread only.  Opened step by step, each a function of its own, because commands need
 * different ones; closed at once.
 */
#pragma once

#include "db/db.h"
#include "db/migrate.h"
#include "generation/generation.h"
#include "net/mail.h"
#include "server/options.h"

struct instance {
    const struct options *options; /* borrowed */
    struct snapshot files;         /* moved into the generation */
    bool quiet;        /* what is to be known of its database is told by who opens it */
    bool away;         /* the database is not there yet: nothing is prepared on it */
    bool stored;       /* they are those of an earlier one, not the folder's … */
    struct buf faults; /* … because those have these; empty: they have none */
    unsigned doubted;  /* … because this one was on trial; 0: none was */
    struct db *db;     /* NULL where none was opened */
    struct mail *mail; /* the same */
    struct bind_host lent;
    struct setting_given *given;
    struct generation_slot slot; /* the generation that runs; empty before it is built */
};

/* Reads --app's files. */
bool instance_read(struct instance *instance, const struct options *options, struct err *err);

/* What a generation is made of: the files of one's --app and --site, the settings in the
 * other's file. */
bool instance_snapshot(const struct options *places, const struct options *settings,
                       struct snapshot *ret_snapshot, struct err *err);

/* Where the database is, with its password.  The URL is the caller's, zeroed before, for
 * url_done() whatever is returned. */
bool instance_database_url(const struct options *options, struct url *ret_url, struct err *err);
bool instance_shows_password(const struct options *options); /* it stands in the option */

/* Opens the database.  create: the data folder (0700) and a database's file are made where they
 * are missing; else their absence is ERR_STATE. */
bool instance_open_database(struct instance *instance, bool create, struct err *err);

/* Brings the database up to the files' migrations, or refuses: SQLite migrates itself, others
 * when told to.  The host's own tables are brought up in any case.  *ret_applied counts
 * statements. */
bool instance_migrate(struct instance *instance, const struct snapshot *files, bool told_to,
                      int *ret_applied, struct err *err);

bool instance_open_secret(struct instance *instance, bool create, struct err *err);
/* Lends scripts the secrets, also while they run; from any thread.  Copied. */
void instance_give_secrets(struct instance *instance, const struct secrets *secrets);

/* Before instance_build(), which tells scripts where letters go. */
bool instance_open_mail(struct instance *instance, struct err *err);

/* What to build: instance_build() takes the files from the instance. */
struct instance_build {
    unsigned number;
    int nvms;
    bool open; /* the states may load other modules */
    /* Of statements, without preparing them; NULL: prepare them on the database. */
    const struct sql_dialect *dialect;
};

/* Builds a generation into the slot; on failure *faults tells all that is wrong. */
bool instance_build(struct instance *instance, const struct instance_build *build,
                    struct faults *faults);

/* Has the database every migration of the files, the application's and the site's?  ERR_STATE
 * where it lacks some (or has more); other kinds where it could not be asked.  Blocks. */
bool instance_is_migrated(struct db *db, const struct snapshot *files, struct err *err);
/* Could those that it lacks be applied?  ERR_STATE where what was applied to it is not what the
 * files have, or more.  Blocks. */
bool instance_can_migrate(struct db *db, const struct snapshot *files, struct err *err);
/* What drivers know against the application's migrations; those for every driver are judged by
 * the one of that dialect alone. */
void instance_judge_migrations(const struct snapshot *files, const struct sql_dialect *dialect,
                               struct faults *faults);
/* Why statements were not judged: a fault; but of a database that could not be reached a
 * warning alone, because it may be back before the first request. */
void instance_tell_unchecked(const struct err *err, struct faults *faults,
                             struct buf *warnings);

void instance_close(struct instance *instance);
