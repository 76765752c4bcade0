/*
 * Which zones there are, and which is the system's.
 *
 * The names come from tzdata.zi, the one file of the zone database that has all of them, links
 * included; where a system has left it out, from the tables of places.  A name counts only if
 * its file is there too, or, for a link, the file of what it stands for: some systems ship the
 * files of old names separately.  A list is read once, and again where the database has
 * changed; threads may still look at an older one, so none is freed: an update of the database
 * comes a few times a year.
 */
#include "base/zone_names.h"

#include "base/mem.h"
#include "base/zone.h"
#include "base/zone_file.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic(struct zone_list *) current;

static void add(struct zone_list *list, const char *name, const char *file)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 1024;
        list->names = mem_resize(list->names, list->room, sizeof *list->names);
    }
    list->names[list->count++] = mem_format("%s%c%s", name, '\0', file);
}

static bool has_file(const char *name)
{
    CLEANUP(mem_freep) char *path = zone_file_path(name);

    return access(path, R_OK) == 0;
}

/* A link's target stands in for its file; otherwise it is the name again. */
static void add_if_there(struct zone_list *list, const char *name, const char *target)
{
    /* "UTC" is added by hand; "Factory" is how tzdata says "not set". */
    if (!strcmp(name, "UTC") || !strcmp(name, "Factory"))
        return;
    if (has_file(name))
        add(list, name, name);
    else if (target != name && has_file(target))
        add(list, name, target);
}

const char *zone_names_file(const char *name)
{
    return name + strlen(name) + 1;
}

/* "# version 2025b", the first line. */
static void take_version(struct zone_list *list, const char *line)
{
    static const char before[] = "# version ";

    if (!list->version[0] && !strncmp(line, before, sizeof before - 1))
        snprintf(list->version, sizeof list->version, "%s", line + sizeof before - 1);
}

/* "Z NAME …" is a zone, "L TARGET NAME" a link; rules and continuation lines are others. */
static void take_compact_line(struct zone_list *list, char *line)
{
    take_version(list, line);
    char *rest = line;
    const char *kind = strsep(&rest, " ");
    const char *first = rest ? strsep(&rest, " ") : NULL;
    const char *second = rest ? strsep(&rest, " ") : NULL;

    if (first && !strcmp(kind, "Z"))
        add_if_there(list, first, first);
    else if (second && !strcmp(kind, "L"))
        add_if_there(list, second, first);
}

/* COUNTRY <tab> COORDINATES <tab> NAME [<tab> COMMENT] */
static void take_table_line(struct zone_list *list, char *line)
{
    char *rest = line, *name = NULL;

    if (line[0] == '#')
        return;
    for (int column = 0; column < 3 && rest; column++)
        name = column == 2 ? strsep(&rest, "\t") : (strsep(&rest, "\t"), NULL);
    if (name)
        add_if_there(list, name, name);
}

/* Where names are read from: the first of these that is there. */
static const struct names_file {
    const char *name;
    void (*take_line)(struct zone_list *list, char *line);
} files[] = {{"tzdata.zi", take_compact_line},
             {"zone.tab", take_table_line},
             {"zone1970.tab", take_table_line}};

enum { FILES = sizeof files / sizeof *files };

static bool take_file(struct zone_list *list, const struct names_file *file)
{
    char *text;

    if (!zone_file_read(file->name, &text, NULL))
        return false;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")))
        file->take_line(list, line);
    g_free(text);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What tells one state of the database from another. */
static struct zone_state state_now(void)
{
    for (size_t i = 0; i < FILES; i++) {
        CLEANUP(mem_freep) char *path = zone_file_path(files[i].name);
        struct stat about;
        if (stat(path, &about) == 0)
            return (struct zone_state){about.st_ino, about.st_size, about.st_mtim};
    }
    return (struct zone_state){0};
}

static bool same_state(const struct zone_state *a, const struct zone_state *b)
{
    return a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

static struct zone_list *read_list(const struct zone_list *older)
{
    struct zone_list *list = mem_new(1, sizeof *list);

    list->older = older;
    list->number = older ? older->number + 1 : 0;
    list->state = state_now();
    add(list, "UTC", "UTC");
    for (size_t i = 0; i < FILES && !take_file(list, &files[i]); i++)
        continue;
    qsort(list->names, list->count, sizeof *list->names, by_name);
    list->zones = mem_new(list->count, sizeof *list->zones);
    return list;
}

static void read_first(void)
{
    atomic_store(&current, read_list(NULL));
}

const struct zone_list *zone_list(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_first);
    return atomic_load_explicit(&current, memory_order_acquire);
}

bool zone_refresh(void)
{
    const struct zone_list *now = zone_list();
    struct zone_state state = state_now();

    if (same_state(&state, &now->state) || state.size == 0)
        return false;
    atomic_store(&current, read_list(now));
    return true;
}

const char *zone_version(int64_t *ret_modified)
{
    const struct zone_list *list = zone_list();

    *ret_modified = list->state.modified.tv_sec;
    return list->version;
}

const char *const *zone_names(size_t *ret_count)
{
    const struct zone_list *list = zone_list();

    *ret_count = list->count;
    return list->names;
}

static int by_key(const void *name, const void *element)
{
    return strcmp(name, *(const char *const *)element);
}

bool zone_list_find(const struct zone_list *list, const char *zone, size_t *ret_index)
{
    const char **found =
        zone ? bsearch(zone, list->names, list->count, sizeof *list->names, by_key) : NULL;

    *ret_index = found ? (size_t)(found - list->names) : 0;
    return found != NULL;
}

bool zone_exists(const char *zone)
{
    size_t index;

    return zone_list_find(zone_list(), zone, &index);
}

/* ---- the system's ---- */

static const char *system_zone;

/* "…/zoneinfo/Europe/Berlin" names Europe/Berlin, and so does ":Europe/Berlin" in TZ. */
static bool take_system(const char *path)
{
    const char *name = strstr(path, "zoneinfo/");

    name = name ? name + strlen("zoneinfo/") : path;
    if (!strncmp(name, "posix/", 6))
        name += 6;
    if (!zone_exists(name))
        return false;
    system_zone = mem_text(name);
    return true;
}

static void find_system(void)
{
    char target[PATH_MAX], *text;
    const char *chosen = getenv("TZ");

    if (chosen && take_system(chosen[0] == ':' ? chosen + 1 : chosen))
        return;
    ssize_t len = readlink("/etc/localtime", target, sizeof target - 1);
    if (len > 0) {
        target[len] = '\0';
        if (take_system(target))
            return;
    }
    if (g_file_get_contents("/etc/timezone", &text, NULL, NULL)) {
        bool good = take_system(g_strstrip(text));
        g_free(text);
        if (good)
            return;
    }
    system_zone = "UTC";
}

const char *zone_system(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_system);
    return system_zone;
}
