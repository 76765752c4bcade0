/* See script.h.  With FUZZ_LINES=FILE in the environment the lines that were run are written
 * there at the end, "scripts/web/router.lua 12" each, for the coverage report. */
#include "script.h"

#include "base/mem.h"
#include "fuzz.h"
#include "generation/generation.h"
#include "server/drivers.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>
#include <unistd.h>

enum { HANDLER = 1, TARGET = 2 }; /* what lies at the bottom of the stack */
enum { COUNTERS = 1 << 14, FILES = 256, LINES = 1024 };

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[COUNTERS];

static struct {
    struct generation *generation;
    lua_State *L;
    uint32_t previous; /* the place that was run before */
} here;

/* Which lines of which sources were run at all. */
static struct {
    const char *path;
    uint8_t lines[LINES];
} seen[FILES];

static struct secrets secrets = {
    .count = 1, .items = {{.key = "a secret for fuzz targets alone", .id = "0a0b0c0d"}}};
static struct bind_host host = {.time_zone = "UTC",
                                .drivers = server_drivers,
                                .mail = "file",
                                .mail_from = "capsule@example.org",
                                .mail_connections = 1,
                                .public_url = "https://capsule.example.org",
                                .rate_limits = true,
                                .reminders = true,
                                .workers = 1,
                                .secrets = &secrets};

/* ---- which lines are run ---- */

static uint32_t mix(uint32_t hash)
{
    hash = (hash ^ hash >> 16) * UINT32_C(0x7FEB352D);
    return hash ^ hash >> 15;
}

static void keep_line(const char *path, int line)
{
    size_t i = 0;

    while (i < FILES && seen[i].path && strcmp(seen[i].path, path) != 0)
        i++;
    if (i < FILES && line > 0 && line < LINES) {
        seen[i].path = seen[i].path ? seen[i].path : mem_text(path);
        seen[i].lines[line] = 1;
    }
}

static void on_line(lua_State *L, lua_Debug *at)
{
    uint32_t place = (uint32_t)at->currentline;

    lua_getinfo(L, "S", at);
    if (strncmp(at->source, "@scripts/", 9) != 0)
        return;
    for (const char *c = at->source; *c; c++)
        place = place * 31 + (unsigned char)*c;
    place = mix(place);
    uint8_t *counter = &counters[(place ^ here.previous >> 1) % COUNTERS];
    *counter = *counter == UINT8_MAX ? UINT8_MAX : (uint8_t)(*counter + 1);
    here.previous = place;
    if (getenv("FUZZ_LINES"))
        keep_line(at->source + 1, at->currentline);
}

static FILE *lines_file;

/* The function that spec/fuzz/lines.lua calls. */
static int write_active(lua_State *L)
{
    fprintf(lines_file, "may %s %d\n", luaL_checkstring(L, 1), (int)luaL_checkinteger(L, 2));
    return 0;
}

static void write_lines(lua_State *L)
{
    const char *path = getenv("FUZZ_LINES");

    lines_file = path ? fopen(path, "a") : NULL;
    if (!lines_file)
        return;
    for (size_t i = 0; i < FILES && seen[i].path; i++)
        for (int line = 1; line < LINES; line++)
            if (seen[i].lines[line])
                fprintf(lines_file, "run %s %d\n", seen[i].path, line);
    lua_sethook(L, NULL, 0, 0);
    int status = luaL_loadfile(L, "spec/fuzz/lines.lua");
    lua_pushcfunction(L, luaopen_debug);
    lua_call(L, 0, 1);
    lua_pushcfunction(L, write_active);
    if (status != LUA_OK || lua_pcall(L, 2, 0, 0) != LUA_OK)
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    fclose(lines_file);
}

/* ---- the state ---- */

static void end(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static struct generation *build(void)
{
    struct snapshot files = {0};
    struct faults faults = {0};
    struct generation *generation = NULL;
    struct err err;

    host.limits = SCRIPT_LIMITS;
    if (!snapshot_read(".", NULL, &files, &err))
        end("run from the project's folder", err.text);
    struct generation_plan plan = {.number = 1, .files = &files, .host = &host, .nvms = 1};
    if (!generation_build(&plan, &faults, &generation) || faults.count > 0)
        end("the application has faults", faults.text.data);
    faults_done(&faults);
    return generation;
}

static void close_state(void)
{
    write_lines(here.L);
    generation_unref(TAKE(here.generation));
}

static int with_traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

void script_open(const char *name)
{
    char *path = mem_format("spec/fuzz/scripts/%s.lua", name);

    here.generation = build();
    here.L = here.generation->vms[0]->L;
    lua_pushcfunction(here.L, with_traceback);
    if (luaL_loadfile(here.L, path) != LUA_OK || lua_pcall(here.L, 0, 1, HANDLER) != LUA_OK)
        end(path, lua_tostring(here.L, -1));
    if (!lua_isfunction(here.L, TARGET))
        end(path, "it returns no function");
    lua_sethook(here.L, on_line, LUA_MASKLINE, 0);
    free(path);
    atexit(close_state);
}

void script_feed(const uint8_t *data, size_t size)
{
    here.previous = 0;
    lua_pushvalue(here.L, TARGET);
    lua_pushlstring(here.L, (const char *)data, size);
    if (lua_pcall(here.L, 1, 0, HANDLER) != LUA_OK)
        end("the target raised", lua_tostring(here.L, -1));
}
