/*
 * Where one server listens: the public's addresses and the admin's, from the options or from
 * the service manager, which comes first.  Main thread; lives as long as the server.
 */
#pragma once

#include "base/buf.h"
#include "server/listener.h"
#include "server/options.h"

#include <stdbool.h>
#include <stddef.h>

struct listeners {
    struct listener *public; /* npublic of them; mem_ */
    size_t npublic;
    struct listener admin;
    bool has_admin;
};

/* Takes every address; what was taken is there to be closed also where one failed.  The message
 * names the option. */
bool listeners_open(struct listeners *listeners, const struct options *options,
                    struct err *err);
/* From now on somebody is let in. */
bool listeners_listen(const struct listeners *listeners, struct err *err);
void listeners_close(struct listeners *listeners); /* the sockets; may be called again */
void listeners_leave(struct listeners *listeners); /* their files are another process' */
void listeners_done(struct listeners *listeners);  /* memory too */

/* A line for each: a word in front, then its address. */
void listeners_describe(const struct listeners *listeners, const char *public_word,
                        const char *admin_word, struct buf *out);
