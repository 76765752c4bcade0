/*
 * Works on a protected stack: [config list, result table].  Every value of config.lua is looked
 * at with raw access, so that a strange file gives a fault and no error.
 */
#include "generation/settings.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/preface.h"
#include "vm/chunk.h"
#include "vm/raised.h"

#include <ctype.h>

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A site adds settings by a file of its own; "site_…" is a name that no later version of the
 * application will take. */
static const struct source {
    const char *path, *prefix;
} sources[] = {{"scripts/config.lua", ""}, {"scripts/site_config.lua", "site_"}};

enum { SOURCES = sizeof sources / sizeof sources[0] };

struct applying {
    const char *file, *prefix; /* where declarations stand, and how their names begin */
    const struct setting_given *given;
    size_t count;
    struct faults *faults;
};

/* The text of a field of the declaration on top; NULL where it is none. */
static const char *field(lua_State *L, int declaration, const char *name)
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

static bool push_number(lua_State *L, int declaration, const char *type, const char *text)
{
    if (lua_stringtonumber(L, text) != strlen(text) + 1)
        return false;
    bool integer = strcmp(type, "integer") == 0;
    lua_Number value = lua_tonumber(L, -1), bound;
    bool good = (!integer || lua_isinteger(L, -1)) && isfinite(value) &&
                !(number_field(L, declaration, "min", &bound) && value < bound) &&
                !(number_field(L, declaration, "max", &bound) && value > bound);
    if (!good)
        lua_pop(L, 1);
    return good;
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

/* Pushes the typed value, or pushes nothing and returns false. */
static bool push_value(lua_State *L, int declaration, const char *type, const char *text)
{
    if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
        return push_number(L, declaration, type, text);
    if (strcmp(type, "boolean") == 0)
        return push_boolean(L, text);
    if (strcmp(type, "list") == 0)
        push_list(L, text);
    else
        lua_pushstring(L, text);
    if (is_allowed(L, declaration))
        return true;
    lua_pop(L, 1);
    return false;
}

static bool is_type(const char *type)
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

/* Pushes "an integer from 12 up to 32", for messages and help. */
static const char *push_allowed(lua_State *L, int declaration, const char *type)
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

static void apply(lua_State *L, const struct applying *applying, int declaration, int result,
                  const char *name, const char *type)
{
    lua_pushliteral(L, "default");
    lua_rawget(L, declaration);
    lua_setfield(L, result, name);
    for (size_t i = 0; i < applying->count; i++) {
        const struct setting_given *given = &applying->given[i];
        if (strcmp(given->name, name) != 0)
            continue;
        if (push_value(L, declaration, type, given->value)) {
            lua_setfield(L, result, name);
            continue;
        }
        const char *allowed = push_allowed(L, declaration, type);
        faults_add(applying->faults, NULL, 0,
                   lua_pushfstring(L, "%s: the setting '%s' cannot be '%s'; it is %s",
                                   given->origin, name, given->value, allowed));
        lua_pop(L, 2);
    }
}

static void apply_one(lua_State *L, const struct applying *applying, int declaration,
                      int result)
{
    const char *name = lua_istable(L, declaration) ? field(L, declaration, "name") : NULL;
    const char *type = name ? field(L, declaration, "type") : NULL;
    if (!is_type(type))
        faults_add(applying->faults, applying->file, 0,
                   "every setting is a table with a name and a type (string, integer, "
                   "number, boolean or list)");
    else if (strncmp(name, applying->prefix, strlen(applying->prefix)) != 0)
        faults_add(applying->faults, applying->file, 0,
                   lua_pushfstring(L, "the name of a site's setting begins with '%s': '%s'",
                                   applying->prefix, name));
    else
        apply(L, applying, declaration, result, name, type);
}

static void apply_all(lua_State *L, const struct applying *applying, int list, int result)
{
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, list); i++) {
        lua_rawgeti(L, list, i);
        int declaration = lua_gettop(L);
        apply_one(L, applying, declaration, result);
        lua_settop(L, declaration - 1);
    }
}

/* The setting or option that may have been meant; NULL for none.  Names are the result's keys.
 */
static const char *find_near(lua_State *L, const struct setting_given *given, int result)
{
    struct nearest nearest = nearest_to(slice_of(given->name));
    nearest_offer(&nearest, given->near);
    for (lua_pushnil(L); lua_next(L, result); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            nearest_offer(&nearest, lua_tostring(L, -2));
    return nearest.word;
}

static void check_names(lua_State *L, const struct setting_given *all, size_t count, int result,
                        struct faults *faults)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting_given *given = &all[i];
        lua_pushstring(L, given->name);
        bool known = lua_rawget(L, result) != LUA_TNIL;
        lua_pop(L, 1);
        if (known || !given->must_exist)
            continue;
        const char *near = find_near(L, given, result);
        const char *advice = near ? lua_pushfstring(L, "did you mean '%s'?", near)
                                  : lua_pushliteral(L, "`timecapsule --help` lists them");
        faults_add(faults, NULL, 0,
                   lua_pushfstring(L, "%s: there is no setting '%s'; %s", given->origin,
                                   given->name, advice));
        lua_pop(L, 2);
    }
}

/* Pushes what a file of declarations returns; false with a message pushed instead. */
static bool push_declarations(lua_State *L, const struct vm_file *file)
{
    const char *chunk = lua_pushfstring(L, "@%s", file->origin);
    bool is_good = chunk_load(L, file->bytes, chunk);
    lua_remove(L, -2);
    if (!is_good)
        return false;
    lua_newtable(L); /* an environment with nothing in it */
    lua_setupvalue(L, -2, 1);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK)
        return false;
    if (lua_istable(L, -1))
        return true;
    lua_pop(L, 1);
    lua_pushfstring(L, "%s: it returns no table", file->origin);
    return false;
}

