/* See trace.h. */
#include "vm/trace.h"

#include "base/limits.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

static char kept_error_key, kept_trace_key;

/* Of what a vm keeps the stack. */
enum { TRACE_NONE, TRACE_COROUTINE, TRACE_WHOLE };

/* Is the error at `index` the kept one, perhaps with the place of a call put before it? */
static bool is_kept(lua_State *L, int index)
{
    if (vm_of(L)->keeps_trace == TRACE_NONE)
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_error_key);
    bool same = lua_rawequal(L, index, -1) && !lua_isnil(L, -1);
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
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_trace_key);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_error_key);
}

void trace_keep(lua_State *L, lua_State *co)
{
    luaL_checkstack(L, 6, NULL);
    if (!lua_checkstack(co, 1))
        return;
    lua_pushvalue(co, -1);
    lua_xmove(co, L, 1);
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
