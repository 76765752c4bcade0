/*
 * host.lexer: what Lua sources say literally, for checks while scripts load; a literal is what
 * stands between its quotes, its escapes not resolved.  And sources cut into tokens without
 * loss, for templates; and a memory of what was found out about a source.
 */
#include "vm/lexer.h"
#include "bind/bind.h"
#include "bind/box.h"
#include "vm/compiled.h"

#include <lauxlib.h>
#include <string.h>

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

/* Does a field of a literal table begin here? */
static bool begins_field(const struct token *word)
{
    return token_is_sign(word - 1, '{') || token_is_sign(word - 1, ',') ||
           token_is_sign(word - 1, ';');
}

/* Does a key of a literal table stand here, `name =`? */
static bool is_key(const struct token *word)
{
    return word->type == TOKEN_NAME && token_is_sign(word + 1, '=') &&
           !token_is_sign(word + 2, '=') && begins_field(word);
}

/* Does a key stand here that is no literal name: `[…] =`? */
static bool is_computed(const struct token *word)
{
    return token_is_sign(word, '[') && begins_field(word);
}

static int depth_of(const struct token *word)
{
    if (token_is_sign(word, '{') || token_is_sign(word, '(') || token_is_sign(word, '['))
        return 1;
    return token_is_sign(word, '}') || token_is_sign(word, ')') || token_is_sign(word, ']') ? -1
                                                                                            : 0;
}

/* Adds the names that the literal table has that opens there; false where its last argument is
 * not that alone, or somebody computes a key of it. */
static bool add_keys(lua_State *L, const struct token *word)
{
    int depth = 0;
    do {
        if (word->type == TOKEN_END || (depth == 1 && is_computed(word)))
            return false;
        if (depth == 1 && is_key(word)) {
            lua_pushlstring(L, word->text.data, word->text.len);
            lua_pushboolean(L, true);
            lua_rawset(L, -3);
        }
        depth += depth_of(word++);
    } while (depth > 0);
    return token_is_sign(word, ')');
}

/* Sets "given" of the table on top, where it is known which names the argument behind the
 * literal has: a literal table's, or none where there is no argument. */
static void set_given(lua_State *L, const struct token *literal)
{
    lua_newtable(L);
    const struct token *behind = literal + 1;
    bool is_known = token_is_sign(behind, ')') ||
                    (token_is_sign(behind + 1, '{') && add_keys(L, behind + 1));
    if (is_known)
        lua_setfield(L, -2, "given");
    else
        lua_pop(L, 1);
}

static void push_call(lua_State *L, const struct token *items, size_t i,
                      const struct token *literal, int at)
{
    lua_createtable(L, 0, 6);
    set_text(L, "name", items[i].text);
    set_text(L, "value", literal->text);
    if (i >= 2 && token_is_sign(&items[i - 1], '.') && items[i - 2].type == TOKEN_NAME)
        set_text(L, "owner", items[i - 2].text);
    lua_pushinteger(L, literal->line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, at);
    lua_setfield(L, -2, "at");
    set_given(L, literal);
}

/* lexer.calls(source, names) -> { { name=, owner=, value=, at=, line=, given= }, … } */
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

/* ---- tokens ---- */

enum { SPACE = 1, LETTER = 2, DIGIT = 4, DASH = 8 /* _ */ };

static int class_of(char c)
{
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return SPACE;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return LETTER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c == '_' ? DASH : 0;
}

/* How many characters of these classes it begins with, a point among them where it may. */
static size_t run_of(struct slice rest, int classes, bool points)
{
    size_t len = 1;
    while (len < rest.len &&
           ((class_of(rest.data[len]) & classes) || (points && rest.data[len] == '.')))
        len++;
    return len;
}

/* The length of the long bracket that it begins with, which may be open; 0: none. */
static size_t long_bracket(struct slice rest)
{
    size_t level = 1;
    while (level < rest.len && rest.data[level] == '=')
        level++;
    if (!rest.len || rest.data[0] != '[' || level == rest.len || rest.data[level] != '[')
        return 0;
    for (size_t at = level + 1; at + level < rest.len; at++)
        if (rest.data[at] == ']' && rest.data[at + level] == ']' &&
            memcmp(rest.data + at + 1, rest.data + 1, level - 1) == 0)
            return at + level + 1;
    return rest.len;
}

