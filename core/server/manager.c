/* See manager.h. */
#include "server/manager.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static bool place(struct listeners *listeners, int fd, const char *name, struct err *err)
{
    bool admin = strcmp(name, "admin") == 0;
    if (admin && listeners->has_admin)
        return err_set(err, ERR_INPUT, "LISTEN_FDS: two sockets are called admin");
    struct listener *listener =
        admin ? &listeners->admin : &listeners->public[listeners->npublic];
    if (!listener_take(fd, listener, err))
        return err_prefix(err, "LISTEN_FDS");
    listeners->has_admin |= admin;
    listeners->npublic += !admin;
    return true;
}

static void free_names(char **names)
{
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
}

bool manager_take_sockets(struct listeners *listeners, struct err *err)
{
    char **names = NULL;
    int count = sd_listen_fds_with_names(1, &names);
    bool good = count >= 0 || err_set(err, ERR_INPUT, "LISTEN_FDS: %s", strerror(-count));
    if (count > 0)
        listeners->public = mem_new((size_t)count, sizeof *listeners->public);
    for (int i = 0; good && i < count; i++)
        good = place(listeners, SD_LISTEN_FDS_START + i, names[i], err);
    free_names(names);
    return good;
}

void manager_ready(const char *status)
{
    sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void manager_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
               (unsigned long long)(clock_monotonic() / 1000));
}

void manager_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void manager_replaced(pid_t pid)
{
    sd_notifyf(0, "MAINPID=%ld", (long)pid);
}

void manager_alive(void)
{
    if (sd_watchdog_enabled(0, NULL) > 0)
        sd_notify(0, "WATCHDOG=1");
}
