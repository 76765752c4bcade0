/* The compiler is given a line at a time, so that one can be named where its message names
 * none: it counts what nests by the C stack, which knows nothing of lines. */
#include "vm/chunk.h"

#include "vm/compiled.h"
#include "vm/raised.h"

#include <lauxlib.h>
#include <string.h>

struct reading {
    struct slice rest;
    const char *name;
    int line; /* that was given last */
};

static const char *next_line(lua_State *L, void *given, size_t *ret_len)
{
    (void)L;
    struct reading *reading = given;
    const char *at = reading->rest.data;
    const char *newline = at ? memchr(at, '\n', reading->rest.len) : NULL;
    *ret_len = newline ? (size_t)(newline - at) + 1 : reading->rest.len;
    reading->rest = (struct slice){at + *ret_len, reading->rest.len - *ret_len};
    reading->line += *ret_len > 0;
    return at;
}

static int load(lua_State *L)
{
    struct reading *reading = lua_touserdata(L, 1);
    const char *name = reading->name;
    int status = lua_load(L, next_line, reading, name, "t");
    if (status == LUA_OK)
        return 1;
    if (status != LUA_ERRMEM && !raised_has_place(L, -1))
        lua_pushfstring(L, "%s:%d: it cannot be compiled (%s): nest less, by a name for a part",
                        name[0] == '@' || name[0] == '=' ? name + 1 : "[string]", reading->line,
                        lua_tostring(L, -1));
    return lua_error(L);
}

/* Protected once more, so that nobody's message handler speaks of what the compiler raises. */
bool chunk_load(lua_State *L, struct slice text, const char *name)
{
    struct reading reading = {text, name, 0};
    lua_pushcfunction(L, load);
    lua_pushlightuserdata(L, &reading);
    return lua_pcall(L, 1, 1, 0) == LUA_OK;
}

bool chunk_load_kept(lua_State *L, struct slice text, const char *name)
{
    if (compiled_load(L, text, name))
        return true;
    bool good = chunk_load(L, text, name);
    if (good)
        compiled_keep(L, text, name);
    return good;
}
