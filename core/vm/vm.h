/*
 * One Lua state: of one generation, on one worker (or of a command).
 *
 * It loads scripts from the generation's snapshot alone.  Every coroutine of the state finds
 * its vm through the state's extra space.  A vm is built on any thread, then belongs to its
 * worker's.
 */
#pragma once

#include "base/crypto.h"
#include "base/err.h"
#include "vm/limits.h"
#include "vm/memory.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct binding;
struct db_worker;
struct faults;
struct generation;
struct loop;
struct mailer;
struct task;
struct trail;

/* What `host.status()` tells. */
struct host_status {
    const char *version;
    double uptime_s;
    size_t connections; /* of this worker */
    bool stopping;      /* finishes what runs, begins nothing */
};

/* What the process lends to every vm; set once in server/, outlives them. */
struct vm_host {
    const char *public_url; /* NULL: unset */
    const char *time_zone;
    const char *mail;      /* "file" or "smtp" */
    const char *mail_from; /* an address */
    int mail_connections;  /* letters that a worker hands over at once */
    bool rate_limits, reminders;
    bool watch; /* files are watched: a developer sits before it */
    struct script_limits limits;
    int workers;
    size_t nsecrets; /* [0] is current; 0 where no database was opened */
    unsigned char secrets[8][CRYPTO_KEY];
    void (*status)(void *owner, struct host_status *ret_status);
    void (*reload)(void *owner); /* asks for one, from any thread; NULL in commands */
    void *owner;
};

enum { VM_SPARE_THREADS = 256 };

/* What host.timer.every() declared. */
struct timer_declaration {
    char *name;
    uint64_t interval; /* nanoseconds */
    int function;      /* registry reference */
};

struct vm {
    lua_State *L;
    const struct vm_host *host;
    struct generation *generation; /* borrowed: a generation owns its vms */
    struct loop *loop;             /* its worker's; NULL while loading */
    struct db_worker *db;          /* NULL where there is none */
    struct mailer *mail;           /* the same */
    struct trail *trail;           /* NULL without --watch */
    struct stress *stress;         /* NULL but in specs that ask for it */
    const char *failure;           /* of the task that `failed` is being called for */
    const char *failure_kind;      /* … and what that is: error, timeout or limit */
    const struct binding *entered; /* the one that was called last */
    struct task *current;          /* the task that runs right now; NULL while loading */
    struct task *tasks;            /* every live one */
    int ntasks, npaused;
    struct memory memory;
    bool loaded;     /* the load phase is over */
    bool open;       /* unsandboxed, for specs */
    bool limited;    /* its tasks have limits */
    int keeps_trace; /* vm/trace.c's */
    int nfiles;      /* open ones, of vm/sandbox_files.c */
    int ntimers;
    struct timer_declaration *timers;
    int nspare;
    int spare[VM_SPARE_THREADS]; /* registry references of threads to be used again */
};

/* A state with the standard library, the host's modules and the generation's scripts, nothing
 * loaded yet.  open: plain package.path and C modules too, for specs. */
bool vm_new(const struct vm_host *host, struct generation *generation, bool open,
            struct vm **ret_vm, struct err *err);
/* Cancels every task, on the vm's own thread, while its loop and database are there. */
void vm_cancel_tasks(struct vm *vm);
void vm_free(struct vm *vm); /* after that; NULL is fine */

/* Compiles every script, so that a slip in one that nothing requires is found too. */
void vm_compile_all(struct vm *vm, struct faults *faults);

/* Evaluates config.lua, then requires "main", whose table becomes the application.  Where that
 * raises an array of texts, each is a fault; anything else is one, with its traceback. */
bool vm_load(struct vm *vm, struct faults *faults);

/* From now on the vm lives on this loop; db and mail may be NULL. */
void vm_attach(struct vm *vm, struct loop *loop, struct db_worker *db, struct mailer *mail);

struct vm *vm_of(lua_State *L);

/* Takes over the reference to the function. */
void vm_add_timer(struct vm *vm, const char *name, uint64_t interval, int function);

/* Pushes the application's function of that name; raises where it has none. */
void vm_push_application(lua_State *L, const char *function);
