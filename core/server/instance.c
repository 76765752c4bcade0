/* See instance.h. */
#include "server/instance.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "db/migrate.h"
#include "generation/settings.h"
#include "server/drivers.h"
#include "server/own_tables.h"
#include "server/password.h"
#include "server/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As a generation wants them; freed with free(), borrowed from the options. */
static struct setting_given *settings_of(const struct options *options)
{
    struct setting_given *given = mem_new(options->nsettings, sizeof *given);
    for (size_t i = 0; i < options->nsettings; i++) {
        const struct option_setting *setting = &options->settings[i];
        given[i] = (struct setting_given){setting->name,
                                          setting->value,
                                          setting->origin,
                                          .must_exist = setting->source != FROM_ENVIRONMENT,
                                          .in_file = setting->source == FROM_FILE,
                                          .near = setting->near};
    }
    return given;
}

bool instance_read(struct instance *instance, const struct options *options, struct err *err)
{
    *instance = (struct instance){.options = options};
    return instance_snapshot(options, options, &instance->files, err) ||
           err_prefix(err, "the application in %s", options->app);
}

bool instance_snapshot(const struct options *places, const struct options *settings,
                       struct snapshot *ret_snapshot, struct err *err)
{
    CLEANUP(mem_freep) struct setting_given *given = settings_of(settings);
    return snapshot_read(places->app, places->site, ret_snapshot, err) &&
           snapshot_give(ret_snapshot, given, settings->nsettings, err);
}

static bool make_folder(const char *path, struct err *err)
{
    if (!file_make_folder(path, 0700))
        return err_set(err, ERR_IO, "cannot make the data folder %s: %s (--data names another)",
                       path, strerror(errno));
    return true;
}

static bool find_folder(const char *path, struct err *err)
{
    struct stat found;
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode))
        return true;
    return err_set(
        err, ERR_STATE,
        "there is no data folder %s (--data names another; `serve` and `migrate` make "
        "one)",
        path);
}

/* The file wins over the environment, which wins over the URL. */
bool instance_database_url(const struct options *options, struct url *ret_url, struct err *err)
{
    char *password = NULL;
    if (!db_url_parse(server_drivers, options->database, ret_url, err))
        return false;
    if (options->database_password_file) {
        if (!password_read(options->database_password_file, &password, err))
            return false;
    } else if (options->database_password) {
        password = mem_text(options->database_password);
    }
    if (password) {
        password_free(ret_url->password);
        ret_url->password = password;
    }
    return true;
}

bool instance_shows_password(const struct options *options)
{
    CLEANUP(url_done) struct url url = {0};
    return db_url_parse(server_drivers, options->database, &url, NULL) && url.password &&
           url.password[0];
}

static void hear_news(void *owner, bool good, const char *what)
{
    (void)owner;
    log_line(good ? LOG_INFO : LOG_ERROR, "%s", what);
}

bool instance_open_database(struct instance *instance, bool create, struct err *err)
{
    const struct options *options = instance->options;
    const struct script_limits *limits = &options->limits;
    CLEANUP(url_done) struct url url = {0};
    if (!(create ? make_folder : find_folder)(options->data, err) ||
        !instance_database_url(options, &url, err))
        return false;
    if (!instance->quiet && instance_shows_password(options))
        log_line(LOG_WARN, "the database URL holds a password; it is safer in a file "
                           "(--database-password-file) or in TIMECAPSULE_DATABASE_PASSWORD");
    if ((!create && !db_find(server_drivers, &url, err)) ||
        !db_open(server_drivers, &url, &instance->db, err))
        return false;
    instance->db->news = instance->quiet ? NULL : hear_news;
    instance->db->longest = limits->time > limits->timer ? limits->time : limits->timer;
    return true;
}

/* Each has numbers of its own; a site that has none leaves those of earlier ones alone.  The
 * host's come behind the application's, which may have made the same tables. */
static const struct {
    const char *name, *root; /* root NULL: they are the host's own */
} spaces[] = {{"app", "sql/migrations/"}, {OWN_SPACE, NULL}, {"site", "site/sql/migrations/"}};

enum { SPACES = sizeof spaces / sizeof spaces[0] };

