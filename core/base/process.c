/* See process.h. */
#include "base/process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void measure(struct buf *out, const char *name, const char *type, const char *help,
                    double value)
{
    buf_addf(out, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.15g\n", name, help,
             name, type, name, value);
}

/* ---- /proc/self/stat ---- */

/* Of its fields, counted from 1 as in proc(5). */
enum { THREADS = 20, START = 22, SIZE = 23, RESIDENT = 24, FIELDS = 24 };

/* The program's name, the second, may hold spaces and parentheses. */
static bool read_stat(double fields[static FIELDS + 1])
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[len] = '\0';
    const char *at = strrchr(text, ')');
    int field = 3;
    for (at = at ? strchr(at + 1, ' ') : NULL; at && field <= FIELDS; at = strchr(at + 1, ' '))
        if (sscanf(at, "%lf", &fields[field++]) != 1)
            fields[field - 1] = 0;
    return field > FIELDS;
}

/* Seconds since 1970 at which the machine's ticks began. */
static double boot_time(void)
{
    struct timespec now, since;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &since);
    return (double)(now.tv_sec - since.tv_sec) + (double)(now.tv_nsec - since.tv_nsec) / 1e9;
}

static void measure_stat(struct buf *out)
{
    double fields[FIELDS + 1] = {0};
    if (!read_stat(fields))
        return;
    measure(out, "resident_memory_bytes", "gauge", "Resident memory size in bytes.",
            fields[RESIDENT] * (double)sysconf(_SC_PAGESIZE));
    measure(out, "start_time_seconds", "gauge",
            "Start time of the process since unix epoch in seconds.",
            boot_time() + fields[START] / (double)sysconf(_SC_CLK_TCK));
    measure(out, "threads", "gauge", "Threads of the process.", fields[THREADS]);
    measure(out, "virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
            fields[SIZE]);
}

/* ---- the rest ---- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void measure_time(struct buf *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        measure(out, "cpu_seconds_total", "counter",
                "Total user and system CPU time spent in seconds.",
                seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
}

static void measure_descriptors(struct buf *out)
{
    struct rlimit limit;
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        measure(out, "max_fds", "gauge", "Maximum number of open file descriptors.",
                (double)limit.rlim_cur);
    if (!folder)
        return;
    while (readdir(folder))
        count++;
    closedir(folder);
    measure(out, "open_fds", "gauge", "Number of open file descriptors.",
            (double)(count - 3)); /* ".", "..", and the one that it was read by */
}

void process_measure(struct buf *out)
{
    measure_time(out);
    measure_descriptors(out);
    measure_stat(out);
}
