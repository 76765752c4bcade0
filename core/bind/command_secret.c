/* host.command.secrets() and adopt_secrets(): the server secrets, where a database moves house.
 */
#include "base/str.h"
#include "bind/bind.h"
#include "bind/command.h"
#include "bind/state.h"

/* command.secrets() -> text, a line each in hexadecimal digits, as the secret file has them */
int bind_command_secrets(lua_State *L)
{
    bind_command_check(L);
    const struct secrets *secrets = bind_host_secrets(bind_state_of(L)->host);
    struct buf *text = bind_buffer(L);
    for (size_t i = 0; secrets && i < secrets->count; i++) {
        str_hex((struct slice){(const char *)secrets->items[i].key, CRYPTO_KEY}, text);
        buf_addc(text, '\n');
    }
    return bind_push_buffer(L, text);
}

/* command.adopt_secrets(text) -> true | nil, message, kind */
int bind_command_adopt(lua_State *L)
{
    bind_command_check(L);
    const struct bind_host *host = bind_state_of(L)->host;
    struct err err;
    if (!host->adopt_secrets)
        return luaL_error(L, "there is no database in this command");
    if (!host->adopt_secrets(host->owner, bind_slice(L, 1), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}