static size_t find_migrations(const struct vm_files *files, const char *root,
                              struct migration_source **ret_sources)
{
    size_t count = 0;
    if (!root) {
        const struct migration_source *own = own_migrations(&count);
        *ret_sources = mem_new(count, sizeof *own);
        memcpy(*ret_sources, own, count * sizeof *own);
        return count;
    }
    struct migration_source *sources = mem_new(files->count, sizeof *sources);
    for (size_t i = files_from(files, root); i < files->count; i++) {
        const struct vm_file *file = &files->items[i];
        if (strncmp(file->path, root, strlen(root)) != 0)
            break;
        sources[count++] = (struct migration_source){file->origin, file->bytes};
    }
    *ret_sources = sources;
    return count;
}

static bool is_behind(const struct migration_status *status)
{
    return status->highest_applied < status->highest_known || status->partial;
}

static bool say_behind(const char *space, const struct migration_status *status,
                       struct err *err)
{
    return err_set(err, ERR_STATE,
                   "the database is at migration %d of '%s' and these files need %d: run "
                   "`timecapsule migrate` first (or start with --migrate)",
                   status->highest_applied, space, status->highest_known);
}

void instance_tell_unchecked(const struct err *err, struct faults *faults, struct buf *warnings)
{
    if (err->kind == ERR_IO || err->kind == ERR_TIMEOUT)
        buf_addf(warnings, "warning: statements were not checked: %s\n", err->text);
    else
        faults_add(faults, NULL, 0, err->text);
}

static bool compare(struct db *db, const struct snapshot *files,
                    bool (*judge)(const struct db *db, const char *space,
                                  const struct migration_status *status, struct err *err),
                    struct err *err)
{
    for (size_t i = 0; i < SPACES; i++) {
        CLEANUP(mem_freep) struct migration_source *sources = NULL;
        size_t count = find_migrations(&files->files, spaces[i].root, &sources);
        struct migration_status status;
        if (!spaces[i].root || (count == 0 && i > 0))
            continue; /* the host's own follow the program, not its files */
        if (!migrate_status(db, spaces[i].name, sources, count, &status, err) ||
            !judge(db, spaces[i].name, &status, err))
            return false;
    }
    return true;
}

/* A newer database is fine: going back past a migration has to work. */
static bool refuse_older(const struct db *db, const char *space,
                         const struct migration_status *status, struct err *err)
{
    (void)db;
    return !is_behind(status) || say_behind(space, status, err);
}

bool instance_is_migrated(struct db *db, const struct snapshot *files, struct err *err)
{
    return compare(db, files, refuse_older, err);
}

bool instance_can_migrate(struct db *db, const struct snapshot *files, struct err *err)
{
    return compare(db, files, migrate_refuse_newer, err);
}

void instance_judge_migrations(const struct snapshot *files, const struct sql_dialect *dialect,
                               struct faults *faults)
{
    CLEANUP(mem_freep) struct migration_source *sources = NULL;
    size_t count = find_migrations(&files->files, spaces[SPACES - 1].root, &sources);
    for (const struct db_driver *const *driver = server_drivers; *driver; driver++)
        if ((*driver)->judge_migrations)
            (*driver)->judge_migrations(sources, count, server_drivers,
                                        (*driver)->dialect == dialect, faults_take, faults);
}

static bool migrate_space(struct instance *instance, const struct snapshot *files, size_t which,
                          bool told_to, int *ret_applied, struct err *err)
{
    CLEANUP(mem_freep) struct migration_source *sources = NULL;
    const char *space = spaces[which].name;
    size_t count = find_migrations(&files->files, spaces[which].root, &sources);
    struct migration_status status;
    *ret_applied = 0;
    if (count == 0 && which > 0)
        return true;
    if (!migrate_status(instance->db, space, sources, count, &status, err))
        return false;
    if (which == 0) {
        instance->db->is_new = status.is_empty;
        __atomic_store_n(&instance->db->schema, status.highest_known, __ATOMIC_RELAXED);
    }
    if (!is_behind(&status) && (status.newest == 0 || instance->stored))
        return true;
    bool itself = told_to || strcmp(instance->db->driver->dialect->name, "sqlite") == 0;
    bool others = spaces[which].root != NULL; /* and not the host's own */
    if (others && !migrate_refuse_newer(instance->db, space, &status, err))
        return false;
    if (!itself && others)
        return say_behind(space, &status, err);
    if (migrate_apply(instance->db, space, sources, count, ret_applied, err))
        return true;
    if (!itself)
        log_line(
            LOG_WARN,
            "the host's own tables are not as this program needs them, and it has no row in "
            "`node`: run `timecapsule migrate` with an account that may change tables (%s)",
            err->text);
    return !itself;
}

