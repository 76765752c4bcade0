/* See site.h. */
#include "server/site.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/str.h"
#include "generation/tree.h"
#include "server/site_add.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char shipped[] = ".shipped";
static const char starter[] = "starter";
static const char specs[] = "spec"; /* which `test` reads */
static const char names[] = "scripts/site_names.txt";

static int fail(const struct err *err)
{
    fprintf(stderr, "timecapsule: %s\n", err->text);
    return 1;
}

static bool copy_file(const char *from, const char *to, struct err *err)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    return file_read(from, LIMIT_FILE, &bytes, err) &&
           file_write(to, (struct slice){bytes.data, bytes.len}, err);
}

/* Remembers the shipped file as it is now. */
static bool record(const char *app, const char *site, const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *from = mem_format("%s/%s", app, path);
    CLEANUP(mem_freep) char *to = mem_format("%s/%s/%s", site, shipped, path);
    return copy_file(from, to, err);
}

static bool same_bytes(const char *a, const char *b)
{
    CLEANUP(buf_done) struct buf left = {0};
    CLEANUP(buf_done) struct buf right = {0};
    return file_read(a, LIMIT_FILE, &left, NULL) && file_read(b, LIMIT_FILE, &right, NULL) &&
           left.len == right.len && (left.len == 0 || !memcmp(left.data, right.data, left.len));
}

/* Remembers what names the application has now, so that scripts/contract/warnings.lua can tell
 * which it takes later; an application of somebody else has no such list. */
static bool record_names(const char *app, const char *site, bool *ret_changed, struct err *err)
{
    CLEANUP(mem_freep)
    char *from = mem_format("%s/scripts/contract/versions/%s.txt", app, TC_VERSION);
    CLEANUP(mem_freep) char *to = mem_format("%s/%s", site, names);
    *ret_changed = access(from, F_OK) == 0 && !same_bytes(from, to);
    return !*ret_changed || copy_file(from, to, err);
}

/* ---- new ---- */

/* Below the starter's folder; path is "" for itself. */
static bool copy_starter(const char *from, const char *to, struct err *err)
{
    DIR *dir = opendir(from);
    bool good = true;
    if (!dir)
        return err_set(err, ERR_IO, "this application has no starter site (%s): %s", from,
                       strerror(errno));
    for (struct dirent *entry; good && (entry = readdir(dir));) {
        struct stat st;
        if (tree_leaves_out(entry->d_name))
            continue;
        CLEANUP(mem_freep) char *below = mem_format("%s/%s", from, entry->d_name);
        CLEANUP(mem_freep) char *target = mem_format("%s/%s", to, entry->d_name);
        if (stat(below, &st) == 0 && S_ISDIR(st.st_mode))
            good = copy_starter(below, target, err);
        else
            good = copy_file(below, target, err);
    }
    closedir(dir);
    return good;
}

static bool record_all(const char *app, const char *site, struct err *err)
{
    CLEANUP(tree_done) struct tree tree = {0};
    if (!tree_look(app, site, &tree, err))
        return false;
    for (size_t i = 0; i < tree.count; i++)
        if (tree.entries[i].replaces && !record(app, site, tree.entries[i].path, err))
            return false;
    return true;
}

/* What the editor asks for: where the application's types are. */
static bool write_luarc(const char *app, const char *folder, struct err *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(mem_freep) char *to = mem_format("%s/.luarc.json", folder);
    CLEANUP(mem_freep) char *types = mem_format("%s/scripts", app);
    buf_adds(&text, "{\n  \"runtime.version\": \"Lua 5.4\",\n"
                    "  \"runtime.path\": [\"scripts/?.lua\", \"scripts/?/init.lua\"],\n"
                    "  \"workspace.library\": [");
    str_json((struct slice){types, strlen(types)}, &text);
    buf_adds(&text,
             "],\n  \"workspace.checkThirdParty\": false,\n"
             "  \"diagnostics.globals\": [\"describe\", \"it\", \"setup\", \"teardown\", "
             "\"before_each\", \"after_each\", \"finally\"]\n}\n");
    return file_write(to, (struct slice){text.data, text.len}, err);
}

