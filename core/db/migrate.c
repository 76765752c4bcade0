/*
 * Migrations over any driver's sessions.
 *
 * The table `migration` has a row for each statement that has run, numbered from 1 within its
 * file, and one more numbered 0, with the checksum of the whole file, when the file is
 * complete.  A file is one transaction, its rows included.
 *
 * Where a schema change commits by itself, each statement is one, and a run may be
 * killed when it is done and not yet recorded.  There the row is written before the statement,
 * applied_at 0 for "begun", and completed behind it; a statement that was begun by a killed run
 * may find its work done ("table exists").  A lock keeps a second program from running the same
 * meanwhile.
 */
#include "db/migrate.h"

#include "base/clock.h"
#include "base/mem.h"
#include "db/migrate_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char create_sql[] = "CREATE TABLE IF NOT EXISTS migration ("
                                 "space VARCHAR(64) NOT NULL,"
                                 "number INTEGER NOT NULL,"
                                 "statement INTEGER NOT NULL,"
                                 "checksum CHAR(64) NOT NULL,"
                                 "applied_at BIGINT NOT NULL,"
                                 "PRIMARY KEY (space, number, statement)"; /* table_end */
static const char load_sql[] = "SELECT number, statement, checksum, applied_at FROM migration "
                               "WHERE space = ? ORDER BY number, statement";
static const char find_sql[] =
    "SELECT checksum FROM migration "
    "WHERE space = ? AND number = ? AND statement = ? AND applied_at <> 0";
static const char record_sql[] =
    "INSERT INTO migration (space, number, statement, checksum, applied_at) "
    "VALUES (?, ?, ?, ?, ?)";
static const char complete_sql[] =
    "UPDATE migration SET applied_at = ? "
    "WHERE space = ? AND number = ? AND statement = ? AND applied_at = 0";
static const char forget_sql[] =
    "DELETE FROM migration "
    "WHERE space = ? AND number = ? AND statement = ? AND applied_at = 0";

enum { MIGRATION_LABEL = 96 };

/* What one file has behind it in the database. */
struct progress {
    bool complete;
    size_t statements; /* that have run */
    size_t begun;      /* the one that a killed run had begun, or 0 … */
    bool begun_same;   /* … whose text is still the same */
};

struct plan {
    struct db_session *session;
    const struct db_driver *driver;
    const char *space;
    struct migration_list list;
    struct progress *progress; /* one for each of the list */
    struct migration_status status;
    size_t recorded; /* rows of any space */
    bool apply;      /* or only see how things stand */
    char *copy;      /* of the database before anything was applied, where one was made */
};

static bool run(struct plan *plan, const char *sql, const struct db_value *args, size_t nargs,
                struct db_result *ret_result, struct err *err)
{
    return plan->driver->session_run(plan->session, sql, args, nargs, ret_result, err);
}

static struct db_value integer(int64_t number)
{
    return (struct db_value){.type = DB_INTEGER, .integer = number};
}

/* Borrows the text: such a value is not to be freed. */
static struct db_value text(const char *string)
{
    struct db_value value = {.type = DB_TEXT};

    value.bytes.data = (char *)(uintptr_t)string;
    value.bytes.len = strlen(string);
    return value;
}

static bool same_sum(const struct db_value *cell, const char *sum)
{
    return (cell->type == DB_TEXT || cell->type == DB_BYTES) &&
           slice_is((struct slice){cell->bytes.data, cell->bytes.len}, sum);
}

static bool changed(const char *file, int line, struct err *err)
{
    char where[32] = "";

    if (line > 0)
        snprintf(where, sizeof where, ":%d", line);
    return err_set(err, ERR_STATE,
                   "%s%s was changed after it had been applied to this database: bring the old "
                   "text back and write the change as a new migration",
                   file, where);
}

