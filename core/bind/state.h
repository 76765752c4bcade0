/*
 * What the modules of one Lua state reach and keep: lent by whoever makes the state, and found
 * by every binding through the vm.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secrets.h"
#include "vm/limits.h"
#include "vm/vm.h"

#include <stdbool.h>
#include <stdint.h>

struct assets;
struct bind_ask;
struct db_driver;
struct db_worker;
struct fetcher;
struct http_answers;
struct http_headers;
struct mailer;
struct statement_set;
struct trail;

/* What `host.status()` tells. */
struct host_status {
    const char *version;
    double uptime_s;
    size_t connections; /* of this worker */
    bool stopping;      /* finishes what runs, begins nothing */
};

/* What the process lends to every state; set once in server/, outlives them. */
struct bind_host {
    const char *data;               /* the folder that the process writes to; NULL: none */
    const char *public_url;         /* NULL: unset */
    const char *admin_listen;       /* as the option has it; NULL: off */
    const char *metrics_token_file; /* NULL: none */
    const char *time_zone;
    const char *mail;           /* "file" or "smtp" */
    const char *mail_from;      /* an address */
    const char *mail_from_name; /* "" without one */
    int mail_connections;       /* letters that a worker hands over at once */
    bool rate_limits, reminders;
    bool watch; /* files are watched: a developer sits before it */
    struct script_limits limits;
    const struct db_driver *const *drivers; /* that the program has */
    int workers;
    /* Atomic: what is lent stays as it is, others take its place; NULL where no database was
     * opened.  crypto_safe_new()'s. */
    struct secrets *secrets;
    /* Takes the secrets of a text like the secret file's as the current ones, for later runs;
     * NULL but in commands with a database. */
    bool (*adopt_secrets)(void *owner, struct slice text, struct err *err);
    void (*status)(void *owner, struct host_status *ret_status);
    /* What the control socket is asked (host.control): takes the question over, from any
     * thread, and will answer it; NULL: nobody is there. */
    void (*control)(void *owner, struct bind_ask *ask);
    /* An answer that its asker has not waited for; on the asker's thread.  May be NULL. */
    void (*missed)(const struct bind_ask *ask);
    void (*reload)(void *owner); /* asks for one, from any thread; NULL in commands */
    /* Appends how the last reload failed, if it did, from any thread; NULL unless watch. */
    void (*failure)(void *owner, struct buf *out);
    void *owner;
    /* What doctor says of the installation: see server/checkup.h; any thread.  NULL where
     * nobody judges. */
    bool (*checkup)(void *of, bool again, struct buf *out, int64_t *ret_at);
    void *checkup_of;
};

/* NULL: there are none. */
static inline const struct secrets *bind_host_secrets(const struct bind_host *host)
{
    const struct secrets *secrets = __atomic_load_n(&host->secrets, __ATOMIC_ACQUIRE);
    return secrets && secrets->count > 0 ? secrets : NULL;
}

/* A setting of the application that somebody has set. */
struct setting_given {
    const char *name, *value;
    const char *origin; /* "--set", "TIMECAPSULE_NAME", "/etc/timecapsule.conf:12" */
    bool must_exist;    /* false for the environment, where strangers' names may stand */
    bool in_file;       /* the others are the process's, whatever its generation */
    const char *near;   /* what else may have been meant, static; or NULL */
};

/* What host.timer.every() or daily() declared. */
struct timer_declaration {
    char *name;
    uint64_t interval; /* nanoseconds; 0: once a day, at … */
    int minute;        /* … that one of the day, in the server's zone */
    int function;      /* registry reference */
    bool cluster;      /* one program on the database runs each turn */
};

/* Pointers are borrowed but for the last ones. */
struct bind_state {
    const struct bind_host *host;
    unsigned generation; /* its number */
    bool judges;         /* the first of its generation: the others need not look for faults */
    const char *digest;
    const struct vm_files *files;
    const struct setting_given *given;
    size_t ngiven;
    struct statement_set *statements;
    const struct assets *assets;
    const char *(*asset_url)(const struct assets *assets, const char *path); /* NULL: none */
    struct db_worker *db;             /* NULL while loading, and where there is none */
    struct mailer *mail;              /* the same */
    struct fetcher *fetcher;          /* the same */
    struct trail *trail;              /* NULL without --watch; owned */
    struct timer_declaration *timers; /* owned */
    int ntimers;
    struct buf scratch;           /* bind_buffer()'s */
    struct http_headers *headers; /* of every reply, or NULL; owned, what it borrows is Lua's */
    const void *request, *request_box; /* metatables of bind/request.c: which they are */
    const void *space;                 /* and of bind/shared.c */
    struct request_box *asked;         /* of the request that was looked at last, or NULL */
    int request_usual;                 /* reference: what each request's table begins with */
    struct http_answers *answers; /* kept ones, or NULL; owned, their anchors are references in
                                     the registry */
};

/* From now on the state lives on this loop; the others may be NULL. */
void bind_state_attach(struct vm *vm, struct loop *loop, struct db_worker *db,
                       struct mailer *mail, struct fetcher *fetcher);
/* Frees what it owns; behind vm_free().  NULL is fine. */
void bind_state_free(struct bind_state *state);

static inline struct bind_state *bind_state_of(lua_State *L)
{
    return vm_of(L)->plan.bound;
}
