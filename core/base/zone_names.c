/*
 * Which zones there are, and which is the system's.
 *
 * The names come from tzdata.zi, the one file of the zone database that has all of them, links
 * included; where a system has left it out, from the tables of places.  A name counts only if
 * its file is there too, or, for a link, the file of what it stands for: some systems ship the
 * files of old names separately.  Read once, kept for ever.
 */
#include "base/zone.h"

#include "base/mem.h"
#include "base/zone_file.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char **names; /* each followed, behind its NUL, by the name of its file */
    size_t count, room;
    const char *system;
} known;

static void add(const char *name, const char *file)
{
    if (known.count == known.room) {
        known.room = known.room ? known.room * 2 : 1024;
        known.names = mem_resize(known.names, known.room, sizeof *known.names);
    }
    known.names[known.count++] = mem_format("%s%c%s", name, '\0', file);
}

static bool has_file(const char *name)
{
    CLEANUP(mem_freep) char *path = zone_file_path(name);

    return access(path, R_OK) == 0;
}

/* A link's target stands in for its file; otherwise it is the name again. */
static void add_if_there(const char *name, const char *target)
{
    /* "UTC" is added by hand; "Factory" is how tzdata says "not set". */
    if (!strcmp(name, "UTC") || !strcmp(name, "Factory"))
        return;
    if (has_file(name))
        add(name, name);
    else if (target != name && has_file(target))
        add(name, target);
}

const char *zone_names_file(const char *name)
{
    return name + strlen(name) + 1;
}

/* "Z NAME …" is a zone, "L TARGET NAME" a link; rules and continuation lines are others. */
static void take_compact_line(char *line)
{
    char *rest = line;
    const char *kind = strsep(&rest, " ");
    const char *first = rest ? strsep(&rest, " ") : NULL;
    const char *second = rest ? strsep(&rest, " ") : NULL;

    if (first && !strcmp(kind, "Z"))
        add_if_there(first, first);
    else if (second && !strcmp(kind, "L"))
        add_if_there(second, first);
}

/* COUNTRY <tab> COORDINATES <tab> NAME [<tab> COMMENT] */
static void take_table_line(char *line)
{
    char *rest = line, *name = NULL;

    if (line[0] == '#')
        return;
    for (int column = 0; column < 3 && rest; column++)
        name = column == 2 ? strsep(&rest, "\t") : (strsep(&rest, "\t"), NULL);
    if (name)
        add_if_there(name, name);
}

static bool take_file(const char *file, void (*take_line)(char *line))
{
    char *text;

    if (!zone_file_read(file, &text, NULL))
        return false;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")))
        take_line(line);
    g_free(text);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_names(void)
{
    add("UTC", "UTC");
    if (!take_file("tzdata.zi", take_compact_line) && !take_file("zone.tab", take_table_line))
        take_file("zone1970.tab", take_table_line);
    qsort(known.names, known.count, sizeof *known.names, by_name);
}

const char *const *zone_names(size_t *ret_count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_names);
    *ret_count = known.count;
    return known.names;
}

static int by_key(const void *name, const void *element)
{
    return strcmp(name, *(const char *const *)element);
}

const char *const *zone_find(const char *zone)
{
    size_t count;
    const char *const *names = zone_names(&count);

    return zone ? bsearch(zone, names, count, sizeof *names, by_key) : NULL;
}

/* ---- the system's ---- */

/* "…/zoneinfo/Europe/Berlin" names Europe/Berlin, and so does ":Europe/Berlin" in TZ. */
static bool take_system(const char *path)
{
    const char *name = strstr(path, "zoneinfo/");

    name = name ? name + strlen("zoneinfo/") : path;
    if (!strncmp(name, "posix/", 6))
        name += 6;
    if (!zone_find(name))
        return false;
    known.system = mem_text(name);
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
    known.system = "UTC";
}

const char *zone_system(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_system);
    return known.system;
}
