/* What options are that nobody has given and that depend on the machine: where the application
 * lies, where data goes.  Constants are in options_read(). */
#include "server/option_table.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/zone.h"
#include "db/db.h"
#include "generation/settings.h"
#include "server/option_readers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last part of the path off; false at the root. */
static bool to_parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

static bool holds_application(const char *folder)
{
    CLEANUP(mem_freep) char *main_script = mem_format("%s/scripts/main.lua", folder);
    return access(main_script, F_OK) == 0;
}

/* PREFIX/share/timecapsule for PREFIX/bin/timecapsule; else the nearest folder above the
 * program that holds an application, as build/release/timecapsule has. */
static char *default_app(void)
{
    char program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0)
        return mem_text("/usr/share/timecapsule");
    program[len] = '\0';

    char *installed = NULL;
    for (int depth = 0; depth < 5 && to_parent(program); depth++) {
        if (depth == 1)
            installed = mem_format("%s/share/timecapsule", program);
        if (installed && depth == 1 && holds_application(installed))
            return installed;
        if (holds_application(program)) {
            free(installed);
            return mem_text(program);
        }
    }
    return installed ? installed : mem_text("/usr/share/timecapsule");
}

static char *default_data(void)
{
    const char *state = getenv("STATE_DIRECTORY"); /* systemd's; may list several */
    if (state && *state) {
        CLEANUP(mem_freep) char *first = mem_copy(state, strcspn(state, ":"));
        return option_path(first);
    }
    const char *home = getenv("HOME");
    return home && *home ? mem_format("%s/.local/state/timecapsule", home) : NULL;
}

/* The file is called as the application says. */
static char *database_in(const char *folder, const char *app)
{
    CLEANUP(mem_freep) char *name = settings_database(app);
    struct buf url = {NULL, 0, 0};
    buf_adds(&url, "sqlite://");
    url_encode(slice_of(folder), &url);
    buf_addf(&url, "/%s", name ? name : "data.db");
    return buf_take(&url, NULL);
}

bool option_defaults(struct options *options, struct err *err)
{
    if (!options->app)
        options->app = default_app();
    if (!options->data)
        options->data = default_data();
    if (!options->data)
        return err_set(err, ERR_INPUT,
                       "--data has no default where neither STATE_DIRECTORY "
                       "nor HOME is set; give a folder");
    if (options->listen.count == 0)
        option_list_add(&options->listen, "127.0.0.1:8080");
    if (!options->admin_listen)
        options->admin_listen = mem_text("127.0.0.1:8081");
    if (!options->database)
        options->database = database_in(options->data, options->app);
    if (!options->secret_file)
        options->secret_file = mem_format("%s/secret", options->data);
    if (!options->time_zone)
        options->time_zone = mem_text(zone_system());
    return true;
}
