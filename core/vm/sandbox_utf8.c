/*
 * utf8.len: every text that somebody puts is counted, and most of them are ASCII, of which
 * eight characters are looked at at a time.  It says what the library's says.
 */
#include "base/eight.h"
#include "vm/sandbox.h"

#include <lauxlib.h>

/* How many bytes at the beginning are ASCII; up to seven of them may not be counted. */
static size_t plain_of(const char *text, size_t len)
{
    size_t plain = 0;
    while (len - plain >= 8 && !eight_beyond_ascii(eight_at(text + plain)))
        plain += 8;
    return plain;
}

/* utf8.len(s, i?, j?, lax?) -> characters | fail, place */
static int utf8_length(lua_State *L)
{
    if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
        return sandbox_library(L);
    size_t len;
    const char *text = lua_tolstring(L, 1, &len);
    lua_Integer plain = (lua_Integer)plain_of(text, len);
    lua_pushinteger(L, plain + 1);
    int results = sandbox_library(L); /* of what is left */
    if (results == 1)
        lua_pushinteger(L, plain + lua_tointeger(L, -1));
    return results;
}

const struct sandbox_function sandbox_utf8[] = {{"utf8", "len", utf8_length},
                                                {NULL, NULL, NULL}};