bool instance_migrate(struct instance *instance, const struct snapshot *files, bool told_to,
                      int *ret_applied, struct err *err)
{
    int all = 0;
    for (size_t i = 0; i < SPACES; i++) {
        int applied;
        if (!migrate_space(instance, files, i, told_to, &applied, err))
            return false;
        all += applied;
    }
    *ret_applied = all;
    return true;
}

bool instance_open_secret(struct instance *instance, bool create, struct err *err)
{
    struct secrets secrets = {0};
    if (!secret_open(instance->options->secret_file, instance->db, create, &secrets, err))
        return false;
    instance_give_secrets(instance, &secrets);
    secret_wipe(&secrets);
    return true;
}

/* Who reads what was lent before goes on with it; so it stays until the end. */
void instance_give_secrets(struct instance *instance, const struct secrets *secrets)
{
    struct secrets *lent = crypto_safe_new(sizeof *lent);
    *lent = *secrets;
    lent->before = __atomic_load_n(&instance->lent.secrets, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(&instance->lent.secrets, &lent->before, lent, false,
                                        __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        continue;
}

static void forget_secrets(struct instance *instance)
{
    struct secrets *secrets = TAKE(instance->lent.secrets);
    while (secrets) {
        struct secrets *before = secrets->before;
        crypto_safe_free(secrets);
        secrets = before;
    }
}

bool instance_open_mail(struct instance *instance, struct err *err)
{
    const struct options *options = instance->options;
    CLEANUP(mem_freep) char *outbox = mem_format("%s/outbox", options->data);
    char *password = NULL;
    if (options->mail_password_file &&
        !password_read(options->mail_password_file, &password, err))
        return false;
    struct mail_settings settings = {.url = options->mail,
                                     .password = password ? password : options->mail_password,
                                     .from = options->mail_from,
                                     .outbox = outbox};
    bool good = mail_open(&settings, &instance->mail, err);
    password_free(password);
    if (good && mail_shows_password(instance->mail))
        log_line(LOG_WARN, "the mail URL holds a password; it is safer in a file "
                           "(--mail-password-file) or in TIMECAPSULE_MAIL_PASSWORD");
    if (good && mail_lacks_password(instance->mail))
        log_line(LOG_WARN,
                 "the mail URL names a user and no password is given, so nobody logs in "
                 "(--mail-password-file or TIMECAPSULE_MAIL_PASSWORD holds it)");
    return good;
}

static void fill_host(struct instance *instance, int workers)
{
    const struct options *options = instance->options;
    struct bind_host *host = &instance->lent;
    host->data = options->data;
    host->public_url = options->public_url;
    host->admin_listen =
        strcmp(options->admin_listen, "off") == 0 ? NULL : options->admin_listen;
    host->metrics_token_file = options->metrics_token_file;
    host->time_zone = options->time_zone;
    host->mail = instance->mail ? mail_kind(instance->mail) : "file";
    host->mail_from = instance->mail ? mail_from(instance->mail) : NULL;
    host->mail_from_name = instance->mail ? mail_from_name(instance->mail) : NULL;
    host->mail_connections = instance->mail ? mail_url_of(instance->mail)->connections : 0;
    host->rate_limits = options->rate_limits;
    host->reminders = options->reminders;
    host->drivers = server_drivers;
    host->workers = workers;
    host->limits = options->limits;
}

bool instance_build(struct instance *instance, const struct instance_build *build,
                    struct faults *faults)
{
    fill_host(instance, build->nvms);
    if (!instance->given)
        instance->given = settings_of(instance->options);
    bool prepare = !build->dialect && !instance->away;
    const struct sql_dialect *dialect =
        instance->away ? instance->db->driver->dialect : build->dialect;
    struct generation_plan plan = {.number = build->number,
                                   .files = &instance->files,
                                   .host = &instance->lent,
                                   .db = prepare ? instance->db : NULL,
                                   .dialect = dialect,
                                   .given = instance->given,
                                   .ngiven = instance->options->nsettings,
                                   .nvms = build->nvms,
                                   .open = build->open};
    CLEANUP(buf_done) struct buf strangers = {0};
    settings_strangers(&instance->files, instance->given, instance->options->nsettings,
                       &strangers);
    log_lines(LOG_WARN, (struct slice){strangers.data, strangers.len});
    return generation_build(&plan, faults, &instance->slot.current);
}

void instance_close(struct instance *instance)
{
    generation_unref(TAKE(instance->slot.current));
    mail_close(TAKE(instance->mail));
    db_close(TAKE(instance->db));
    snapshot_done(&instance->files);
    free(TAKE(instance->given));
    buf_done(&instance->faults);
    forget_secrets(instance);
}
