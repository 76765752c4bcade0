/*
 * host.lexer: what Lua sources say literally, for checks while scripts load.  A literal is what
 * stands between its quotes, its escapes not resolved.
 */
#include "vm/lexer.h"
#include "bind/bind.h"
#include "bind/box.h"

#include <lauxlib.h>

static const char TOKENS[] = "host.lexer.tokens";

static int tokens_gc(lua_State *L)
{
    tokens_done(lua_touserdata(L, 1));
    return 0;
}

/* Of the source at 1; the collector frees them. */
static const struct tokens *push_tokens(lua_State *L)
{
    struct tokens *tokens = bind_box(L, sizeof *tokens, 0, TOKENS, tokens_gc);
    tokens_read(bind_slice(L, 1), tokens);
    return tokens;
}

static void set_text(lua_State *L, const char *field, struct slice text)
{
    lua_pushlstring(L, text.data, text.len);
    lua_setfield(L, -2, field);
}

/* ---- calls ---- */

/* Which argument of the call that opens at `open` is a literal string: the first, or the second
 * behind a single word; NULL where neither is. */
static const struct token *find_literal(const struct token *open, int *ret_at)
{
    const struct token *argument = open + 1;
    *ret_at = 1;
    if (argument->type == TOKEN_NAME && token_is_sign(argument + 1, ',')) {
        argument += 2;
        *ret_at = 2;
    }
    bool is_one = argument->type == TOKEN_STRING &&
                  (token_is_sign(argument + 1, ',') || token_is_sign(argument + 1, ')'));
    return is_one ? argument : NULL;
}

/* Is the name at i called, and one of those at 2?  A method's and a definition's are not. */
static bool is_called(lua_State *L, const struct token *items, size_t i)
{
    const struct token *name = &items[i];
    if (name->type != TOKEN_NAME || !token_is_sign(name + 1, '(') ||
        (i > 0 && (token_is_sign(name - 1, ':') || slice_is(name[-1].text, "function"))))
        return false;
    lua_pushlstring(L, name->text.data, name->text.len);
    bool wanted = lua_rawget(L, 2) != LUA_TNIL;
    lua_pop(L, 1);
    return wanted;
}

static void push_call(lua_State *L, const struct token *items, size_t i,
                      const struct token *literal, int at)
{
    lua_createtable(L, 0, 5);
    set_text(L, "name", items[i].text);
    set_text(L, "value", literal->text);
    if (i >= 2 && token_is_sign(&items[i - 1], '.') && items[i - 2].type == TOKEN_NAME)
        set_text(L, "owner", items[i - 2].text);
    lua_pushinteger(L, literal->line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, at);
    lua_setfield(L, -2, "at");
}

/* lexer.calls(source, names) -> { { name=, owner=, value=, at=, line= }, … } */
static int l_calls(lua_State *L)
{
    bind_check_table(L, 2);
    const struct tokens *tokens = push_tokens(L);
    lua_Integer count = 0;
    lua_newtable(L);
    for (size_t i = 0; i < tokens->count; i++) {
        int at;
        const struct token *literal =
            is_called(L, tokens->items, i) ? find_literal(&tokens->items[i + 1], &at) : NULL;
        if (!literal)
            continue;
        push_call(L, tokens->items, i, literal, at);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* ---- keys ---- */

/* lexer.keys(source) -> { { key=, line= }, … } of every ["key"] = */
static int l_keys(lua_State *L)
{
    const struct tokens *tokens = push_tokens(L);
    lua_Integer count = 0;
    lua_newtable(L);
    for (size_t i = 0; i + 4 <= tokens->count; i++) {
        const struct token *items = &tokens->items[i];
        if (!token_is_sign(items, '[') || items[1].type != TOKEN_STRING ||
            !token_is_sign(items + 2, ']') || !token_is_sign(items + 3, '=') ||
            token_is_sign(items + 4, '='))
            continue;
        lua_createtable(L, 0, 2);
        set_text(L, "key", items[1].text);
        lua_pushinteger(L, items[1].line);
        lua_setfield(L, -2, "line");
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

static const struct binding lexer_list[] = {{"calls", l_calls, 2, 2, "table"},
                                            {"keys", l_keys, 1, 1, "table"},
                                            {NULL, NULL, 0, 0, NULL}};

int bind_lexer_open(lua_State *L)
{
    bind_module(L, "host.lexer", lexer_list);
    return 1;
}
