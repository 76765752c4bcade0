/* Private to base/zone*.c: the list of zones as the database had them at some moment. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct zone;

/* Of the file that the names were read from; all 0 where there is none. */
struct zone_state {
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct zone_list {
    const struct zone_list *older;
    unsigned number;    /* counts the states of the database that this process has seen */
    const char **names; /* sorted; each followed, behind its NUL, by the name of its file */
    size_t count, room;
    char version[16]; /* "2025b"; "" where it is not told */
    struct zone_state state;
    _Atomic(struct zone *) *zones; /* zone.c's: one for each name, NULL until asked for */
};

/* The latest; never freed.  Any thread. */
const struct zone_list *zone_list(void);

bool zone_list_find(const struct zone_list *list, const char *zone, size_t *ret_index);

/* Which file of the database tells of this entry of a list's names: mostly that of its own
 * name, else that of the name which it is a link to. */
const char *zone_names_file(const char *name);
