/* host.html: text as it may stand in HTML. */
#include "base/str.h"
#include "bind/bind.h"

static int escape_text(lua_State *L)
{
    struct slice text = bind_slice(L, 1);
    if (str_html_is_plain(text))
        return 1;
    struct buf *out = bind_buffer(L);
    str_html(text, out);
    return bind_push_buffer(L, out);
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
