/*
 * The application as the host sees it: the table that scripts/main.lua returns.  Its function
 * `handle` answers requests; `failed`, `routes`, `still` and `command` are optional.
 */
#pragma once

#include "generation/names.h"
#include "generation/routes.h"
#include "generation/settings.h"
#include "vm/vm.h"

struct application_plan {
    const struct snapshot *files;
    const struct setting_given *given; /* settings, of all origins */
    size_t ngiven;
    struct routes *routes; /* where its list of them goes; NULL: it is not asked for */
    struct names *names;   /* of application_compile() */
};

/* Compiles every script, so that a slip in one that nothing requires is found too, and collects
 * the names that they use. */
void application_compile(struct vm *vm, struct names *names, struct faults *faults);

/* Evaluates config.lua, then requires "main".  Where that raises an array of texts, each is a
 * fault; anything else is one, with its traceback. */
bool application_load(struct vm *vm, const struct application_plan *plan,
                      struct faults *faults);

/* What `still` says of the pages: lines for whoever asks, and warnings.  Nothing without it. */
void application_tell_still(struct vm *vm, struct buf *lines, struct buf *warnings);

/* Has it a function of that name?  Raises nothing, nor does it need memory. */
bool application_has(lua_State *L, const char *function);
/* Pushes one that it has; else nil. */
void application_push(lua_State *L, const char *function);
/* Pushes "scripts/site.lua:12: the reply of 'site.about': ", as `routes` tells where that route
 * was declared; an empty text where it does not. */
void application_push_place(lua_State *L, const char *route);
