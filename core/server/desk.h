/*
 * Where admins' questions come in, by the control socket and from scripts (host.control), and
 * where each gets its answer.  The same words mean the same from both.
 *
 * Main thread but for desk_hear().
 */
#pragma once

#include "bind/ask.h"
#include "server/asks.h"
#include "server/control.h"
#include "server/reload.h"

struct desk;
struct handover;

struct desk_plan {
    struct reload_plan reload;  /* but for answer() */
    control_handler *carry_out; /* for scripts' lines */
    void *owner;
};

/* With the reload that it asks. */
struct desk *desk_new(const struct desk_plan *plan);
struct reload *desk_reload(const struct desk *desk);
/* From now on these are there. */
void desk_open(struct desk *desk, struct control *control, struct handover *handover);

/* SIGHUP: a reload, whose outcome the audit has. */
void desk_signal(struct desk *desk, int number);
void desk_hear(struct desk *desk, struct bind_ask *ask); /* any thread */
/* The upgrade that this client has asked for has come to its end; the owner is the desk. */
void desk_upgraded(void *owner, uint64_t client, bool good, struct slice text);
/* What is done about generations: "reload", "rollback", "upgrade" (server/act.h); and
 * "generations", which is answered with lines of words: what runs, what is on trial or in
 * preview (standing_describe()), which files differ and what is stored (server/look.h), and
 * behind an empty line how the last reload failed. */
bool desk_knows(const char *command);
/* … and whatever else is to reload. */
enum control_reply desk_carry_out(struct desk *desk, uint64_t client, const char *command,
                                  const char *words, struct buf *out);

/* Behind the workers: waits for what is under way, reload_close() too.  NULL is fine. */
void desk_close(struct desk *desk);
void desk_free(struct desk *desk); /* behind the loop; NULL is fine */
