/* Escaping, for bindings that show what they are given. */
#pragma once

#include <lua.h>

/* The string on top of the stack becomes what may stand for it in HTML. */
void bind_html_escape(lua_State *L);
