/*
 * Works on a protected stack: [values, names, list of declarations].  Every value of config.lua
 * is looked at with raw access, so that a strange file gives a fault and no error.
 */
#include "generation/settings.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/preface.h"
#include "generation/declaration.h"
#include "vm/chunk.h"
#include "vm/raised.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A site adds settings by a file of its own; "site_…" is a name that no later version of the
 * application will take. */
static const struct source {
    const char *path, *prefix;
} sources[] = {{"scripts/config.lua", ""}, {"scripts/site_config.lua", "site_"}};

#define SHAPE "a file of settings returns a list of them, { { name = \"…\", type = \"…\" }, … }"

enum { SOURCES = sizeof sources / sizeof sources[0] };

struct applying {
    const struct vm_file *file; /* where the declarations stand … */
    const char *prefix;         /* … and how their names begin */
    const struct setting_given *given;
    size_t count;
    struct faults *faults;
    int values, names; /* tables on the stack, by name: what is set, true */
};

/* The line where the name stands, first in quotes, for a declaration has none; 0: it does not.
 */
static int line_of(struct slice source, const char *name)
{
    CLEANUP(mem_freep) char *quoted = mem_format("\"%s\"", name);
    const char *at = memmem(source.data, source.len, quoted, strlen(quoted));
    if (!at)
        at = memmem(source.data, source.len, name, strlen(name));
    int line = at != NULL;
    for (const char *p = source.data; p < at; p++)
        line += *p == '\n';
    return line;
}

/* The message on top of the stack is a fault of the declaration of that name (NULL: of one
 * without). */
static void fault(lua_State *L, const struct applying *applying, const char *name)
{
    faults_add(applying->faults, applying->file->origin,
               name ? line_of(applying->file->bytes, name) : 0, lua_tostring(L, -1));
}

static void apply_default(lua_State *L, const struct applying *applying, int declaration,
                          const char *name, const char *type)
{
    lua_pushliteral(L, "default");
    if (lua_rawget(L, declaration) == LUA_TNIL)
        return;
    if (declaration_allows(L, declaration, type)) {
        lua_setfield(L, applying->values, name);
        return;
    }
    const char *allowed = declaration_push_allowed(L, declaration, type);
    lua_pushfstring(L, "the default of the setting '%s' must be %s", name, allowed);
    fault(L, applying, name);
}

static void apply_given(lua_State *L, const struct applying *applying, int declaration,
                        const char *name, const char *type)
{
    for (size_t i = 0; i < applying->count; i++) {
        const struct setting_given *given = &applying->given[i];
        if (strcmp(given->name, name) != 0)
            continue;
        if (declaration_push(L, declaration, type, given->value)) {
            lua_setfield(L, applying->values, name);
            continue;
        }
        const char *allowed = declaration_push_allowed(L, declaration, type);
        faults_add(applying->faults, NULL, 0,
                   lua_pushfstring(L, "%s: the setting '%s' cannot be '%s'; it is %s",
                                   given->origin, name, given->value, allowed));
        lua_pop(L, 2);
    }
}

/* Pushes what is wrong with a declaration, the name of which may be NULL; false: nothing is. */
static bool push_fault(lua_State *L, const struct applying *applying, int declaration,
                       const char *name)
{
    if (!name || !declaration_is_type(declaration_field(L, declaration, "type"))) {
        lua_pushliteral(L, "every setting is a table with a name and a type (string, integer, "
                           "number, boolean or list)");
        return true;
    }
    const char *stranger = declaration_stranger(L, declaration);
    const char *misfit = declaration_misfit(L, declaration);
    if (strncmp(name, applying->prefix, strlen(applying->prefix)) != 0)
        lua_pushfstring(L, "the name of a site's setting begins with '%s': '%s'",
                        applying->prefix, name);
    else if (stranger)
        lua_pushfstring(L,
                        "the setting '%s' has a field '%s'; there are name, type, default, "
                        "help, min, max, one_of",
                        name, stranger);
    else if (misfit)
        lua_pushfstring(L, "the setting '%s': %s", name, misfit);
    else if (lua_getfield(L, applying->names, name) != LUA_TNIL)
        lua_pushfstring(L, "the setting '%s' is declared twice", name);
    else
        return false;
    return true;
}

static void apply_one(lua_State *L, const struct applying *applying, int declaration)
{
    bool is_table = lua_istable(L, declaration);
    const char *name = is_table ? declaration_field(L, declaration, "name") : NULL;
    bool is_wrong = push_fault(L, applying, declaration, name);
    if (is_wrong)
        fault(L, applying, name);
    if (name) { /* a wrong one is declared all the same: who gives or reads it is right */
        lua_pushboolean(L, true);
        lua_setfield(L, applying->names, name);
    }
    if (is_wrong)
        return;
    const char *type = declaration_field(L, declaration, "type");
    apply_default(L, applying, declaration, name, type);
    apply_given(L, applying, declaration, name, type);
}

