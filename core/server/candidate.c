/* See candidate.h. */
#include "server/candidate.h"

#include "base/mem.h"
#include "base/testing.h"
#include "base/zone.h"
#include "generation/store.h"
#include "server/option_table.h"
#include "server/site.h"

#include <stdlib.h>
#include <string.h>

/* ---- which files ---- */

/* The newest stored one before the current that differs from it; a damaged one is told and
 * skipped. */
static bool read_previous(struct candidate *candidate, struct snapshot *ret, struct err *err)
{
    const struct generation *current = candidate->current;
    struct store_list list;
    store_list(candidate->plan->store, &list);
    for (size_t i = 0; i < list.count; i++) {
        if (list.numbers[i] >= current->bytes_of)
            continue;
        if (!store_load(candidate->plan->store, list.numbers[i], ret, err)) {
            buf_addf(&candidate->warnings, "warning: skipped: %s\n", err->text);
            continue;
        }
        candidate->bytes_of = list.numbers[i];
        if (memcmp(ret->digest, current->files.digest, sizeof ret->digest) != 0)
            return true;
        snapshot_done(ret);
    }
    return err_set(err, ERR_STATE, "there is no earlier generation to go back to");
}

/* ---- settings ---- */

/* What was changed in the configuration but belongs to the process, not to a generation. */
static void name_restarts(const struct options *now, const struct options *then,
                          struct buf *out)
{
    for (size_t i = 0; i < option_count; i++)
        if (!option_is_same(&option_table[i], now, then))
            buf_addf(out, "%s has changed and takes a restart\n", option_table[i].name);
}

/* ---- building ---- */

/* A generation needs the highest migration in its snapshot; without it, statements cannot be
 * judged.  Of files that a start would find a newer database is refused, as the start would:
 * going back past a migration has to work.  Returns the database to prepare statements on, or
 * NULL. */
static struct db *check_migrations(struct candidate *candidate, const struct snapshot *files)
{
    struct err err;
    struct db *db = candidate->plan->instance->db;
    bool goes_back = candidate->act.kind == ACT_ROLLBACK;
    if (instance_is_migrated(db, files, &err) &&
        (goes_back || instance_can_migrate(db, files, &err)))
        return db;
    instance_tell_unchecked(&err, &candidate->faults, &candidate->warnings);
    return NULL;
}

static bool build(struct candidate *candidate, struct snapshot *files, struct db *db,
                  struct err *err)
{
    struct instance *instance = candidate->plan->instance;
    struct faults *faults = &candidate->faults;
    struct generation_plan plan = {.number = candidate->number,
                                   .files = files,
                                   .host = &instance->lent,
                                   .db = db,
                                   .dialect = instance->db->driver->dialect,
                                   .before = candidate->current,
                                   .given = instance->given,
                                   .ngiven = instance->options->nsettings,
                                   .nvms = candidate->current->nvms};
    if (!generation_build(&plan, faults, &candidate->generation))
        return err_set(err, ERR_INPUT, "%d fault%s; nothing was changed", faults->count,
                       faults->count == 1 ? "" : "s");
    if (candidate->bytes_of)
        candidate->generation->bytes_of = candidate->bytes_of;
    return true;
}

/* ---- what a start finds ---- */

static void save(struct candidate *candidate, const struct generation *generation)
{
    struct err err;
    if (!store_save(candidate->plan->store, generation->number, &generation->files, &err))
        buf_addf(&candidate->warnings, "warning: not stored for a rollback: %s\n", err.text);
}

static bool is_stored(const char *store, const struct generation *generation)
{
    CLEANUP(snapshot_done) struct snapshot files = {0};
    struct err err;
    return store_load(store, generation->number, &files, &err) &&
           memcmp(files.digest, generation->files.digest, sizeof files.digest) == 0;
}

/* Without the one before on disk nobody could go back to it after a kill. */
static bool put_on_trial(const struct candidate *candidate, struct err *err)
{
    const char *store = candidate->plan->store;
    const struct generation *before = candidate->current;
    bool stored =
        is_stored(store, before) || store_save(store, before->number, &before->files, err);
    fail_point("before");
    return (stored && store_doubt(store, candidate->generation->number, err)) ||
           err_prefix(err, "not put on trial, since nobody could go back");
}

