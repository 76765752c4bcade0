/*
 * The same gate as a reload's: read, build, collect every fault.  Statements are prepared on a
 * SQLite database of its own, made by the files' migrations; what the installation's has had
 * applied is compared with them.  Where the database is another, on that one, or with a warning
 * not at all.  Nothing of the installation is changed.
 */
#include "server/check.h"

#include "base/file.h"
#include "base/mem.h"
#include "db/mariadb/mariadb.h"
#include "db/sqlite/sqlite.h"
#include "generation/application.h"
#include "server/instance.h"
#include "server/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checking {
    const struct options *given;
    struct options options; /* the given ones, but for the data folder and the database */
    char *folder, *database;
    struct instance instance;
    struct instance_build build;
    struct faults faults;
    struct buf warnings, pages; /* those: what of them stands still */
};

static bool is_sqlite(const char *url)
{
    return strncmp(url, "sqlite:", 7) == 0;
}

static const struct sql_dialect *dialect_of(const struct checking *checking)
{
    return is_sqlite(checking->options.database) ? &sqlite_dialect : &mariadb_dialect;
}

static bool set_up(struct checking *checking, const struct options *given, struct err *err)
{
    checking->given = given;
    checking->options = *given;
    checking->build = (struct instance_build){.number = 1, .nvms = 1};
    if (!file_scratch(&checking->folder, err))
        return false;
    checking->options.data = checking->folder;
    if (is_sqlite(given->database)) {
        checking->database = mem_format("sqlite://%s/check.db", checking->folder);
        checking->options.database = checking->database;
    }
    return instance_read(&checking->instance, &checking->options, err);
}

/* Without a database the rest is judged all the same. */
static void open_database(struct checking *checking)
{
    struct instance *instance = &checking->instance;
    bool own = is_sqlite(checking->options.database);
    struct err err;
    int applied;
    bool good = instance_open_database(instance, true, &err) &&
                (own ? instance_migrate(instance, &instance->files, true, &applied, &err)
                     : instance_is_migrated(instance->db, &instance->files, &err));
    if (good)
        return;
    checking->build.dialect = dialect_of(checking);
    if (own)
        faults_add(&checking->faults, NULL, 0, err.text);
    else
        instance_tell_unchecked(&err, &checking->faults, &checking->warnings);
}

/* The installation's own SQLite database, where there is one: a start would migrate it. */
static void judge_applied(struct checking *checking)
{
    struct instance installed = {.options = checking->given};
    CLEANUP(url_done) struct url url = {0};
    struct err err;
    if (!is_sqlite(checking->given->database) ||
        !instance_database_url(checking->given, &url, NULL) || access(url.path, F_OK) != 0)
        return;
    if (!instance_open_database(&installed, false, &err))
        buf_addf(&checking->warnings, "warning: migrations were not compared: %s\n", err.text);
    else if (!instance_can_migrate(installed.db, &checking->instance.files, &err))
        faults_add(&checking->faults, NULL, 0, err.text);
    instance_close(&installed);
}

static int report(const struct checking *checking, bool good)
{
    const struct instance *instance = &checking->instance;
    const struct faults *faults = &checking->faults;
    if (checking->warnings.len > 0)
        fputs(checking->warnings.data, stderr);
    if (!good) {
        fprintf(stderr, "%s%d fault%s\n", faults->text.data, faults->count,
                faults->count == 1 ? "" : "s");
        return 1;
    }
    const struct generation *generation = instance->slot.current;
    if (checking->options.still && checking->pages.len > 0)
        fputs(checking->pages.data, stdout);
    printf("no faults in %zu files (%s)\n", generation->files.files.count, generation->digest);
    return 0;
}

static int judge(struct checking *checking)
{
    open_database(checking);
    judge_applied(checking);
    instance_judge_migrations(&checking->instance.files, dialect_of(checking),
                              &checking->faults);
    if (checking->options.site)
        site_warn(&checking->options, &checking->warnings);
    bool good = instance_build(&checking->instance, &checking->build, &checking->faults) &&
                checking->faults.count == 0;
    if (good)
        application_tell_still(checking->instance.slot.current->vms[0], &checking->pages,
                               &checking->warnings);
    return report(checking, good);
}

int check_run(const struct options *options)
{
    struct checking checking = {0};
    struct err err;
    int status = 1;
    if (set_up(&checking, options, &err))
        status = judge(&checking);
    else
        fprintf(stderr, "timecapsule: %s\n", err.text);
    instance_close(&checking.instance);
    faults_done(&checking.faults);
    buf_done(&checking.warnings);
    buf_done(&checking.pages);
    free(checking.database);
    file_remove_folder(checking.folder);
    return status;
}
