/* See listeners.h. */
#include "server/listeners.h"

#include "base/mem.h"
#include "server/manager.h"

#include <stdlib.h>
#include <string.h>

static bool open_public(struct listeners *listeners, const struct option_list *wanted,
                        struct err *err)
{
    free(listeners->public);
    listeners->public = mem_new(wanted->count, sizeof *listeners->public);
    for (size_t i = 0; i < wanted->count; i++) {
        if (!listener_open(wanted->items[i], &listeners->public[i], err))
            return err_prefix(err, "--listen");
        listeners->npublic = i + 1;
    }
    return true;
}

static bool open_admin(struct listeners *listeners, const char *wanted, struct err *err)
{
    if (strcmp(wanted, "off") == 0)
        return true;
    listeners->has_admin = listener_open(wanted, &listeners->admin, err);
    return listeners->has_admin || err_prefix(err, "--admin-listen");
}

bool listeners_open(struct listeners *listeners, const struct options *options, struct err *err)
{
    return manager_take_sockets(listeners, err) &&
           (listeners->npublic > 0 || open_public(listeners, &options->listen, err)) &&
           (listeners->has_admin || open_admin(listeners, options->admin_listen, err));
}

bool listeners_listen(const struct listeners *listeners, struct err *err)
{
    for (size_t i = 0; i < listeners->npublic; i++)
        if (!listener_listen(&listeners->public[i], err))
            return err_prefix(err, "--listen");
    return !listeners->has_admin || listener_listen(&listeners->admin, err) ||
           err_prefix(err, "--admin-listen");
}

void listeners_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->npublic; i++)
        listener_close(&listeners->public[i]);
    if (listeners->has_admin)
        listener_close(&listeners->admin);
}

static void forget_file(struct listener *listener)
{
    free(TAKE(listener->unix_path));
}

void listeners_leave(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->npublic; i++)
        forget_file(&listeners->public[i]);
    forget_file(&listeners->admin);
}

void listeners_done(struct listeners *listeners)
{
    listeners_close(listeners);
    free(listeners->public);
    *listeners = (struct listeners){0};
}

void listeners_describe(const struct listeners *listeners, const char *public_word,
                        const char *admin_word, struct buf *out)
{
    for (size_t i = 0; i < listeners->npublic; i++)
        buf_addf(out, "%s%s\n", public_word, listeners->public[i].url);
    if (listeners->has_admin)
        buf_addf(out, "%s%s\n", admin_word, listeners->admin.url);
}
