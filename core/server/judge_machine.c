/* What judge.h says of the machine. */
#include "server/judge.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/zone.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* Below these a busy evening runs out; below the other a start is all there is. */
enum { FILES_LOW = 4096, FILES_NONE = 512 };

/* Zones change at some weeks' notice; a version names the year in which it came. */
enum { ZONES_OLD_YEARS = 2 };

static int year_now(void)
{
    struct tm moment;
    time_t now = (time_t)clock_now();
    return gmtime_r(&now, &moment)->tm_year + 1900;
}

static void judge_zones(const char *zone, struct verdicts *out)
{
    static const char subject[] = "time zones";
    size_t count;
    int64_t modified;
    const char *version = zone_version(&modified);
    int year = (int)strtol(version ? version : "", NULL, 10);
    long long days = (clock_now() - modified) / (24 * 60 * 60);
    zone_names(&count);
    if (count <= 1)
        verdict_add(out, VERDICT_BROKEN, subject,
                    mem_text("the zone database is missing: every time is taken for UTC"),
                    mem_text("apt-get install tzdata"));
    else if (year == 0)
        verdict_add(out, VERDICT_LOOK, subject,
                    mem_format("%zu zones, of a database that names no version", count),
                    mem_text("apt-get install tzdata"));
    else if (year_now() - year >= ZONES_OLD_YEARS)
        verdict_add(
            out, VERDICT_LOOK, subject,
            mem_format("the zone database %s is old, installed %lld days ago: wall times are "
                       "taken by rules that have changed",
                       version, days),
            mem_text("apt-get update && apt-get install tzdata, then timecapsule reload"));
    else
        verdict_add(out, VERDICT_GOOD, subject,
                    mem_format("the zone database is %s, installed %lld days ago, with %zu "
                               "names, the server's zone %s",
                               version, days, count, zone),
                    NULL);
}

static void judge_descriptors(struct verdicts *out)
{
    static const char subject[] = "descriptors";
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    enum verdict verdict = files.rlim_max < FILES_NONE  ? VERDICT_BROKEN
                           : files.rlim_max < FILES_LOW ? VERDICT_LOOK
                                                        : VERDICT_GOOD;
    verdict_add(out, verdict, subject,
                mem_format("this account may open %llu files and connections here",
                           (unsigned long long)files.rlim_max),
                verdict == VERDICT_GOOD
                    ? NULL
                    : mem_text("raise the hard limit: LimitNOFILE=65536 in a systemd unit, "
                               "`ulimit -Hn` elsewhere"));
}

void judge_machine(const struct options *options, struct verdicts *out)
{
    judge_zones(options->time_zone, out);
    judge_descriptors(out);
}
