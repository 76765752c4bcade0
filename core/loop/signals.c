/*
 * Signals as events: blocked everywhere, read from a signalfd(2) by the main thread's loop,
 * so that no code of ours ever runs inside a signal handler.
 */
#include "loop/signals.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

void signals_block(const sigset_t *set)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (pthread_sigmask(SIG_BLOCK, set, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0 ||
        sigaction(SIGXFSZ, &ignore, NULL) != 0)
        abort(); /* cannot fail with a valid set */
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct loop_signals *signals = CONTAINER(watch, struct loop_signals, watch);
    struct signalfd_siginfo info;

    (void)events;
    /* One a call: what remains keeps the descriptor readable, and caught() may close it. */
    if (read(watch->fd, &info, sizeof info) == (ssize_t)sizeof info)
        signals->caught(signals->owner, (int)info.ssi_signo);
}

bool signals_open(struct loop *loop, struct loop_signals *signals, const sigset_t *set,
                  struct err *err)
{
    int fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);

    if (fd < 0)
        return err_set(err, ERR_IO, "cannot watch signals: %s", strerror(errno));
    signals->watch = (struct loop_watch){.fd = fd, .ready = ready, .owner = signals};
    if (!loop_add(loop, &signals->watch, EPOLLIN, err)) {
        close(fd);
        signals->watch.fd = -1;
        return false;
    }
    return true;
}

void signals_close(struct loop *loop, struct loop_signals *signals)
{
    if (signals->watch.ready == NULL || signals->watch.fd < 0)
        return;
    loop_remove(loop, &signals->watch);
    close(signals->watch.fd);
    signals->watch.fd = -1;
}
