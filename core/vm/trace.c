/* See trace.h. */
#include "vm/trace.h"

#include "base/limits.h"
#include "vm/raised.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

static char kept_error_key, kept_trace_key, kept_place_key;

/* Of what a vm keeps the stack. */
enum { TRACE_NONE, TRACE_COROUTINE, TRACE_WHOLE };

/* Is the error at `index` the kept one, perhaps with the place of a call put before it? */
static bool is_kept(lua_State *L, int index)
{
    if (vm_of(L)->keeps_trace == TRACE_NONE)
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_error_key);
    bool same = lua_rawequal(L, index, -1);
    if (!same && lua_type(L, index) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING) {
        size_t len, kept_len;
        const char *text = lua_tolstring(L, index, &len);
        const char *kept = lua_tolstring(L, -1, &kept_len);
        same = len > kept_len && memcmp(text + len - kept_len, kept, kept_len) == 0;
    }
    lua_pop(L, 1);
    return same;
}

void trace_forget(lua_State *L)
{
    if (vm_of(L)->keeps_trace == TRACE_NONE)
        return;
    vm_of(L)->keeps_trace = TRACE_NONE;
    const void *keys[] = {&kept_trace_key, &kept_error_key, &kept_place_key};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        lua_pushnil(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, keys[i]);
    }
}

/* Where the innermost script stands. */
static void keep_place(lua_State *L, lua_State *thread, int level, int index)
{
    char place[TASK_PLACE];
    if (is_kept(L, index)) /* it is raised again */
        return;
    lua_pushstring(L, raised_place(thread, level, place, sizeof place) ? place : NULL);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_place_key);
}

void trace_keep(lua_State *L, lua_State *co)
{
    luaL_checkstack(L, 6, NULL);
    if (!lua_checkstack(co, 1))
        return;
    lua_pushvalue(co, -1);
    lua_xmove(co, L, 1);
    keep_place(L, co, 0, lua_gettop(L));
    trace_push(L, &co, 1, 0, lua_gettop(L));
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_trace_key);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_error_key);
    vm_of(L)->keeps_trace = TRACE_COROUTINE;
}

void trace_keep_whole(lua_State *L, int index)
{
    const struct task *task = vm_of(L)->tasks.current;
    if (!lua_checkstack(L, 8))
        return;
    keep_place(L, L, 1, index);
    if (task && task->depth > 0 && task->chain[task->depth - 1] == L)
        trace_push(L, task->chain, task->depth, 1, index);
    else
        trace_push(L, &L, 1, 1, index);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_trace_key);
    lua_pushvalue(L, index);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_error_key);
    vm_of(L)->keeps_trace = TRACE_WHOLE;
}

bool trace_push_whole(lua_State *L, int index)
{
    if (vm_of(L)->keeps_trace != TRACE_WHOLE || !is_kept(L, index))
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_trace_key);
    return true;
}

/* While loading, Lua's own words for it say nothing, and no handler is called where it happens.
 */
static bool push_memory(lua_State *L, int index)
{
    const struct memory *memory = &vm_of(L)->memory;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
    if (vm_of(L)->loaded || !memory->stood || strcmp(text, "not enough memory") != 0)
        return false;
    lua_pushfstring(L, "loading takes more than %d MiB of memory",
                    (int)(memory->cap / (1024 * 1024)));
    return true;
}

void trace_push_message(lua_State *L, lua_State *thread, int level, int index)
{
    char place[TASK_PLACE];
    luaL_checkstack(L, 6, NULL);
    index = lua_absindex(L, index);
    bool is_memory = push_memory(L, index);
    if (!is_memory)
        raised_push(L, index);
    if (raised_has_place(L, -1))
        return;
    if (is_memory && vm_of(L)->memory.place[0])
        lua_pushstring(L, vm_of(L)->memory.place);
    else if (is_kept(L, index))
        lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_place_key);
    else
        lua_pushstring(L, raised_place(thread, level, place, sizeof place) ? place : NULL);
    lua_insert(L, -2); /* place or nil, message */
    if (lua_isnil(L, -2))
        return;
    lua_pushliteral(L, ": ");
    lua_insert(L, -2);
    lua_concat(L, 3);
}

void trace_cut(lua_State *L)
{
    size_t len, cut = LIMIT_TRACE;
    const char *text = lua_tolstring(L, -1, &len);
    if (len <= cut)
        return;
    while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80) /* inside a character */
        cut--;
    lua_pushlstring(L, text, cut);
    lua_pushfstring(L, "\n(%I more bytes)", (LUAI_UACINT)(len - cut));
    lua_concat(L, 2);
    lua_replace(L, -2);
}

void trace_push(lua_State *L, lua_State *const *chain, int depth, int level, int error)
{
    luaL_checkstack(L, 6, NULL);
    int bottom = lua_gettop(L);
    if (error != 0 && trace_push_whole(L, error))
        return;
    if (error != 0 && is_kept(L, error)) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_trace_key);
        lua_pushliteral(L, "\nraised again in the coroutine's resumer, ");
    }
    for (int i = depth - 1; i >= 0; i--) {
        if (i < depth - 1)
            lua_pushliteral(L, "\nresumed there, ");
        luaL_traceback(L, chain[i], NULL, i == depth - 1 ? level : 0);
        lua_concat(L, lua_gettop(L) - bottom);
        trace_cut(L);
    }
}
