/* host.html: text as it may stand in HTML. */
#include "script/bind.h"

#include <string.h>

/* What stands for a character in an element or between quotes; NULL: itself. */
static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* How many bytes from the beginning stand for themselves. */
static size_t plain(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && !entity(text[i]))
        i++;
    return i;
}

static int escape_text(lua_State *L)
{
    size_t len;
    const char *text = lua_tolstring(L, 1, &len);
    size_t run = plain(text, len);
    if (run == len)
        return 1;

    luaL_Buffer out;
    luaL_buffinit(L, &out);
    while (run < len) {
        luaL_addlstring(&out, text, run);
        luaL_addstring(&out, entity(text[run]));
        text += run + 1;
        len -= run + 1;
        run = plain(text, len);
    }
    luaL_addlstring(&out, text, len);
    luaL_pushresult(&out);
    return 1;
}

/* html.escape(string or number) -> the same, escaped */
static int l_escape(lua_State *L)
{
    int type = lua_type(L, 1);
    if (type == LUA_TSTRING)
        return escape_text(L);
    if (type == LUA_TNUMBER)
        return 1;
    return luaL_error(L, "only strings and numbers can be shown, this is %s%s",
                      type == LUA_TNIL ? "" : "a ", lua_typename(L, type));
}

static const struct binding html_list[] = {{"escape", l_escape, 1, 1, "any"},
                                           {NULL, NULL, 0, 0, NULL}};

int bind_html_open(lua_State *L)
{
    bind_module(L, "host.html", html_list);
    return 1;
}
