/* See site_add.h.  Nothing is written unless everything can be: a file that is there, of the
 * site or of the application, is never replaced. */
#include "server/site_add.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 40, NUMBER_LEN = 4 };

struct thing {
    const struct options *options;
    const char *name;
    char number[24]; /* of a migration */
    bool write;      /* else it is only judged */
};

static bool is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && len <= NAME_MAX_LEN && name[len] == 0 && name[0] >= 'a' && name[0] <= 'z';
}

static void replace_all(struct slice text, const char *word, const char *by, struct buf *out)
{
    size_t len = strlen(word);
    const char *at = text.data;
    const char *end = text.data + text.len;
    while (at < end) {
        const char *found = memmem(at, (size_t)(end - at), word, len);
        buf_add(out, at, (size_t)((found ? found : end) - at));
        if (found)
            buf_adds(out, by);
        at = found ? found + len : end;
    }
}

/* The text with name and number in it. */
static void fill(const struct thing *thing, struct slice text, struct buf *out)
{
    CLEANUP(buf_done) struct buf named = {0};
    replace_all(text, "NAME", thing->name, &named);
    replace_all((struct slice){named.data, named.len}, "NUMBER", thing->number, out);
}

static bool add_file(const struct thing *thing, const char *from, const char *path,
                     struct err *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(buf_done) struct buf filled = {0};
    CLEANUP(mem_freep) char *to = mem_format("%s/%s", thing->options->site, path);
    CLEANUP(mem_freep) char *ours = mem_format("%s/%s", thing->options->app, path);
    if (access(to, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "the site has %s already; take another name", path);
    if (access(ours, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "the application has %s itself; take another name",
                       path);
    if (!thing->write)
        return true;
    if (!file_read(from, LIMIT_FILE, &text, err))
        return false;
    fill(thing, (struct slice){text.data, text.len}, &filled);
    printf("wrote   %s\n", path);
    return file_write(to, (struct slice){filled.data, filled.len}, err);
}

/* All that lies in a folder of starter/.add; path is "" at its top. */
static bool add_folder(const struct thing *thing, const char *from, const char *path,
                       struct err *err)
{
    DIR *dir = opendir(from);
    bool good = true;
    if (!dir)
        return err_set(err, ERR_IO, "this application has no %s: %s", from, strerror(errno));
    for (struct dirent *entry; good && (entry = readdir(dir));) {
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        CLEANUP(buf_done) struct buf name = {0};
        fill(thing, (struct slice){entry->d_name, strlen(entry->d_name)}, &name);
        CLEANUP(mem_freep) char *below = mem_format("%s/%s", from, entry->d_name);
        CLEANUP(mem_freep)
        char *target = mem_format("%s%s%.*s", path, *path ? "/" : "", (int)name.len, name.data);
        if (stat(below, &st) == 0 && S_ISDIR(st.st_mode))
            good = add_folder(thing, below, target, err);
        else
            good = add_file(thing, below, target, err);
    }
    closedir(dir);
    return good;
}

/* ---- the languages of a page ---- */

static const char locales[] = "scripts/locales";

/* "zh-Hant" of "zh-Hant.lua"; empty where it is no script. */
static struct slice stem_of(const char *file)
{
    size_t len = strlen(file), tail = strlen(".lua");
    bool fits = file[0] != '.' && len > tail && strcmp(file + len - tail, ".lua") == 0;
    return (struct slice){file, fits ? len - tail : 0};
}

/* Adds to the lines of `out` the languages that have a file in the folder or one below it. */
static void find_languages(const char *folder, int depth, struct buf *out)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct slice stem = stem_of(entry->d_name);
        CLEANUP(mem_freep) char *below = mem_format("%s/%s", folder, entry->d_name);
        CLEANUP(mem_freep) char *line = mem_format("\n%.*s\n", (int)stem.len, stem.data);
        if (depth > 0 && stem.len == 0 && entry->d_name[0] != '.')
            find_languages(below, depth - 1, out);
        else if (stem.len > 0 && !(out->data && strstr(out->data, line)))
            buf_adds(out, line);
    }
    if (dir)
        closedir(dir);
}

static size_t primary_len(const char *language)
{
    return strcspn(language, "-.");
}

/* Which of the page's files a language begins with: one of the same language, or the English.
 */
