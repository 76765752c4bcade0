/* See measures.h. */
#include "server/measures.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/zone.h"

#include <sys/statvfs.h>

/* Names are of base units; what always has the same few values of a label names them. */
static const struct measure {
    enum metric_type type;
    const char *name, *help;
    const char *label;  /* NULL: one series without; "": none before the first is recorded */
    const char *values; /* of the label, a space between */
} all[] = {
    {METRIC_GAUGE, "tc_build_info", "1: what runs.", "", NULL},
    {METRIC_GAUGE, "tc_connections", "Connections of clients that are open.", NULL, NULL},
    {METRIC_COUNTER, "tc_db_connects_total", "Connections made to MariaDB.", "outcome",
     "ok failed"},
    {METRIC_GAUGE, "tc_db_connections", "Connections to MariaDB that are open, by worker.", "",
     NULL},
    {METRIC_COUNTER, "tc_db_cut_total",
     "Operations on MariaDB that were given up at a deadline.", NULL, NULL},
    {METRIC_COUNTER, "tc_db_failures_total", "Operations on MariaDB that failed, by kind.",
     "kind", "io conflict state timeout limit input"},
    {METRIC_GAUGE, "tc_db_host", "1: the MariaDB host is in that state.", "", NULL},
    {METRIC_GAUGE, "tc_db_idle", "Connections to MariaDB that wait for work, by worker.", "",
     NULL},
    {METRIC_COUNTER, "tc_db_refused_total",
     "Operations that were refused because too many were waiting.", NULL, NULL},
    {METRIC_COUNTER, "tc_db_retries_total", "Operations on MariaDB that were tried again.",
     "cause", "array connection deadlock"},
    {METRIC_HISTOGRAM, "tc_db_seconds", "Seconds that operations on MariaDB took.", "kind",
     "read write"},
    {METRIC_GAUGE, "tc_db_waiting",
     "Operations that wait for the database, by worker; SQLite: of all, with those that run.",
     "", NULL},
    {METRIC_GAUGE, "tc_disk_free_bytes", "Bytes free for the server on the data folder's disk.",
     NULL, NULL},
    {METRIC_COUNTER, "tc_forwards_unheeded_total",
     "Requests that tell of a client behind a proxy, by peers that no --trusted-proxy names.",
     "peer", "this_machine another"},
    {METRIC_GAUGE, "tc_generation", "The number of the current generation.", NULL, NULL},
    {METRIC_GAUGE, "tc_generations_live", "Generations that still answer.", NULL, NULL},
    {METRIC_COUNTER, "tc_limits_exceeded_total", "Tasks that were ended at a limit.", "limit",
     "cpu hold memory pattern time load"},
    {METRIC_COUNTER, "tc_rate_limited_total", "Requests that a limit of each client refused.",
     "", NULL},
    {METRIC_COUNTER, "tc_refused_messages_total",
     "Messages that were turned away before they became a request.", "status",
     "none 400 408 413 414 421 429 431 503"},
    {METRIC_GAUGE, "tc_reload_failed",
     "1: the last reload failed, or the files had faults at the start.", NULL, NULL},
    {METRIC_COUNTER, "tc_reloads_total", "Reloads and rollbacks.", "outcome", "good failed"},
    {METRIC_HISTOGRAM, "tc_request_seconds", "Seconds from a request's head to its last byte.",
     "", NULL},
    {METRIC_COUNTER, "tc_requests_total", "Requests by route and class of status.", "", NULL},
    {METRIC_COUNTER, "tc_task_pauses_total", "Pauses of tasks that ran long.", NULL, NULL},
    {METRIC_COUNTER, "tc_timer_runs_total", "Runs of timers.", "", NULL},
    {METRIC_COUNTER, "tc_worker_stalls_total", "Times that a worker did not turn for seconds.",
     NULL, NULL},
    {METRIC_GAUGE, "tc_workers", "Threads that answer.", NULL, NULL},
    {METRIC_GAUGE, "tc_zones_age_seconds", "Age of the time zone database's files.", NULL,
     NULL},
};

/* What samples are taken of. */
static struct {
    const char *data;
    struct db *db;
    size_t (*connections)(const void *owner);
    const void *owner;
} process;

static void begin(const struct measure *measure)
{
    struct slice rest = slice_of(measure->values ? measure->values : "");
    metric_describe(measure->type, measure->name, measure->help);
    if (!measure->label)
        metric_begin(measure->type, measure->name, NULL, 0);
    while (rest.len > 0) {
        struct slice word = cut_until(&rest, ' ');
        CLEANUP(mem_freep) char *value = mem_copy(word.data, word.len);
        metric_begin(measure->type, measure->name,
                     (struct metric_label[]){{measure->label, value}}, 1);
    }
}

static void gauge(const char *name, double value)
{
    metric_record(METRIC_GAUGE, name, NULL, 0, value);
}

/* On any thread, and on several at once. */
static void sample(void *owner)
{
    struct statvfs disk;
    int64_t modified;
    (void)owner;
    gauge("tc_connections", (double)process.connections(process.owner));
    if (statvfs(process.data, &disk) == 0)
        gauge("tc_disk_free_bytes", (double)disk.f_bavail * (double)disk.f_frsize);
    zone_version(&modified);
    if (modified > 0)
        gauge("tc_zones_age_seconds", (double)(clock_now() - modified));
    if (process.db->driver->measure)
        process.db->driver->measure(process.db);
}

void measures_begin(const char *data, struct db *db, int nworkers,
                    size_t (*connections)(const void *owner), const void *owner)
{
    struct metric_label build[] = {{"version", TC_VERSION},
                                   {"lua", TC_LUA_VERSION},
                                   {"database", db->driver->dialect->name}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        begin(&all[i]);
    metric_record(METRIC_GAUGE, "tc_build_info", build, 3, 1);
    gauge("tc_workers", nworkers);
    process.data = data;
    process.db = db;
    process.connections = connections;
    process.owner = owner;
    metrics_sample(sample, NULL);
}

void measures_end(void)
{
    metrics_sample(NULL, NULL);
}