/* Row 0 comes first: of a complete file only the whole counts, of another its statements. */
static bool judge_row(struct plan *plan, int64_t number, int64_t statement,
                      const struct db_value *sum, int64_t applied_at, struct err *err)
{
    bool known = number >= 1 && (uint64_t)number <= plan->list.count;
    if (!known) {
        plan->status.newest = (int)number;
        return true;
    }

    const struct migration *migration = &plan->list.items[number - 1];
    struct progress *progress = &plan->progress[number - 1];
    if (statement == 0) {
        progress->complete = true;
        return same_sum(sum, migration->sum) || changed(migration->file, 0, err);
    }
    if (applied_at == 0) {
        progress->begun = (size_t)statement;
        progress->begun_same = (uint64_t)statement <= migration->count &&
                               same_sum(sum, migration->statements[statement - 1].sum);
        return true;
    }
    progress->statements++;
    if (progress->complete)
        return true;
    if ((size_t)statement != progress->statements || progress->statements > migration->count)
        return changed(migration->file, 0, err);
    const struct migration_statement *each = &migration->statements[statement - 1];
    return same_sum(sum, each->sum) || changed(migration->file, each->line, err);
}

static bool judge(struct plan *plan, struct err *err)
{
    struct migration_status *status = &plan->status;

    status->highest_known = (int)plan->list.count;
    for (size_t i = 0; i < plan->list.count; i++) {
        const struct progress *progress = &plan->progress[i];
        bool begun = progress->complete || progress->statements > 0 || progress->begun > 0;
        if (begun && ((size_t)status->highest_applied < i || status->partial))
            return err_set(err, ERR_STATE, "%s was applied to this database before %s",
                           plan->list.items[i].file,
                           plan->list.items[status->highest_applied].file);
        if (progress->complete)
            status->highest_applied = (int)i + 1;
        else
            status->partial |= begun;
    }
    return true;
}

/* Looked for first: an account that may not create tables may still ask how things stand. */
static bool has_table(struct plan *plan, bool *ret_there, struct err *err)
{
    struct db_value name = text("migration");
    struct db_result rows = {0};

    if (!run(plan, plan->driver->has_table, &name, 1, &rows, err))
        return false;
    *ret_there = rows.nrows > 0;
    db_result_done(&rows);
    return true;
}

static bool create_table(struct plan *plan, struct err *err)
{
    CLEANUP(mem_freep) char *sql = mem_format("%s%s", create_sql, plan->driver->table_end);

    return run(plan, sql, NULL, 0, NULL, err);
}

static bool load(struct plan *plan, bool create, struct err *err)
{
    struct db_value space = text(plan->space);
    struct db_result rows = {0};
    bool there = false;

    if (!has_table(plan, &there, err))
        return false;
    if (!there && !create)
        return judge(plan, err);
    bool ok = (there || create_table(plan, err)) && run(plan, load_sql, &space, 1, &rows, err);

    for (size_t i = 0; ok && i < rows.nrows; i++) {
        const struct db_value *row = rows.cells + i * rows.ncolumns;
        ok = judge_row(plan, row[0].integer, row[1].integer, &row[2], row[3].integer, err);
    }
    db_result_done(&rows);
    if (!ok || !run(plan, "SELECT COUNT(*) FROM migration", NULL, 0, &rows, err))
        return false;
    plan->recorded = (size_t)rows.cells[0].integer;
    db_result_done(&rows);
    return judge(plan, err);
}

/* What the copy of before a migration is called. */
static const char *label_of(const char *space, int number, char label[MIGRATION_LABEL])
{
    bool app = strcmp(space, "app") == 0;

    snprintf(label, MIGRATION_LABEL, "before-%s%s%04d", app ? "" : space, app ? "" : "-",
             number);
    return label;
}

bool migrate_refuse_newer(const struct db *db, const char *space,
                          const struct migration_status *status, struct err *err)
{
    int next = status->highest_known + 1;
    char label[MIGRATION_LABEL];

    if (status->newest == 0)
        return true;
    err_set(err, ERR_STATE,
            "the database is newer than this program: it has migration %04d of '%s', the "
            "newest one here is %04d; bring the files back that have it",
            status->newest, space, status->highest_known);
    if (db->driver->session_backup != NULL)
        err_append(err, ", or the copy of the database from before it (named …%s-…, beside it)",
                   label_of(space, next, label));
    return false;
}

/* How things stand, anew. */
static bool look(struct plan *plan, const struct db *db, bool create, struct err *err)
{
    plan->status = (struct migration_status){0};
    memset(plan->progress, 0, plan->list.count * sizeof *plan->progress);
    return load(plan, create, err) &&
           (!plan->apply || migrate_refuse_newer(db, plan->space, &plan->status, err));
}

