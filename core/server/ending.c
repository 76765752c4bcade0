/* See ending.h. */
#include "server/ending.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "server/deeds.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIGNAL_ECHO (50 * NS_PER_MS)

enum { DISK_S = 2 };

struct ending {
    sigset_t set;
    void (*begin)(void *owner, int number);
    void *owner;
    const char *data;
    pthread_t thread;
    atomic_bool over;
};

/* False: nobody cares any more. */
static bool wait_for(const struct ending *ending, int *ret_number)
{
    while (sigwait(&ending->set, ret_number) != 0)
        continue;
    return !ending->over;
}

/* Whatever hangs. */
static void end_within(unsigned seconds)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    alarm(seconds);
}

static void *run(void *argument)
{
    const struct ending *ending = argument;
    int number;
    if (!wait_for(ending, &number))
        return NULL;
    uint64_t first = clock_monotonic();
    ending->begin(ending->owner, number);
    do {
        if (!wait_for(ending, &number))
            return NULL;
    } while (clock_monotonic() - first < SIGNAL_ECHO);
    log_line(LOG_WARN, "second signal: ending at once");
    deed_by_signal(number, "stop_at_once", true, (struct slice){0});
    end_within(DISK_S);
    deeds_keep(ending->data);
    _exit(1);
}

bool ending_watch(const sigset_t *set, void (*begin)(void *owner, int number), void *owner,
                  const char *data, struct ending **ret_ending, struct err *err)
{
    struct ending *ending = mem_new(1, sizeof *ending);
    ending->set = *set;
    ending->begin = begin;
    ending->owner = owner;
    ending->data = data;
    int failed = pthread_create(&ending->thread, NULL, run, ending);
    if (failed) {
        free(ending);
        return err_set(err, ERR_IO, "cannot start a thread for signals: %s", strerror(failed));
    }
    *ret_ending = ending;
    return true;
}

void ending_free(struct ending *ending)
{
    if (!ending)
        return;
    ending->over = true;
    /* It waits for this one. NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c) */
    pthread_kill(ending->thread, SIGTERM);
    pthread_join(ending->thread, NULL);
    free(ending);
}