static bool keep(struct candidate *candidate, struct err *err)
{
    const struct act *act = &candidate->act;
    const struct generation *generation = candidate->generation;
    fail_point("save");
    if (act->kind == ACT_PREVIEW)
        return true;
    if (act->confirm_s)
        return put_on_trial(candidate, err);
    save(candidate, generation ? generation : candidate->current);
    fail_point("stored");
    return act->kind == ACT_ROLLBACK || store_settle(candidate->plan->store, err);
}

/* Settings that cannot be read are told with whatever else is wrong, the rest being judged with
 * those of before; and they do not keep anybody from going back. */
static bool read_settings(struct candidate *candidate, struct options *ret)
{
    const struct reload_plan *plan = candidate->plan;
    struct err err;
    if (options_read(plan->argc, plan->argv, plan->env, ret, &err))
        return true;
    if (candidate->act.kind == ACT_ROLLBACK)
        buf_addf(&candidate->warnings, "warning: %s\n", err.text);
    else
        faults_add(&candidate->faults, NULL, 0, err.text);
    return false;
}

static bool read(struct candidate *candidate, struct snapshot *ret_files, struct err *err)
{
    CLEANUP(options_done) struct options options = {0};
    const struct options *started_with = candidate->plan->instance->options;
    const struct snapshot *before = &candidate->current->files;
    bool settings = read_settings(candidate, &options);
    site_warn_folders(started_with->site, "warning: ", &candidate->warnings);
    if (settings)
        name_restarts(&options, started_with, &candidate->text);
    if (candidate->act.kind == ACT_ROLLBACK)
        return read_previous(candidate, ret_files, err);
    if (settings)
        return instance_snapshot(started_with, &options, ret_files, err);
    return snapshot_read(started_with->app, started_with->site, ret_files, err) &&
           snapshot_give(ret_files, before->given, before->ngiven, err);
}

/* What scripts keep of the old zones ends with their generation. */
static void tell_zones(struct buf *out)
{
    int64_t modified;
    const char *version = zone_version(&modified);
    buf_addf(out, "time zones: version %s is read\n", *version ? version : "(untold)");
}

static bool find_unchanged(struct candidate *candidate, const struct snapshot *files)
{
    const struct generation *current = candidate->current;
    bool zones = zone_refresh();
    if (zones)
        tell_zones(&candidate->text);
    return !zones && memcmp(files->digest, current->files.digest, sizeof files->digest) == 0 &&
           !current->unchecked && candidate->faults.count == 0;
}

static bool make(struct candidate *candidate, struct err *err)
{
    CLEANUP(snapshot_done) struct snapshot files = {0};
    fail_point("read");
    if (!read(candidate, &files, err))
        return false;
    struct db *db = check_migrations(candidate, &files);
    candidate->unchanged = find_unchanged(candidate, &files);
    if (candidate->unchanged) /* the files are those that serve: nothing is in doubt */
        return candidate->act.kind != ACT_RELOAD || store_settle(candidate->plan->store, err);
    fail_point("build");
    return build(candidate, &files, db, err);
}

static bool carry_out(struct candidate *candidate, struct err *err)
{
    if (candidate->act.kind != ACT_ACCEPT && !make(candidate, err))
        return false;
    if (!candidate->unchanged && !keep(candidate, err))
        return false;
    fail_point("switch");
    return true;
}

static void add(struct buf *out, const struct buf *more)
{
    if (more->len > 0)
        buf_add(out, more->data, more->len);
}

void candidate_make(struct candidate *candidate)
{
    struct err err;
    struct buf *text = &candidate->text;
    candidate->good = carry_out(candidate, &err);
    if (!candidate->good) {
        candidate->kind = err.kind;
        buf_clear(text);
    }
    add(text, &candidate->warnings);
    if (candidate->generation)
        snapshot_differences(&candidate->current->files, &candidate->generation->files, text);
    add(text, &candidate->faults.text);
    if (!candidate->good)
        buf_addf(text, "%s\n", err.text);
    buf_done(&candidate->warnings);
    faults_done(&candidate->faults);
}

void candidate_done(struct candidate *candidate)
{
    generation_unref(TAKE(candidate->generation));
    buf_done(&candidate->text);
}
