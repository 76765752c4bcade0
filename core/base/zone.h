/*
 * Wall time in IANA zones, by GLib's GTimeZone (thread-safe, right after 2037; libc's TZ is
 * process-global).  Years 1 to 9999.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* Every name of the zone database, links such as "Asia/Calcutta" (which browsers report) too;
 * sorted by bytes, read once, never freed.  "UTC" alone where there is no database. */
const char *const *zone_names(size_t *ret_count);

/* Which file of the database tells of this entry of zone_names(): mostly that of its own name,
 * else that of the name which it is a link to. */
const char *zone_names_file(const char *name);

/* "Europe/Berlin", "UTC": where the name stands among zone_names(); NULL for one that is not
 * there, and for NULL.  Only names of that list ever reach a file's path. */
const char *const *zone_find(const char *zone);
static inline bool zone_exists(const char *zone)
{
    return zone_find(zone) != NULL;
}

/* The system's zone as an IANA name; "UTC" where it cannot be told. */
const char *zone_system(void);

/* The last minute before a jump of the clocks and the first after it: "YYYY-MM-DD HH:MM". */
enum { ZONE_MINUTE = 64 }; /* the longest that five ints could be */
struct zone_gap {
    char before[ZONE_MINUTE], after[ZONE_MINUTE];
};

/* "YYYY-MM-DD HH:MM[:SS]", 'T' allowed between; surrounding spaces refused.  A wall time that
 * happens twice is the later instant, so that nothing opens early; one that a DST gap skips is
 * refused with ERR_INPUT, naming the gap, which is written to *ret_gap too (may be NULL; empty
 * texts after any other refusal). */
bool zone_to_unix(struct slice text, const char *zone, int64_t *ret_unix,
                  struct zone_gap *ret_gap, struct err *err);

/* Appends the instant in the zone; the pattern is strftime's subset
 * %Y %m %d %H %M %S %A %B %e %z(+hhmm) %:z(+hh:mm) %Z %%; day and month names in English.
 * ERR_INPUT for an unknown zone or conversion. */
bool zone_format(int64_t unix_seconds, const char *zone, const char *pattern, struct buf *out,
                 struct err *err);
