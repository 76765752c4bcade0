/*
 * host.metrics: the process's counters, gauges and histograms; made on first use, shared by
 * every worker and generation.  A generation that loads records nothing; it may describe.
 */
#include "base/metrics.h"
#include "bind/bind.h"

#include <string.h>

enum { LABELS_MAX = 4, VALUE_BYTES = 200, SETS = 100 };

static void check_name(lua_State *L, int index, const char *name)
{
    if (!metric_is_name(name))
        bind_arg_error(L, index, "'%s' is no metric's name: a-z, 0-9 and _", name);
}

/* The name and value on top of the stack; the value becomes a string in place. */
static struct metric_label check_label(lua_State *L, int index)
{
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (!metric_is_name(name))
        bind_arg_error(L, index, "'%s' is no label's name: a-z, 0-9 and _", name);
    int type = lua_type(L, -1);
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
        bind_arg_error(L, index, "label '%s' is a %s; string, number or boolean expected", name,
                       lua_typename(L, type));
    size_t len;
    const char *value = luaL_tolstring(L, -1, &len);
    lua_replace(L, -2);
    if (len > VALUE_BYTES || strlen(value) != len)
        bind_arg_error(L, index, "label '%s' is longer than %d bytes or holds a NUL", name,
                       (int)VALUE_BYTES);
    return (struct metric_label){name, value};
}

/* Leaves the values on the stack: they are borrowed. */
static int check_labels(lua_State *L, int index, struct metric_label *labels)
{
    if (lua_isnoneornil(L, index))
        return 0;
    bind_check_table(L, index);
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) { /* …, earlier values, key, value */
        if (count == LABELS_MAX)
            bind_arg_error(L, index, "more than %d labels", (int)LABELS_MAX);
        labels[count++] = check_label(L, index);
        lua_insert(L, -2); /* the value below the key, which lua_next goes on from */
    }
    return count;
}

static int record(lua_State *L, enum metric_type type, double value, int labels_index)
{
    bind_refuse_loading(L, "host.metrics");
    const char *name = bind_text(L, 1);
    struct metric_label labels[LABELS_MAX];
    int count = check_labels(L, labels_index, labels);
    if (metric_record(type, name, labels, count, value))
        return 0;
    check_name(L, 1, name);
    return bind_arg_error(L, 1, "'%s' is a metric of another type, or a name here is reserved",
                          name);
}

/* metrics.counter(name, labels?, by?) */
static int l_counter(lua_State *L)
{
    double by = lua_isnoneornil(L, 3) ? 1 : bind_number(L, 3);
    if (by < 0)
        bind_arg_error(L, 3, "a counter never falls");
    return record(L, METRIC_COUNTER, by, 2);
}

/* metrics.gauge(name, value, labels?) */
static int l_gauge(lua_State *L)
{
    return record(L, METRIC_GAUGE, bind_number(L, 2), 3);
}

/* metrics.histogram(name, seconds, labels?) */
static int l_histogram(lua_State *L)
{
    return record(L, METRIC_HISTOGRAM, bind_number(L, 2), 3);
}

static const char *const types[] = {"counter", "gauge", "histogram", NULL};

/* The list of sets of labels at the index: each has a series. */
static void begin(lua_State *L, enum metric_type type, const char *name, int index)
{
    struct metric_label labels[LABELS_MAX];
    lua_Integer sets = (lua_Integer)lua_rawlen(L, index);
    if (sets > SETS)
        bind_arg_error(L, index, "more than %d sets of labels", (int)SETS);
    for (lua_Integer i = 1; i <= sets; i++) {
        int top = lua_gettop(L);
        lua_rawgeti(L, index, i);
        int count = check_labels(L, top + 1, labels);
        if (!metric_begin(type, name, labels, count))
            bind_arg_error(L, index, "a label of set %d is reserved", (int)i);
        lua_settop(L, top);
    }
}

/* metrics.describe(name, type, help, sets?) */
static int l_describe(lua_State *L)
{
    const char *name = bind_text(L, 1);
    check_name(L, 1, name);
    enum metric_type type = (enum metric_type)luaL_checkoption(L, 2, NULL, types);
    const char *help = bind_text(L, 3);
    if (!metric_describe(type, name, help))
        bind_arg_error(L, 1, "'%s' is a metric of another type, or reserved", name);
    if (lua_isnoneornil(L, 4)) {
        if (!metric_begin(type, name, NULL, 0))
            bind_arg_error(L, 1, "'%s' is a metric of another type, or reserved", name);
        return 0;
    }
    bind_check_table(L, 4);
    begin(L, type, name, 4);
    return 0;
}

/* metrics.render() -> text */
static int l_render(lua_State *L)
{
    struct buf *out = bind_buffer(L);
    metrics_render(out);
    return bind_push_buffer(L, out);
}

static const struct binding metrics_list[] = {
    {"counter", l_counter, 1, 3, ""},     {"gauge", l_gauge, 2, 3, ""},
    {"histogram", l_histogram, 2, 3, ""}, {"describe", l_describe, 3, 4, ""},
    {"render", l_render, 0, 0, "string"}, {NULL, NULL, 0, 0, NULL}};

int bind_metrics_open(lua_State *L)
{
    bind_module(L, "host.metrics", metrics_list);
    return 1;
}