/* What a starter cannot hold as it is. */
static bool write_rest(const char *app, const char *from, const char *folder, struct err *err)
{
    bool changed;
    CLEANUP(mem_freep) char *ignored = mem_format("%s/.gitignore", from);
    CLEANUP(mem_freep) char *to = mem_format("%s/.gitignore", folder);
    return write_luarc(app, folder, err) && copy_file(ignored, to, err) &&
           record_names(app, folder, &changed, err);
}

static int site_new(const struct options *options)
{
    struct err err;
    if (options->args.count != 2) {
        fprintf(stderr, "timecapsule: site new DIR makes one folder; name it\n");
        return 2;
    }
    const char *folder = options->args.items[1];
    CLEANUP(mem_freep) char *from = mem_format("%s/%s", options->app, starter);
    if (!file_is_vacant(folder)) {
        fprintf(stderr,
                "timecapsule: %s is there and not empty; a site begins in a new folder\n",
                folder);
        return 1;
    }
    if (!copy_starter(from, folder, &err) || !record_all(options->app, folder, &err) ||
        !write_rest(options->app, from, folder, &err))
        return fail(&err);
    printf("%s is a site; its README.md says what each file does.  Now:\n"
           "  timecapsule check --site %s\n"
           "  timecapsule serve --site %s --watch\n",
           folder, folder, folder);
    return 0;
}

/* ---- copy ---- */

static bool is_inside(const char *path)
{
    for (size_t i = 0; i < TREE_ROOTS; i++) {
        size_t len = strlen(tree_roots[i]);
        if (strncmp(path, tree_roots[i], len) == 0 && path[len] == '/')
            return !strstr(path, "/../") && strncmp(path, "sql/migrations/", 15) != 0;
    }
    return false;
}

static bool copy_one(const struct options *options, const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *from = mem_format("%s/%s", options->app, path);
    CLEANUP(mem_freep) char *to = mem_format("%s/%s", options->site, path);
    if (!is_inside(path))
        return err_set(err, ERR_INPUT,
                       "%s is no file that a site can override; give a path such as "
                       "templates/pages/home.html",
                       path);
    if (access(to, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "the site has %s already", path);
    return copy_file(from, to, err) && record(options->app, options->site, path, err);
}

static int site_copy(const struct options *options)
{
    struct err err;
    for (size_t i = 1; i < options->args.count; i++) {
        if (!copy_one(options, options->args.items[i], &err))
            return fail(&err);
        printf("copied  %s\n", options->args.items[i]);
    }
    return 0;
}

/* ---- diff ---- */

static const char apart[] = "site/"; /* where a site's migrations stand in a generation */

enum state { ADDED, OVERRIDDEN, CHANGED, UNKNOWN, GONE };

static enum state state_of(const struct options *options, const struct tree_entry *entry)
{
    CLEANUP(mem_freep) char *now = mem_format("%s/%s", options->app, entry->path);
    CLEANUP(mem_freep)
    char *then = mem_format("%s/%s/%s", options->site, shipped, entry->path);
    bool known = access(then, F_OK) == 0;
    if (!entry->replaces)
        return known ? GONE : ADDED;
    if (!known)
        return UNKNOWN;
    return same_bytes(now, then) ? OVERRIDDEN : CHANGED;
}

static void show(const struct options *options, const char *path, enum state state,
                 struct buf *out)
{
    size_t len = sizeof apart - 1;
    if (strncmp(path, apart, len) == 0)
        path += len; /* as it lies in the site */
    static const char *const words[] = {"adds", "overrides", "CHANGED", "unknown", "GONE"};
    buf_addf(out, "%-10s %s\n", words[state], path);
    if (state == CHANGED)
        buf_addf(out,
                 "           the shipped file has changed since it was copied:\n"
                 "           diff -u %s/%s/%s %s/%s\n",
                 options->site, shipped, path, options->app, path);
    if (state == UNKNOWN)
        buf_addf(out,
                 "           made without `site copy`: compare it with the shipped one, then "
                 "`site accept`\n");
    if (state == GONE)
        buf_addf(out, "           it is no longer shipped: does anything still use it?\n");
}

/* Calls fn for each file of the site. */
static bool each_file(const struct options *options,
                      void (*fn)(const struct options *options, const char *path,
                                 enum state state, struct buf *out),
                      struct buf *out, bool *ret_changed, struct err *err)
{
    CLEANUP(tree_done) struct tree tree = {0};
    if (!tree_look(options->app, options->site, &tree, err))
        return false;
    *ret_changed = false;
    for (size_t i = 0; i < tree.count; i++) {
        const struct tree_entry *entry = &tree.entries[i];
        if (strcmp(entry->path, entry->origin) == 0 || strcmp(entry->path, names) == 0)
            continue;
        enum state state = state_of(options, entry);
        *ret_changed = *ret_changed || state == CHANGED || state == GONE;
        fn(options, entry->path, state, out);
    }
    return true;
}

static int site_diff(const struct options *options)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct err err;
    bool changed;
    if (!each_file(options, show, &text, &changed, &err))
        return fail(&err);
    fputs(text.len > 0 ? text.data : "the site has no files\n", stdout);
    return changed ? 1 : 0;
}

