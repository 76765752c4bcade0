/* Interactive transactions of host.db. */
#pragma once

#include <lua.h>

/* db.tx(fn) */
int bind_db_tx(lua_State *L);

/* Makes the class of their handles. */
void bind_db_tx_open(lua_State *L);