static void plan_done(struct plan *plan)
{
    if (plan->session != NULL)
        plan->driver->session_close(plan->session);
    free(plan->copy);
    free(plan->progress);
    migration_list_done(&plan->list);
}

/* What will be refused is refused first: who may not change the database may not lock it. */
static bool lock(struct plan *plan, const struct db *db, struct err *err)
{
    return plan->driver->session_lock == NULL ||
           (look(plan, db, false, err) &&
            plan->driver->session_lock(plan->session, plan->space, err));
}

/* To apply what is missing, or only to see what is. */
static bool plan_open(struct plan *plan, struct db *db, const char *space,
                      const struct migration_source *sources, size_t count, bool apply,
                      struct err *err)
{
    *plan = (struct plan){.driver = db->driver, .space = space, .apply = apply};
    if (migration_list_read(sources, count, db->driver->dialect, db->drivers, &plan->list,
                            err)) {
        plan->progress = mem_new(plan->list.count, sizeof *plan->progress);
        if (plan->driver->session_open(db, &plan->session, err) &&
            (!apply || lock(plan, db, err)) && look(plan, db, apply, err))
            return true;
    }
    plan_done(plan);
    return false;
}

bool migrate_status(struct db *db, const char *space, const struct migration_source *sources,
                    size_t count, struct migration_status *ret_status, struct err *err)
{
    struct plan plan;

    if (!plan_open(&plan, db, space, sources, count, false, err))
        return false;
    *ret_status = plan.status;
    ret_status->is_empty = plan.recorded == 0;
    plan_done(&plan);
    return true;
}

static bool record(struct plan *plan, const struct migration *migration, size_t statement,
                   const char *sum, int64_t at, struct err *err)
{
    struct db_value args[] = {text(plan->space), integer(migration->number),
                              integer((int64_t)statement), text(sum), integer(at)};

    return run(plan, record_sql, args, 5, NULL, err);
}

/* That a statement was begun. */
static bool forget(struct plan *plan, const struct migration *migration, size_t statement,
                   struct err *err)
{
    struct db_value args[] = {text(plan->space), integer(migration->number),
                              integer((int64_t)statement)};

    return run(plan, forget_sql, args, 3, NULL, err);
}

static bool was_begun(const struct plan *plan, const struct migration *migration,
                      size_t statement)
{
    const struct progress *progress = &plan->progress[migration->number - 1];

    return statement > 0 && progress->begun == statement && progress->begun_same;
}

static bool begin(struct plan *plan, const struct migration *migration, size_t statement,
                  struct err *err)
{
    if (!plan->driver->dialect->commits || statement == 0 ||
        was_begun(plan, migration, statement))
        return true;
    return forget(plan, migration, statement, err) &&
           record(plan, migration, statement, migration->statements[statement - 1].sum, 0, err);
}

/* Another program may be applying the same: what it has recorded is not run again. */
static bool is_recorded(struct plan *plan, const struct migration *migration, size_t statement,
                        bool *ret_recorded, struct err *err)
{
    struct db_value args[] = {text(plan->space), integer(migration->number),
                              integer((int64_t)statement)};
    struct db_result rows = {0};

    if (!run(plan, find_sql, args, 3, &rows, err))
        return false;
    *ret_recorded = rows.nrows > 0;
    db_result_done(&rows);
    return true;
}

/* One statement of SQL in either case, so that it cannot be half done. */
static bool complete(struct plan *plan, const struct migration *migration, size_t statement,
                     struct err *err)
{
    struct db_value args[] = {integer(clock_now()), text(plan->space),
                              integer(migration->number), integer((int64_t)statement)};

    if (plan->driver->dialect->commits)
        return run(plan, complete_sql, args, 4, NULL, err);
    return record(plan, migration, statement, migration->statements[statement - 1].sum,
                  clock_now(), err);
}

/* Statement 0 is the end of the file. */
static bool apply_inside(struct plan *plan, const struct migration *migration, size_t statement,
                         int *applied, struct err *err)
{
    bool recorded = false;

    if (!is_recorded(plan, migration, statement, &recorded, err))
        return false;
    if (recorded)
        return true;
    if (statement == 0)
        return record(plan, migration, 0, migration->sum, clock_now(), err);

    const struct migration_statement *each = &migration->statements[statement - 1];
    struct err why;
    if (!run(plan, each->sql, NULL, 0, NULL, &why) &&
        !(was_begun(plan, migration, statement) && why.kind == ERR_STATE))
        return err_set(err, why.kind, "%s:%d: %s", migration->file, each->line, why.text);
    ++*applied;
    return complete(plan, migration, statement, err) &&
           (statement < migration->count || apply_inside(plan, migration, 0, applied, err));
}