static char *find_model(const char *folder, const char *language)
{
    char *found = mem_format("%s/en.lua", folder);
    size_t len = primary_len(language);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (primary_len(entry->d_name) == len && strncmp(entry->d_name, language, len) == 0) {
            free(found);
            found = mem_format("%s/%s", folder, entry->d_name);
        }
    if (dir)
        closedir(dir);
    return found;
}

/* The page in each language of the site that the starter has no words in. */
static bool add_languages(const struct thing *thing, const char *from, const char *languages,
                          struct err *err)
{
    CLEANUP(mem_freep) char *folder = mem_format("%s/%s/NAME", from, locales);
    CLEANUP(mem_freep) char *list = mem_text(languages);
    bool good = true;
    char *rest = list;
    for (char *language; good && (language = strtok_r(rest, "\n", &rest));) {
        CLEANUP(mem_freep) char *own = mem_format("%s/%s.lua", folder, language);
        CLEANUP(mem_freep)
        char *path = mem_format("%s/%s/%s.lua", locales, thing->name, language);
        CLEANUP(mem_freep) char *model = find_model(folder, language);
        if (access(own, F_OK) != 0)
            good = add_file(thing, model, path, err);
    }
    return good;
}

/* The number behind those of the site's migrations. */
static void find_number(struct thing *thing)
{
    CLEANUP(mem_freep)
    char *folder = mem_format("%s/sql/migrations", thing->options->site);
    DIR *dir = opendir(folder);
    long last = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (end == entry->d_name + NUMBER_LEN && *end == '_' && number > last)
            last = number;
    }
    if (dir)
        closedir(dir);
    snprintf(thing->number, sizeof thing->number, "%04ld", last + 1);
}

/* A line in scripts/site.lua calls the page's script. */
static bool add_call(const struct thing *thing, struct err *err)
{
    static const char head[] = "function(app)\n";
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(buf_done) struct buf out = {0};
    CLEANUP(mem_freep) char *path = mem_format("%s/scripts/site.lua", thing->options->site);
    CLEANUP(mem_freep) char *call = mem_format("  require(\"site.%s\")(app)\n", thing->name);
    if (access(path, F_OK) != 0) {
        buf_addf(&out, "return function(app)\n%send\n", call);
        printf("wrote   scripts/site.lua\n");
        return file_write(path, (struct slice){out.data, out.len}, err);
    }
    if (!file_read(path, LIMIT_FILE, &text, err))
        return false;
    const char *at = memmem(text.data, text.len, head, strlen(head));
    if (!at) {
        printf("scripts/site.lua has no line that ends with function(app); call it there:\n%s",
               call);
        return true;
    }
    size_t before = (size_t)(at - text.data) + strlen(head);
    buf_add(&out, text.data, before);
    buf_adds(&out, call);
    buf_add(&out, text.data + before, text.len - before);
    printf("changed scripts/site.lua\n");
    return file_write(path, (struct slice){out.data, out.len}, err);
}

static bool add(struct thing *thing, const char *kind, struct err *err)
{
    CLEANUP(mem_freep) char *from = mem_format("%s/starter/.add/%s", thing->options->app, kind);
    CLEANUP(mem_freep) char *folder = mem_format("%s/%s", thing->options->site, locales);
    CLEANUP(buf_done) struct buf languages = {0};
    bool is_page = strcmp(kind, "page") == 0;
    buf_adds(&languages, "");
    if (is_page)
        find_languages(folder, 1, &languages);
    find_number(thing);
    if (!add_folder(thing, from, "", err) || !add_languages(thing, from, languages.data, err))
        return false;
    thing->write = true;
    return add_folder(thing, from, "", err) &&
           add_languages(thing, from, languages.data, err) &&
           (!is_page || add_call(thing, err));
}

int site_add(const struct options *options)
{
    struct err err;
    const char *kind = options->args.count == 3 ? options->args.items[1] : "";
    if (strcmp(kind, "page") != 0 && strcmp(kind, "migration") != 0) {
        fprintf(stderr, "timecapsule: site add page NAME, or site add migration NAME\n");
        return 2;
    }
    struct thing thing = {.options = options, .name = options->args.items[2]};
    if (!is_name(thing.name)) {
        fprintf(stderr,
                "timecapsule: '%s' is no name: small letters, digits and _, a letter first, "
                "at most %d\n",
                thing.name, NAME_MAX_LEN);
        return 2;
    }
    if (!add(&thing, kind, &err)) {
        fprintf(stderr, "timecapsule: %s\n", err.text);
        return 1;
    }
    return 0;
}