/* One that never closes ends with its line. */
static size_t quoted(struct slice rest)
{
    for (size_t at = 1; at < rest.len; at++) {
        if (rest.data[at] == '\\')
            at++;
        else if (rest.data[at] == rest.data[0])
            return at + 1;
        else if (rest.data[at] == '\n')
            return at;
    }
    return rest.len;
}

static size_t comment(struct slice rest)
{
    size_t bracket = long_bracket((struct slice){rest.data + 2, rest.len - 2});
    if (bracket)
        return bracket + 2;
    const char *end = memchr(rest.data, '\n', rest.len);
    return end ? (size_t)(end - rest.data) : rest.len;
}

static size_t operator(struct slice rest)
{
    static const char pairs[][3] = {"..", "==", "~=", "<=", ">=", "//", "::"};
    if (rest.len >= 3 && memcmp(rest.data, "...", 3) == 0)
        return 3;
    for (size_t i = 0; rest.len >= 2 && i < sizeof pairs / sizeof *pairs; i++)
        if (memcmp(rest.data, pairs[i], 2) == 0)
            return 2;
    return 1;
}

/* The length of the token that it begins with, and its kind. */
static size_t cut(struct slice rest, const char **ret_kind)
{
    char first = rest.data[0];
    int class = class_of(first);
    if (class == SPACE) {
        *ret_kind = "space";
        return run_of(rest, SPACE, false);
    } else if (class == LETTER || class == DASH) {
        *ret_kind = "name";
        return run_of(rest, LETTER | DIGIT | DASH, false);
    } else if (class == DIGIT) {
        *ret_kind = "number";
        return run_of(rest, LETTER | DIGIT, true);
    }
    size_t bracket = long_bracket(rest);
    bool quotes = first == '"' || first == '\'';
    *ret_kind = "string";
    if (bracket || quotes)
        return bracket ? bracket : quoted(rest);
    *ret_kind = "comment";
    if (rest.len >= 2 && first == '-' && rest.data[1] == '-')
        return comment(rest);
    *ret_kind = "op";
    return operator(rest);
}

static lua_Integer newlines(struct slice text)
{
    lua_Integer count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

/* lexer.tokens(source, line) -> { { kind=, text=, line= }, … } */
static int l_tokens(lua_State *L)
{
    struct slice rest = bind_slice(L, 1);
    lua_Integer line = bind_integer(L, 2, 0, INT32_MAX), count = 0;
    lua_newtable(L);
    while (rest.len > 0) {
        const char *kind;
        struct slice text = {rest.data, cut(rest, &kind)};
        lua_createtable(L, 0, 3);
        lua_pushstring(L, kind);
        lua_setfield(L, -2, "kind");
        set_text(L, "text", text);
        lua_pushinteger(L, line);
        lua_setfield(L, -2, "line");
        lua_rawseti(L, -2, ++count);
        line += newlines(text);
        rest = (struct slice){rest.data + text.len, rest.len - text.len};
    }
    return 1;
}

/* ---- memory ---- */

/* lexer.recall(source, name) -> text | nil */
static int l_recall(lua_State *L)
{
    struct buf *found = bind_buffer(L);
    if (!compiled_recall(BY_SCRIPTS, bind_slice(L, 1), bind_text(L, 2), found))
        return 0;
    return bind_push_buffer(L, found);
}

/* lexer.remember(source, name, text) */
static int l_remember(lua_State *L)
{
    compiled_remember(BY_SCRIPTS, bind_slice(L, 1), bind_text(L, 2), bind_slice(L, 3));
    return 0;
}

static const struct binding lexer_list[] = {
    {"calls", l_calls, 2, 2, "table"},   {"keys", l_keys, 1, 1, "table"},
    {"tokens", l_tokens, 2, 2, "table"}, {"recall", l_recall, 2, 2, "string?"},
    {"remember", l_remember, 3, 3, ""},  {NULL, NULL, 0, 0, NULL}};

int bind_lexer_open(lua_State *L)
{
    bind_module(L, "host.lexer", lexer_list);
    return 1;
}
