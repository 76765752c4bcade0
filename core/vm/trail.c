/* See trail.h. */
#include "vm/trail.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 256 };

struct step {
    unsigned number; /* 0: none yet */
    char request[32];
    char name[96];
    uint64_t began, ended; /* ended 0: it runs */
    bool good;
};

struct trail {
    unsigned last;
    struct step steps[STEPS]; /* number n lies at n % STEPS */
};

struct trail *trail_new(void)
{
    return mem_new(1, sizeof(struct trail));
}

void trail_free(struct trail *trail)
{
    free(trail);
}

unsigned trail_begin(struct trail *trail, const char *request, const char *name)
{
    struct step *step = &trail->steps[++trail->last % STEPS];
    *step = (struct step){.number = trail->last, .began = clock_monotonic()};
    snprintf(step->request, sizeof step->request, "%s", request);
    snprintf(step->name, sizeof step->name, "%s", name);
    return step->number;
}

void trail_end(struct trail *trail, unsigned number, bool good)
{
    struct step *step = &trail->steps[number % STEPS];
    if (step->number != number)
        return;
    step->ended = clock_monotonic();
    step->good = good;
}

static void push_step(lua_State *L, const struct step *step)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, step->name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, step->good);
    lua_setfield(L, -2, "good");
    if (step->ended == 0)
        return;
    lua_pushnumber(L, (double)(step->ended - step->began) / 1e6);
    lua_setfield(L, -2, "ms");
}

void trail_push(lua_State *L, const struct trail *trail, const char *request)
{
    lua_Integer count = 0;
    lua_newtable(L);
    for (unsigned i = 1; trail && i <= STEPS; i++) {
        const struct step *step = &trail->steps[(trail->last + i) % STEPS];
        if (step->number == 0 || strcmp(step->request, request) != 0)
            continue;
        push_step(L, step);
        lua_rawseti(L, -2, ++count);
    }
}