/* What evaluating the file raised lies on top. */
static void add_fault(lua_State *L, const struct vm_file *file, struct faults *faults)
{
    bool has_place = raised_has_place(L, -1);
    raised_push(L, -1);
    faults_add(faults, has_place ? NULL : file->origin, 0, lua_tostring(L, -1));
}

bool settings_push(lua_State *L, const struct snapshot *snapshot,
                   const struct setting_given *given, size_t count, struct faults *faults)
{
    lua_newtable(L);
    int result = lua_gettop(L);
    bool complete = true;
    for (size_t i = 0; i < SOURCES; i++) {
        const struct vm_file *file = files_find(&snapshot->files, sources[i].path);
        if (!file)
            continue;
        struct applying applying = {file->origin, sources[i].prefix, given, count, faults};
        bool good = push_declarations(L, file);
        if (good)
            apply_all(L, &applying, result + 1, result);
        else
            add_fault(L, file, faults);
        complete = complete && good;
        lua_settop(L, result);
    }
    if (complete)
        check_names(L, given, count, result, faults);
    lua_settop(L, result);
    return complete;
}

/* "TIMECAPSULE_KEY_LENGTH" for "key-length" or "key_length". */
static void add_variable(const char *name, struct buf *out)
{
    buf_adds(out, "TIMECAPSULE_");
    for (; *name; name++)
        buf_addc(out, *name == '-' ? '_' : (char)toupper((unsigned char)*name));
}

static void add_stranger(lua_State *L, const struct setting_given *given, int result,
                         struct buf *out)
{
    const char *near = find_near(L, given, result);
    buf_addf(out, "%s: no option and no setting has this name", given->origin);
    if (near) {
        buf_adds(out, "; did you mean ");
        add_variable(near, out);
        buf_addc(out, '?');
    }
    buf_addc(out, '\n');
}

void settings_strangers(const struct snapshot *snapshot, const struct setting_given *given,
                        size_t count, struct buf *out)
{
    struct faults told_later = {0};
    lua_State *L = luaL_newstate();
    bool complete = settings_push(L, snapshot, NULL, 0, &told_later);
    for (size_t i = 0; complete && i < count; i++) {
        lua_pushstring(L, given[i].name);
        if (lua_rawget(L, 1) == LUA_TNIL && !given[i].must_exist)
            add_stranger(L, &given[i], 1, out);
        lua_pop(L, 1);
    }
    lua_close(L);
    faults_done(&told_later);
}

static void help_line(lua_State *L, int declaration, struct buf *out)
{
    const char *name = field(L, declaration, "name"), *help = field(L, declaration, "help");
    const char *type = field(L, declaration, "type");
    if (!name || !is_type(type))
        return;
    buf_addf(out, "  %-22s %s; %s", name, help ? help : "", push_allowed(L, declaration, type));
    lua_pop(L, 1);
    lua_pushliteral(L, "default");
    lua_rawget(L, declaration);
    if (lua_istable(L, -1)) {
        buf_adds(out, " (default ");
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
            lua_rawgeti(L, -1, i);
            buf_addf(out, "%s%s", i > 1 ? "," : "", luaL_tolstring(L, -1, NULL));
            lua_pop(L, 2);
        }
        buf_addc(out, ')');
    } else if (!lua_isnil(L, -1)) {
        buf_addf(out, " (default %s)", luaL_tolstring(L, -1, NULL));
        lua_pop(L, 1);
    } else {
        buf_adds(out, " (default none)");
    }
    lua_pop(L, 1);
    buf_addc(out, '\n');
}

static bool help_file(lua_State *L, const struct vm_file *file, struct buf *out,
                      struct err *err)
{
    if (!push_declarations(L, file))
        return err_set(err, ERR_INPUT, "%s", luaL_tolstring(L, -1, NULL));
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 1); i++) {
        lua_rawgeti(L, 1, i);
        if (lua_istable(L, 2))
            help_line(L, 2, out);
        lua_settop(L, 1);
    }
    return true;
}

bool settings_help(const struct snapshot *snapshot, struct buf *out, struct err *err)
{
    lua_State *L = luaL_newstate();
    bool good = true;
    for (size_t i = 0; good && i < SOURCES; i++) {
        const struct vm_file *file = files_find(&snapshot->files, sources[i].path);
        good = !file || help_file(L, file, out, err);
        lua_settop(L, 0);
    }
    lua_close(L);
    return good;
}

static bool is_file_name(const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return text && text[0] && text[0] != '.' && text[strspn(text, plain)] == '\0';
}

char *settings_database(const char *app)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/%s", app, sources[0].path);
    CLEANUP(buf_done) struct buf text = {0};
    struct err err;
    if (!file_read(path, LIMIT_FILE, &text, &err))
        return NULL;
    size_t skip = preface_skip(text.data, text.len);
    const struct vm_file file = {.origin = (char *)sources[0].path,
                                 .bytes = {text.data + skip, text.len - skip}};
    lua_State *L = luaL_newstate();
    const char *name = push_declarations(L, &file) ? field(L, 1, "database") : NULL;
    char *copy = is_file_name(name) ? mem_text(name) : NULL;
    lua_close(L);
    return copy;
}
