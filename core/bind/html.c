/* host.html: text as it may stand in HTML. */
#include "bind/html.h"

#include "base/str.h"
#include "bind/bind.h"

void bind_html_escape(lua_State *L)
{
    struct slice text = bind_slice(L, -1);
    if (str_html_is_plain(text))
        return;
    struct buf *out = bind_buffer(L);
    str_html(text, out);
    bind_push_buffer(L, out);
    lua_replace(L, -2);
}

/* html.escape(string or number) -> the same, escaped */
static int l_escape(lua_State *L)
{
    int type = lua_type(L, 1);
    if (type == LUA_TSTRING)
        bind_html_escape(L);
    else if (type != LUA_TNUMBER)
        return luaL_error(L, "only strings and numbers can be shown, this is %s%s",
                          type == LUA_TNIL ? "" : "a ", lua_typename(L, type));
    return 1;
}

static const struct binding html_list[] = {{"escape", l_escape, 1, 1, "any"},
                                           {NULL, NULL, 0, 0, NULL}};

int bind_html_open(lua_State *L)
{
    bind_module(L, "host.html", html_list);
    return 1;
}
