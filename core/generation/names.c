/* See names.h. */
#include "generation/names.h"

#include "base/mem.h"
#include "vm/globals.h"

#include <stdlib.h>
#include <string.h>

struct name_use {
    char *name, *near; /* near: what may have been meant, or NULL */
    const char *origin;
    int line;
    bool writes;
};

struct reading {
    lua_State *L;
    const char *origin;
    struct names *names;
};

static bool is_there(lua_State *L, struct slice name)
{
    lua_pushglobaltable(L);
    lua_pushlstring(L, name.data, name.len);
    bool found = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return found;
}

static char *find_near(lua_State *L, const struct global_use *use)
{
    struct nearest nearest = nearest_to(use->name);
    globals_offer(use->scope, &nearest);
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            nearest_offer(&nearest, lua_tostring(L, -2));
    lua_pop(L, 1);
    return nearest.word ? mem_text(nearest.word) : NULL;
}

/* What a function sets raises where it runs later, and is there where it has run by then. */
static void add(void *owner, const struct global_use *use)
{
    const struct reading *reading = owner;
    struct names *names = reading->names;
    if (use->writes ? use->in_function : use->asks && !use->in_function)
        return;
    if (is_there(reading->L, use->name))
        return;
    names->items = mem_resize(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = (struct name_use){
        .name = mem_copy(use->name.data, use->name.len),
        .near = use->writes ? NULL : find_near(reading->L, use),
        .origin = reading->origin,
        .line = use->line,
        .writes = use->writes,
    };
}

void names_read(lua_State *L, const char *origin, struct names *names)
{
    struct reading reading = {L, origin, names};
    globals_walk(L, add, &reading);
}

static bool is_set(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].writes && strcmp(names->items[i].name, name) == 0)
            return true;
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct name_use *left = a, *right = b;
    int order = strcmp(left->origin, right->origin);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static void add_fault(const struct name_use *use, struct faults *faults)
{
    char *message =
        use->near
            ? mem_format("there is no variable '%s'; did you mean '%s'?", use->name, use->near)
            : mem_format("there is no variable '%s': declare it with local, or require it",
                         use->name);
    faults_add(faults, use->origin, use->line, message);
    free(message);
}

void names_check(lua_State *L, struct names *names, struct faults *faults)
{
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, by_place);
    for (size_t i = 0; i < names->count; i++) {
        const struct name_use *use = &names->items[i];
        if (!use->writes && !is_set(names, use->name) && !is_there(L, slice_of(use->name)))
            add_fault(use, faults);
    }
}

void names_done(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i].name);
        free(names->items[i].near);
    }
    free(names->items);
    *names = (struct names){0};
}
