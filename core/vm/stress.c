/* See stress.h. */
#include "vm/stress.h"

#ifdef TC_STRESS

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

struct stress {
    lua_Alloc allocate;
    void *owner;
    unsigned count, every;
};

/* Only new objects are refused, whose kind stands where a block's size would: the buffers of
 * lauxlib are asked for past Lua's own second try, and shrinking must not fail at all. */
static void *allocate(void *owner, void *block, size_t old_size, size_t size)
{
    struct stress *stress = owner;
    bool is_object = !block && old_size > 0;

    if (is_object && ++stress->count >= stress->every) {
        stress->count = 0;
        return NULL;
    }
    return stress->allocate(stress->owner, block, old_size, size);
}

struct stress *stress_begin(lua_State *L)
{
    int64_t every;

    if (!str_to_int64(slice_of(getenv("TC_STRESS")), 2, 1000000, &every))
        return NULL;
    struct stress *stress = mem_new(1, sizeof *stress);
    stress->every = (unsigned)every;
    stress->allocate = lua_getallocf(L, &stress->owner);
    lua_setallocf(L, allocate, stress);
    lua_gc(L, LUA_GCINC, 0, 0, 0);
    lua_gc(L, LUA_GCSETPAUSE, 0);
    return stress;
}

void stress_end(struct stress *stress)
{
    free(stress);
}

#else

struct stress *stress_begin(lua_State *L)
{
    (void)L;
    return NULL;
}

void stress_end(struct stress *stress)
{
    (void)stress;
}

#endif
