/* See told.h. */
#include "server/told.h"

#include "base/mem.h"
#include "base/str.h"
#include "bind/state.h"
#include "server/option_table.h"

#include <stdlib.h>
#include <string.h>

struct option_told {
    char *value, *origin; /* NULL: by nobody */
};

/* "scheme://user:…@host"; a copy.  What no URL may have is not known to be one yet: up to the
 * last '@' of all, it may be of a password. */
static char *without_password(const char *value)
{
    const char *user = strstr(value, "://");
    const char *at = user ? strrchr(user + 3, '@') : NULL;
    const char *colon = at ? memchr(user + 3, ':', (size_t)(at - user - 3)) : NULL;
    if (!colon)
        return mem_text(value);
    return mem_format("%.*s:…%s", (int)(colon - value), value, at);
}

void told_keep(struct options *options, const struct option *option, const char *value,
               const char *origin, bool first)
{
    if (!options->told)
        options->told = mem_new(option_count, sizeof *options->told);
    struct option_told *told = &options->told[option - option_table];
    CLEANUP(mem_freep) char *before = TAKE(told->value);
    CLEANUP(mem_freep) char *safe = without_password(value);
    bool grows = before && !first && option->storage == OPTION_LIST;
    told->value = grows ? mem_format("%s, %s", before, safe) : mem_text(safe);
    free(told->origin);
    told->origin = mem_text(origin);
}

void told_done(struct options *options)
{
    for (size_t i = 0; options->told && i < option_count; i++) {
        free(options->told[i].value);
        free(options->told[i].origin);
    }
    free(TAKE(options->told));
}

bool told_about(const struct options *options, const char *name)
{
    return options->told &&
           options->told[option_find(name, strlen(name)) - option_table].origin;
}

void told_places(const struct options *options, struct buf *out)
{
    const struct {
        const char *name, *value;
    } places[] = {{"app", options->app},
                  {"site", options->site},
                  {"config", options->config},
                  {"database", options->database},
                  {"secret-file", options->secret_file},
                  {"mail", options->mail},
                  {"public-url", options->public_url}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        CLEANUP(mem_freep)
        char *safe = without_password(places[i].value ? places[i].value : "");
        if (!*safe)
            continue;
        buf_addf(out, "%s--%s ", out->len ? " " : "", places[i].name);
        str_shell(slice_of(safe), out);
    }
}

static void add_member(struct buf *out, const char *name, const char *text, char before)
{
    buf_addf(out, "%c\"%s\":", before, name);
    if (text)
        str_json(slice_of(text), out);
    else
        buf_adds(out, "null");
}

/* What it is, the default in words where nobody has said it. */
static const char *value_of(const struct options *options, size_t i)
{
    bool given = options->told && options->told[i].origin;
    return given ? options->told[i].value : option_table[i].fallback;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void show_option(const struct options *options, const struct options *fresh, size_t i,
                        struct buf *out)
{
    const struct option *option = &option_table[i];
    const char *value = value_of(options, i), *next = fresh ? value_of(fresh, i) : value;
    add_member(out, "name", option->name, '{');
    add_member(out, "value", value, ',');
    add_member(out, "origin", options->told ? options->told[i].origin : NULL, ',');
    add_member(out, "default", option->fallback, ',');
    add_member(out, "help", option->help, ',');
    add_member(out, "next", is_same(value, next) ? NULL : next ? next : "", ',');
    buf_addc(out, '}');
}

void told_show(const struct options *options, const struct options *fresh,
               const struct setting_given *given, size_t ngiven, struct buf *out)
{
    buf_adds(out, "{\"options\":[");
    for (size_t i = 0; i < option_count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        show_option(options, fresh, i, out);
    }
    buf_adds(out, "],\"given\":[");
    for (size_t i = 0; i < ngiven; i++) {
        CLEANUP(mem_freep) char *safe = without_password(given[i].value);
        if (i > 0)
            buf_addc(out, ',');
        add_member(out, "name", given[i].name, '{');
        add_member(out, "value", safe, ',');
        add_member(out, "origin", given[i].origin, ',');
        buf_addc(out, '}');
    }
    buf_adds(out, "]}");
}