static void warn(const struct options *options, const char *path, enum state state,
                 struct buf *out)
{
    if (state == CHANGED || state == GONE)
        buf_addf(out, "warning: %s/%s: the shipped file has changed since (`site diff`)\n",
                 options->site, path);
}

/* "template", which nobody reads, for "templates". */
static void add_misnamed(const char *site, const char *name, const char *before,
                         struct buf *out)
{
    struct stat st;
    CLEANUP(mem_freep) char *full = mem_format("%s/%s", site, name);
    struct nearest near = nearest_to(slice_of(name));
    if (tree_leaves_out(name) || stat(full, &st) != 0 || !S_ISDIR(st.st_mode))
        return;
    nearest_offer(&near, specs);
    for (size_t i = 0; i < TREE_ROOTS; i++)
        nearest_offer(&near, tree_roots[i]);
    if (near.word && near.least > 0)
        buf_addf(out, "%snothing in the folder %s is read; did you mean %s/%s?\n", before, full,
                 site, near.word);
}

void site_warn_folders(const char *site, const char *before, struct buf *out)
{
    DIR *dir = site ? opendir(site) : NULL;
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        add_misnamed(site, entry->d_name, before, out);
    closedir(dir);
}

void site_warn(const struct options *options, struct buf *out)
{
    bool changed;
    site_warn_folders(options->site, "warning: ", out);
    each_file(options, warn, out, &changed, NULL);
}

/* ---- accept ---- */

static bool is_meant(const struct options *options, const char *path)
{
    bool meant = options->args.count == 1;
    for (size_t i = 1; i < options->args.count; i++)
        meant = meant || strcmp(options->args.items[i], path) == 0;
    return meant;
}

static void accept_one(const struct options *options, const char *path, enum state state,
                       struct buf *out)
{
    CLEANUP(mem_freep) char *then = mem_format("%s/%s/%s", options->site, shipped, path);
    struct err err;
    if (state == ADDED || state == OVERRIDDEN || !is_meant(options, path))
        return;
    if (state == GONE)
        unlink(then);
    else if (!record(options->app, options->site, path, &err))
        fail(&err);
    buf_addf(out, "accepted  %s\n", path);
}

static int site_accept(const struct options *options)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct err err;
    bool changed;
    if (!each_file(options, accept_one, &text, &changed, &err))
        return fail(&err);
    if (options->args.count == 1) {
        if (!record_names(options->app, options->site, &changed, &err))
            return fail(&err);
        buf_adds(&text, changed ? "accepted  the names of this version\n" : "");
    }
    fputs(text.len > 0 ? text.data : "nothing to accept\n", stdout);
    return 0;
}

int site_run(const struct options *options)
{
    static const struct {
        const char *verb;
        int (*run)(const struct options *options);
        bool needs_site, takes_paths;
    } verbs[] = {{"new", site_new, false, true},
                 {"add", site_add, true, true},
                 {"copy", site_copy, true, true},
                 {"diff", site_diff, true, false},
                 {"accept", site_accept, true, true}};
    const char *verb = options->args.count > 0 ? options->args.items[0] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].verb, verb) != 0)
            continue;
        if (options->args.count > 1 && !verbs[i].takes_paths)
            break;
        if (!verbs[i].needs_site || options->site)
            return verbs[i].run(options);
        fprintf(stderr, "timecapsule: which site? give --site DIR\n");
        return 2;
    }
    fprintf(stderr,
            "timecapsule: site takes new DIR, add page|migration NAME, copy PATH…, diff, "
            "accept [PATH…] or check --against VERSION\n");
    return 2;
}
