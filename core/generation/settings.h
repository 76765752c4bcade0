/*
 * The application's settings: declared in scripts/config.lua, given as text by the
 * administrator, typed and bounded here.  A site declares its own, named site_…, in
 * scripts/site_config.lua.
 *
 * Such a file returns an array of { name, type, default, help, min, max, one_of } with type
 * "string", "integer", "number", "boolean" or "list" (words joined by commas); one_of lists the
 * strings, or the words of a list, that there are.  It is evaluated alone: nothing can be
 * required in it.  Either file may be missing.
 */
#pragma once

#include "base/buf.h"
#include "generation/faults.h"
#include "generation/snapshot.h"

#include <lua.h>

/* Pushes the table of typed settings by name, and one of true by the name of each that is
 * declared, set or not.  Faults name the setting, where its value came
 * from and what is allowed; a setting with a fault keeps its default.  Raises nothing.  false
 * where a file of declarations could not be read, so that settings are missing. */
bool settings_push(lua_State *L, const struct snapshot *snapshot,
                   const struct setting_given *given, size_t count, struct faults *faults);

/* Appends a line for each that need not exist and does not: a misspelt variable's. */
void settings_strangers(const struct snapshot *snapshot, const struct setting_given *given,
                        size_t count, struct buf *out);

/* What the application's own scripts/config.lua calls the file of a database that nobody has
 * named otherwise: `database = "items.db"` beside the settings, letters, digits, `_`, `-` and
 * dots.  NULL where it says none, or cannot be read.  To be freed. */
char *settings_database(const char *app);

/* Appends one line per setting, as `--help` prints it. */
bool settings_help(const struct snapshot *snapshot, struct buf *out, struct err *err);