/* From one statement to another, in one transaction. */
static bool apply_range(struct plan *plan, const struct migration *migration, size_t from,
                        size_t to, int *applied, struct err *err)
{
    int before = *applied;
    bool ok = run(plan, plan->driver->begin, NULL, 0, NULL, err) ||
              err_prefix(err, "%s", migration->file);

    for (size_t i = from; ok && i <= to; i++)
        ok = apply_inside(plan, migration, i, applied, err);
    if (ok && run(plan, "COMMIT", NULL, 0, NULL, err))
        return true;
    *applied = before;
    return false;
}

/* Where it cannot be undone: the one that fails has changed nothing, as far as the server can
 * still be asked. */
static bool apply_alone(struct plan *plan, const struct migration *migration, size_t statement,
                        int *applied, struct err *err)
{
    if (!begin(plan, migration, statement, err))
        return err_prefix(err, "%s", migration->file);
    if (apply_range(plan, migration, statement, statement, applied, err))
        return true;
    bool heard =
        run(plan, "ROLLBACK", NULL, 0, NULL, NULL) && forget(plan, migration, statement, NULL);
    if (!heard)
        err_append(err, "; whether it was done is found out when `timecapsule migrate` runs "
                        "again");
    else if (statement <= 1)
        err_append(err, "; nothing of this file was applied: mend it, or take it away, and run "
                        "`timecapsule migrate` again");
    else
        err_append(err,
                   "; the statements before it, %d of this file, are done and stay: mend this "
                   "one, leave them as they are and run `timecapsule migrate` again (or undo "
                   "them by hand, DELETE FROM migration WHERE space = '%s' AND number = %d, "
                   "and take the file away)",
                   (int)statement - 1, plan->space, migration->number);
    return false;
}

static bool apply_whole(struct plan *plan, const struct migration *migration, size_t from,
                        int *applied, struct err *err)
{
    if (apply_range(plan, migration, from, migration->count, applied, err))
        return true;
    run(plan, "ROLLBACK", NULL, 0, NULL, NULL);
    err_append(err, "; nothing of this file was applied: mend it, or take it away, and start "
                    "again");
    if (plan->copy != NULL)
        err_append(err, " (the database of before is kept as %s)", plan->copy);
    return false;
}

static bool apply_file(struct plan *plan, size_t index, int *applied, struct err *err)
{
    const struct migration *migration = &plan->list.items[index];
    size_t first = plan->progress[index].statements + 1;

    if (first > migration->count) /* all that is left is its end */
        return apply_range(plan, migration, 0, 0, applied, err);
    if (!plan->driver->dialect->commits)
        return apply_whole(plan, migration, first, applied, err);
    for (size_t i = first; i <= migration->count; i++)
        if (!apply_alone(plan, migration, i, applied, err))
            return false;
    return true;
}

static bool back_up(struct plan *plan, const struct db *db, int number, struct err *err)
{
    char label[MIGRATION_LABEL];

    if (db->is_new || plan->recorded == 0 || plan->driver->session_backup == NULL)
        return true;
    return plan->driver->session_backup(plan->session, label_of(plan->space, number, label),
                                        &plan->copy, err);
}

bool migrate_apply(struct db *db, const char *space, const struct migration_source *sources,
                   size_t count, int *ret_applied, struct err *err)
{
    struct plan plan;
    int applied = 0;

    if (!plan_open(&plan, db, space, sources, count, true, err))
        return false;

    size_t first = (size_t)plan.status.highest_applied;
    bool ok = first == plan.list.count || back_up(&plan, db, (int)first + 1, err);
    for (size_t i = first; ok && i < plan.list.count; i++)
        ok = apply_file(&plan, i, &applied, err);
    if (ok && plan.driver->session_unlock != NULL)
        ok = plan.driver->session_unlock(plan.session, err);
    plan_done(&plan);
    if (ok)
        *ret_applied = applied;
    return ok;
}
