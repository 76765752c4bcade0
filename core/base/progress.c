/* See progress.h. */
#include "base/progress.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t DRAW_NS = 100 * NS_PER_MS, LINE_NS = 10 * NS_PER_S;

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

void progress_begin(struct progress *progress, const char *what, const char *unit)
{
    uint64_t now = clock_monotonic();
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
    *progress = (struct progress){what, unit, now, now, isatty(STDERR_FILENO) == 1};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void say(const struct progress *progress, uint64_t done, uint64_t total, uint64_t now)
{
    static const char full[] = "########################";
    const int bar = sizeof full - 1;
    double seconds = (double)(now - progress->began) / (double)NS_PER_S;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    double part = total ? (double)done / (double)total : 0;
    double left = rate > 0 && total > done ? (double)(total - done) / rate : 0;
    if (progress->terminal)
        fprintf(stderr, "\r\033[K%s [%-*.*s]", progress->what, bar, (int)(part * bar), full);
    else
        fprintf(stderr, "%s:", progress->what);
    if (total)
        fprintf(stderr, " %3.0f%% ", part * 100);
    fprintf(stderr, " %llu %s, %.0f/s", (unsigned long long)done, progress->unit, rate);
    if (total)
        fprintf(stderr, ", %.0f s left", left);
    if (!progress->terminal)
        fputc('\n', stderr);
    fflush(stderr);
}

bool progress_tell(struct progress *progress, uint64_t done, uint64_t total)
{
    uint64_t now = clock_monotonic();
    if (now - progress->told >= (progress->terminal ? DRAW_NS : LINE_NS)) {
        say(progress, done, total, now);
        progress->told = now;
    }
    return !stopped;
}

void progress_end(struct progress *progress)
{
    if (progress->terminal)
        fputs("\r\033[K", stderr);
}
