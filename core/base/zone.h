/*
 * Wall time in IANA zones, by GLib's GTimeZone (thread-safe, right after 2037; libc's TZ is
 * process-global).  Years 1 to 9999.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* Every name of the zone database, links such as "Asia/Calcutta" (which browsers report) too;
 * sorted by bytes, never freed.  "UTC" alone where there is no database. */
const char *const *zone_names(size_t *ret_count);

/* "Europe/Berlin", "UTC": is the name among zone_names()?  Only those ever reach a file's path.
 * false for NULL. */
bool zone_exists(const char *zone);

/* Reads the database anew where its list of names has changed on disk: from then on every call
 * goes by the new one.  true where it had.  One thread at a time; others may go on. */
bool zone_refresh(void);

/* "2025b", or "" where the database does not tell; static.  *ret_modified: when it was written.
 */
const char *zone_version(int64_t *ret_modified);

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
 * %Y %m %d %H %M %S %A %B %e %z(+hhmm) %:z(+hh:mm) %Z %%, and %-Y … %-S without leading zeros;
 * day and month names in English.
 * ERR_INPUT for an unknown zone or conversion. */
bool zone_format(int64_t unix_seconds, const char *zone, const char *pattern, struct buf *out,
                 struct err *err);
