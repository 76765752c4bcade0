/* See declaration.h. */
#include "generation/declaration.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *declaration_field(lua_State *L, int declaration, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, declaration);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1); /* the table keeps it alive */
    return text;
}

static bool number_field(lua_State *L, int declaration, const char *name, lua_Number *ret)
{
    lua_pushstring(L, name);
    lua_rawget(L, declaration);
    bool found = lua_type(L, -1) == LUA_TNUMBER;
    if (found)
        *ret = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return found;
}

static void push_list(lua_State *L, const char *text)
{
    lua_newtable(L);
    lua_Integer count = 0;
    while (*text) {
        size_t len = strcspn(text, ", ");
        if (len > 0) {
            lua_pushlstring(L, text, len);
            lua_rawseti(L, -2, ++count);
        }
        text += len + (text[len] != '\0');
    }
}

static bool push_boolean(lua_State *L, const char *text)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"on", true},   {"true", true},   {"yes", true}, {"1", true},
                 {"off", false}, {"false", false}, {"no", false}, {"0", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, text) == 0) {
            lua_pushboolean(L, words[i].value);
            return true;
        }
    return false;
}

/* Is the word on top one of the list's below it? */
static bool is_one_of(lua_State *L)
{
    int word = lua_gettop(L), list = word - 1;
    bool found = false;
    for (lua_Integer i = 1; !found && i <= (lua_Integer)lua_rawlen(L, list); i++) {
        lua_rawgeti(L, list, i);
        found = lua_rawequal(L, -1, word);
        lua_pop(L, 1);
    }
    return found;
}

/* Is the value on top, or each word of it where it is a list, one of the declaration's one_of
 * words (or has it none)? */
static bool is_allowed(lua_State *L, int declaration)
{
    int value = lua_gettop(L);
    bool list = lua_istable(L, value), allowed = true;
    lua_pushliteral(L, "one_of");
    lua_rawget(L, declaration);
    lua_Integer count = list ? (lua_Integer)lua_rawlen(L, value) : 1;
    for (lua_Integer i = 1; lua_istable(L, value + 1) && i <= count; i++) {
        if (list)
            lua_rawgeti(L, value, i);
        else
            lua_pushvalue(L, value);
        allowed = allowed && is_one_of(L);
        lua_pop(L, 1);
    }
    lua_settop(L, value);
    return allowed;
}

static bool is_list(lua_State *L)
{
    bool good = lua_istable(L, -1);
    for (lua_Integer i = 1; good && i <= (lua_Integer)lua_rawlen(L, -1); i++) {
        good = lua_rawgeti(L, -1, i) == LUA_TSTRING;
        lua_pop(L, 1);
    }
    return good;
}

/* The bounds are compared where the value is a number. */
static bool is_typed(lua_State *L, int declaration, const char *type)
{
    lua_Number value, bound;
    if (strcmp(type, "boolean") == 0)
        return lua_isboolean(L, -1);
    if (strcmp(type, "list") == 0)
        return is_list(L);
    if (strcmp(type, "string") == 0)
        return lua_type(L, -1) == LUA_TSTRING;
    if (lua_type(L, -1) != LUA_TNUMBER || (type[0] == 'i' && !lua_isinteger(L, -1)))
        return false;
    value = lua_tonumber(L, -1);
    return isfinite(value) && !(number_field(L, declaration, "min", &bound) && value < bound) &&
           !(number_field(L, declaration, "max", &bound) && value > bound);
}

bool declaration_allows(lua_State *L, int declaration, const char *type)
{
    return is_typed(L, declaration, type) && is_allowed(L, declaration);
}

static bool push_typed(lua_State *L, const char *type, const char *text)
{
    if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0) {
        size_t len = strlen(text) + 1, read = lua_stringtonumber(L, text);
        if (read > 0 && read != len)
            lua_pop(L, 1);
        return read == len;
    }
    if (strcmp(type, "boolean") == 0)
        return push_boolean(L, text);
    if (strcmp(type, "list") == 0)
        push_list(L, text);
    else
        lua_pushstring(L, text);
    return true;
}

bool declaration_push(lua_State *L, int declaration, const char *type, const char *text)
{
    if (!push_typed(L, type, text))
        return false;
    if (declaration_allows(L, declaration, type))
        return true;
    lua_pop(L, 1);
    return false;
}

bool declaration_is_type(const char *type)
{
    static const char *const types[] = {"string", "integer", "number", "boolean", "list"};
    for (size_t i = 0; type && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static void add_bound(luaL_Buffer *text, const char *word, lua_Number bound)
{
    char number[48];
    snprintf(number, sizeof number, " %s %.14g", word, bound);
    luaL_addstring(text, number);
}

const char *declaration_push_allowed(lua_State *L, int declaration, const char *type)
{
    luaL_Buffer text;
    lua_Number bound;
    lua_pushliteral(L, "one_of");
    lua_rawget(L, declaration);
    int words = lua_gettop(L);
    luaL_buffinit(L, &text);
    luaL_addstring(&text, type[0] == 'i' ? "an " : "a ");
    luaL_addstring(&text, type);
    if (strcmp(type, "boolean") == 0)
        luaL_addstring(&text, " (on or off)");
    if (number_field(L, declaration, "min", &bound))
        add_bound(&text, "from", bound);
    if (number_field(L, declaration, "max", &bound))
        add_bound(&text, "up to", bound);
    for (lua_Integer i = 1; lua_istable(L, words) && i <= (lua_Integer)lua_rawlen(L, words);
         i++) {
        luaL_addstring(&text, i > 1 ? ", " : type[0] == 'l' ? " of " : ": ");
        lua_rawgeti(L, words, i);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    lua_remove(L, words);
    return lua_tostring(L, -1);
}

const char *declaration_stranger(lua_State *L, int declaration)
{
    static const char *const fields[] = {"name", "type", "default", "help",
                                         "min",  "max",  "one_of",  NULL};
    for (lua_pushnil(L); lua_next(L, declaration); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        size_t i = 0;
        while (fields[i] && strcmp(fields[i], name) != 0)
            i++;
        if (!fields[i]) {
            lua_pop(L, 2); /* the table keeps the name */
            return name;
        }
    }
    return NULL;
}

static bool field_fits(lua_State *L, int declaration, const char *name, int type)
{
    lua_pushstring(L, name);
    int found = lua_rawget(L, declaration);
    bool fits = found == LUA_TNIL || (found == type && (type != LUA_TTABLE || is_list(L)));
    lua_pop(L, 1);
    return fits;
}

const char *declaration_misfit(lua_State *L, int declaration)
{
    lua_Number min, max;
    if (!field_fits(L, declaration, "help", LUA_TSTRING))
        return "its help is no text";
    if (!field_fits(L, declaration, "min", LUA_TNUMBER) ||
        !field_fits(L, declaration, "max", LUA_TNUMBER))
        return "its min and max are no numbers";
    if (!field_fits(L, declaration, "one_of", LUA_TTABLE))
        return "its one_of is no list of texts";
    if (number_field(L, declaration, "min", &min) &&
        number_field(L, declaration, "max", &max) && min > max)
        return "its min is above its max";
    return NULL;
}