/* The application's own says the name of its database, too. */
static bool is_expected(lua_State *L, const struct applying *applying, lua_Integer count)
{
    if (lua_isinteger(L, -1))
        return lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= count;
    return !applying->prefix[0] && lua_type(L, -1) == LUA_TSTRING &&
           strcmp(lua_tostring(L, -1), "database") == 0;
}

/* What stands in the list without being an item of it is read by nobody: the first of its names
 * is told. */
static void check_keys(lua_State *L, const struct applying *applying, int list)
{
    lua_pushliteral(L, "");
    for (lua_pushnil(L); lua_next(L, list);) {
        lua_pop(L, 1);
        if (is_expected(L, applying, (lua_Integer)lua_rawlen(L, list)))
            continue;
        const char *key = luaL_tolstring(L, -1, NULL), *first = lua_tostring(L, -3);
        if (!first[0] || strcmp(key, first) < 0)
            lua_copy(L, -1, -3);
        lua_pop(L, 1);
    }
    const char *first = lua_tostring(L, -1);
    if (first[0]) {
        lua_pushfstring(L, SHAPE ", not a table with a field '%s'", first);
        fault(L, applying, first);
    }
    lua_settop(L, list);
}

static void apply_all(lua_State *L, const struct applying *applying, int list)
{
    check_keys(L, applying, list);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, list); i++) {
        lua_rawgeti(L, list, i);
        int declaration = lua_gettop(L);
        apply_one(L, applying, declaration);
        lua_settop(L, declaration - 1);
    }
}

/* The setting or option that may have been meant; NULL for none. */
static const char *find_near(lua_State *L, const struct setting_given *given, int names)
{
    struct nearest nearest = nearest_to(slice_of(given->name));
    nearest_offer(&nearest, given->near);
    for (lua_pushnil(L); lua_next(L, names); lua_pop(L, 1))
        nearest_offer(&nearest, lua_tostring(L, -2));
    return nearest.word;
}

static void check_names(lua_State *L, const struct setting_given *all, size_t count, int names,
                        struct faults *faults)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting_given *given = &all[i];
        lua_pushstring(L, given->name);
        bool known = lua_rawget(L, names) != LUA_TNIL;
        lua_pop(L, 1);
        if (known || !given->must_exist)
            continue;
        const char *near = find_near(L, given, names);
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
    lua_pushfstring(L, "%s:1: " SHAPE, file->origin);
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
    lua_newtable(L);
    int names = lua_gettop(L);
    bool complete = true;
    for (size_t i = 0; i < SOURCES; i++) {
        const struct vm_file *file = files_find(&snapshot->files, sources[i].path);
        if (!file)
            continue;
        struct applying applying = {.file = file,
                                    .prefix = sources[i].prefix,
                                    .given = given,
                                    .count = count,
                                    .faults = faults,
                                    .values = names - 1,
                                    .names = names};
        bool good = push_declarations(L, file);
        if (good)
            apply_all(L, &applying, names + 1);
        else
            add_fault(L, file, faults);
        complete = complete && good;
        lua_settop(L, names);
    }
    if (complete)
        check_names(L, given, count, names, faults);
    lua_settop(L, names);
    return complete;
}

/* "TIMECAPSULE_KEY_LENGTH" for "key-length" or "key_length". */
static void add_variable(const char *name, struct buf *out)
{
    buf_adds(out, "TIMECAPSULE_");
    for (; *name; name++)
        buf_addc(out, *name == '-' ? '_' : (char)toupper((unsigned char)*name));
}

static void add_stranger(lua_State *L, const struct setting_given *given, int names,
                         struct buf *out)
{
    const char *near = find_near(L, given, names);
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
        if (lua_rawget(L, 2) == LUA_TNIL && !given[i].must_exist)
            add_stranger(L, &given[i], 2, out);
        lua_pop(L, 1);
    }
    lua_close(L);
    faults_done(&told_later);
}

static void help_line(lua_State *L, int declaration, struct buf *out)
{
    const char *name = declaration_field(L, declaration, "name"),
               *help = declaration_field(L, declaration, "help");
    const char *type = declaration_field(L, declaration, "type");
    if (!name || !declaration_is_type(type))
        return;
    buf_addf(out, "  %-22s %s; %s", name, help ? help : "",
             declaration_push_allowed(L, declaration, type));
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
    const char *name = push_declarations(L, &file) ? declaration_field(L, 1, "database") : NULL;
    char *copy = is_file_name(name) ? mem_text(name) : NULL;
    lua_close(L);
    return copy;
}
