/* See raised.h. */
#include "vm/raised.h"

#include "base/str.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

bool raised_place(lua_State *thread, int level, char *place, size_t size)
{
    lua_Debug at;
    for (; lua_getstack(thread, level, &at); level++) {
        lua_getinfo(thread, "Sl", &at);
        if (at.currentline > 0) {
            snprintf(place, size, "%s:%d", at.short_src, at.currentline);
            return true;
        }
    }
    return false;
}

bool raised_has_place(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TSTRING)
        return false;
    const char *text = lua_tostring(L, index);
    const char *colon = text + strcspn(text, ":\n");
    size_t digits = *colon == ':' ? strspn(colon + 1, "0123456789") : 0;
    return colon > text && digits > 0 && colon[1 + digits] == ':';
}

/* ---- tables ---- */

struct line {
    char text[256];
    size_t len;
};

static void add(struct line *line, const char *text)
{
    for (; *text && line->len < sizeof line->text - 8; text++)
        line->text[line->len++] = (char)(iscntrl((unsigned char)*text) ? ' ' : *text);
}

/* Takes the beginning of a character away that the end of the line has cut off. */
static void end_at_character(struct line *line)
{
    size_t at = line->len - 1;
    while (at > 0 && ((unsigned char)line->text[at] & 0xc0) == 0x80)
        at--;
    if (!str_character((struct slice){line->text + at, line->len - at}))
        line->len = at;
}

static void add_value(lua_State *L, struct line *line, int index)
{
    char number[48] = "";
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        add(line, "\"");
        add(line, lua_tostring(L, index));
        add(line, "\"");
        return;
    }
    if (lua_isinteger(L, index))
        snprintf(number, sizeof number, LUA_INTEGER_FMT, lua_tointeger(L, index));
    else if (type == LUA_TNUMBER)
        snprintf(number, sizeof number, LUA_NUMBER_FMT, lua_tonumber(L, index));
    else if (type == LUA_TBOOLEAN)
        add(line, lua_toboolean(L, index) ? "true" : "false");
    else
        add(line, lua_typename(L, type));
    add(line, number);
}

/* "{code = 1, "one"}": a level of it, the names of fields that are texts. */
static void push_table(lua_State *L, int table)
{
    struct line line = {.text = "{", .len = 1};
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (line.len > 1)
            add(&line, ", ");
        if (lua_type(L, -2) == LUA_TSTRING) {
            add(&line, lua_tostring(L, -2));
            add(&line, " = ");
        }
        add_value(L, &line, lua_gettop(L));
    }
    bool cut = line.len >= sizeof line.text - 8;
    if (cut)
        end_at_character(&line);
    snprintf(line.text + line.len, sizeof line.text - line.len, "%s}", cut ? " …" : "");
    lua_pushfstring(L, "an error object %s", line.text);
}

/* ---- any value ---- */

static int to_text(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* What the __tostring of the value says; false: it has none. */
static bool push_own(lua_State *L, int index)
{
    if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL)
        return false;
    lua_pop(L, 1);
    lua_pushcfunction(L, to_text);
    lua_pushvalue(L, index);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK)
        return true;
    lua_pop(L, 1);
    lua_pushliteral(L, "an error object whose __tostring fails");
    return true;
}

void raised_push(lua_State *L, int index)
{
    int value = lua_absindex(L, index), type = lua_type(L, value);
    luaL_checkstack(L, 8, NULL);
    if (type == LUA_TSTRING)
        lua_pushvalue(L, value);
    else if (type == LUA_TNIL)
        lua_pushliteral(L, "an error without a message (nil)");
    else if (push_own(L, value))
        return;
    else if (type == LUA_TTABLE)
        push_table(L, value);
    else if (type == LUA_TNUMBER || type == LUA_TBOOLEAN)
        lua_pushfstring(L, "an error that is no text: %s", luaL_tolstring(L, value, NULL));
    else
        lua_pushfstring(L, "an error that is no text: a %s", lua_typename(L, type));
}
