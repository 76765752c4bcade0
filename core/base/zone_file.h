/* Private to base/zone*.c: the files of the zone database, and the one thing in them that GLib
 * reads wrongly. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The path of a file of the database, to be freed with free(). */
char *zone_file_path(const char *name);
/* Its bytes, NUL behind them, to be freed with g_free(). */
bool zone_file_read(const char *name, char **ret_data, size_t *ret_len);

/* Seconds east of Greenwich at t, as the list of changes in the file tells them; false where
 * there is no file, or what is behind the list or before it decides. */
bool zone_file_offset(const char *name, int64_t t, int *ret_offset);

/*
 * A zone's file lists changes up to some year and ends with a rule for all later ones.  GLib
 * 2.74 misreads a rule whose "summer time" is the one behind standard time, as Ireland's
 * "IST-1GMT0,M10.5.0,M3.5.0/1" says it: winters come out two hours early.
 *
 * For such a zone: the same rule told the other way round ("GMT0IST-1,M3.5.0/1,M10.5.0"), which
 * GLib reads rightly, and the instant of the last change in the list, from which it holds.
 * NULL for all others.
 */
GTimeZone *zone_file_rule(const char *name, int64_t *ret_from);
