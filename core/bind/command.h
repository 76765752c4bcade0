/* host.command's parts, each a file of its own: functions for its table, and classes. */
#pragma once

#include "bind/bind.h"
#include "bind/state.h"

/* Raises where no command runs: what blocks would hold a server's worker. */
static inline void bind_command_check(lua_State *L)
{
    bind_refuse_loading(L, "host.command");
    if (bind_state_of(L)->host->reload)
        luaL_error(L, "host.command is for commands alone: it would hold a worker");
}

/* Each makes the classes of its file. */
void bind_command_packed(lua_State *L);
void bind_command_rows(lua_State *L);

int bind_command_pack(lua_State *L);
int bind_command_unpack(lua_State *L);
int bind_command_snapshot(lua_State *L);
int bind_command_guest(lua_State *L);
int bind_command_secrets(lua_State *L);
int bind_command_adopt(lua_State *L);
