/*
 * Options from their four sources into one struct.
 *
 *     command line ─┐
 *     environment ──┼→ a list of what was given, weakest first ─→ struct options ─→ defaults
 *     file ─────────┘
 *
 * The command line is read first because it may name the file, but applied last because it
 * wins.  Everything given is checked, also what a stronger source then overrides.
 */
#include "server/options.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/preface.h"
#include "net/fetch.h"
#include "server/option_file.h"
#include "server/option_readers.h"
#include "server/option_table.h"
#include "server/told.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char env_prefix[] = "TIMECAPSULE_";

/* One thing that was said, by whom, in words of its source. */
struct given {
    enum option_source source;
    const struct option *option; /* NULL: a setting of the application */
    char *name, *value;
    char *origin; /* "--listen", "TIMECAPSULE_LISTEN", "FILE:LINE" */
};

struct reading {
    struct given *items;
    size_t count;
    struct options *options;
    struct err *err;
};

static void give(struct reading *reading, enum option_source source,
                 const struct option *option, const char *name, const char *value, char *origin)
{
    reading->items = mem_resize(reading->items, reading->count + 1, sizeof *reading->items);
    reading->items[reading->count++] =
        (struct given){source, option, mem_text(name), mem_text(value), origin};
}

static void reading_done(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        free(reading->items[i].name);
        free(reading->items[i].value);
        free(reading->items[i].origin);
    }
    free(reading->items);
}

/* Options are written with '-' between words, settings with '_'. */
static const struct option *option_of_variable(const char *name)
{
    CLEANUP(mem_freep) char *dashed = mem_text(name);
    for (char *c = dashed; *c; c++)
        *c = *c == '_' ? '-' : *c;
    return option_find(dashed, strlen(dashed));
}

/* --- the command line ------------------------------------------------------------------ */

bool options_are_known(const struct options *options, struct err *err)
{
    const char *name = options->stranger;
    const struct option *near = name ? option_nearest(slice_of(name)) : NULL;
    if (!name)
        return true;
    if (near)
        return err_set(err, ERR_INPUT, "there is no option --%s; did you mean --%s?", name,
                       near->name);
    return err_set(err, ERR_INPUT,
                   "there is no option --%s; `timecapsule --help` lists all of them, and a "
                   "setting of the application is given by --set NAME=VALUE",
                   name);
}

/* Kept among the words, in its place, for a command that has options of its own. */
static void keep_stranger(struct options *options, const char *word, size_t len)
{
    option_list_add(&options->args, word);
    if (!options->stranger)
        options->stranger = mem_copy(word + 2, len);
}

static bool read_set(struct reading *reading, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return err_set(reading->err, ERR_INPUT, "--set: '%s' is not NAME=VALUE", text);
    size_t len = (size_t)(equals - text);
    CLEANUP(mem_freep) char *name = mem_copy(text, len);
    const struct option *option = option_of_variable(name);
    if (option)
        return err_set(reading->err, ERR_INPUT,
                       "--set: '%s' is an option of the host; give --%s", name, option->name);
    give(reading, FROM_LINE, NULL, name, equals + 1, mem_text("--set"));
    return true;
}

/* Reads the option at argv[*at] and its value, which may be the next word. */
static bool read_option(struct reading *reading, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    bool set = len == 3 && memcmp(name, "set", len) == 0;
    const struct option *option = set ? NULL : option_find(name, len);

    if (!set && !option) {
        keep_stranger(reading->options, argv[*at], len);
        return true;
    }
    if (!value && option && option_is_flag(option))
        value = "on";
    if (!value) {
        value = argv[*at + 1];
        if (!value)
            return err_set(reading->err, ERR_INPUT, "--%.*s needs a value: %s", (int)len, name,
                           option ? option->word : "NAME=VALUE");
        ++*at;
    }
    if (set)
        return read_set(reading, value);
    give(reading, FROM_LINE, option, option->name, value, mem_format("--%s", option->name));
    if (strcmp(option->name, "reminders") == 0)
        reading->options->reminders_told = strcmp(value, "on") == 0;
    if (strcmp(option->name, "database") == 0)
        reading->options->database_told = true;
    return true;
}

static void read_word(struct options *options, const char *word)
{
    if (options->command)
        option_list_add(&options->args, word);
    else
        options->command = mem_text(word);
}

static bool read_line(struct reading *reading, int argc, char **argv)
{
    struct options *options = reading->options;
    bool words_only = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (words_only || arg[0] != '-' || !arg[1])
            read_word(options, arg);
        else if (strcmp(arg, "--") == 0)
            words_only = true;
        else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
            options->help = true;
        else if (strcmp(arg, "--version") == 0 && !options->command)
            options->command = mem_text("version");
        else if (arg[1] != '-')
            return err_set(reading->err, ERR_INPUT,
                           "there is no option %s; all but -h are written out: "
                           "`timecapsule --help`",
                           arg);
        else if (!read_option(reading, argv, &i))
            return false;
    }
    return true;
}

/* --- the environment ------------------------------------------------------------------- */

/* Names that are no settings: passwords must not reach a message about an unknown one. */
static const char *const password_names[] = {"mail_password", "database_password"};

enum { PASSWORDS = sizeof password_names / sizeof *password_names };

static bool read_password(struct options *options, const char *name, const char *value)
{
    char **passwords[PASSWORDS] = {&options->mail_password, &options->database_password};
    for (size_t i = 0; i < PASSWORDS; i++) {
        if (strcmp(name, password_names[i]) != 0)
            continue;
        free(*passwords[i]);
        *passwords[i] = mem_text(value);
        return true;
    }
    return false;
}

/* The option whose value stands in a file, as engines hand secrets over: "database_file" is of
 * --database.  NULL where the name is an option's own, or none's. */
static const struct option *option_of_file(const char *name)
{
    size_t len = strlen(name);
    if (len < 6 || strcmp(name + len - 5, "_file") != 0 || option_of_variable(name))
        return NULL;
    CLEANUP(mem_freep) char *stem = mem_copy(name, len - 5);
    return option_of_variable(stem);
}

static bool read_value_file(struct reading *reading, const struct option *option,
                            const char *name, struct given *named)
{
    CLEANUP(buf_done) struct buf text = {0};
    bool good = option_file_read(named->value, named->origin, &text, reading->err);
    if (good)
        give(reading, FROM_ENVIRONMENT, option, name, text.len ? option_trimmed(text.data) : "",
             TAKE(named->origin));
    free(named->origin);
    return good;
}

static bool read_variable(struct reading *reading, const char *variable)
{
    size_t skip = sizeof env_prefix - 1;
    const char *equals = strchr(variable, '=');
    if (strncmp(variable, env_prefix, skip) != 0 || !equals || !equals[1])
        return true; /* an empty one counts as not given, as in compose files */

    char *origin = mem_copy(variable, (size_t)(equals - variable));
    CLEANUP(mem_freep) char *name = mem_text(origin + skip);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (read_password(reading->options, name, equals + 1)) {
        free(origin);
        return true;
    }
    const struct option *filed = option_of_file(name);
    struct given named = {.value = (char *)(uintptr_t)(equals + 1), .origin = origin};
    if (filed)
        return read_value_file(reading, filed, name, &named);
    give(reading, FROM_ENVIRONMENT, option_of_variable(name), name, equals + 1, origin);
    return true;
}

/* --- the file -------------------------------------------------------------------------- */

static bool read_file_line(struct reading *reading, const char *path, int number, char *line)
{
    char *name = option_trimmed(line);
    if (!*name || *name == '#')
        return true;
    char *equals = strchr(name, '=');
    if (!equals)
        return err_set(reading->err, ERR_INPUT,
                       "%s:%d: a line has to be `name = value`, or begin with #", path, number);
    *equals = '\0';
    name = option_trimmed(name);
    const char *value = option_trimmed(equals + 1);
    const struct option *option = option_find(name, strlen(name));
    if (!*name || strcmp(name, "config") == 0)
        return err_set(reading->err, ERR_INPUT, "%s:%d: '%s' cannot be set in the file", path,
                       number, name);
    const struct option *meant = option ? NULL : option_of_variable(name);
    if (meant)
        return err_set(reading->err, ERR_INPUT,
                       "%s:%d: '%s' is written %s, as every option of the host", path, number,
                       name, meant->name);
    give(reading, FROM_FILE, option, name, value, mem_format("%s:%d", path, number));
    return true;
}

static bool read_file(struct reading *reading, const struct given *named)
{
    CLEANUP(buf_done) struct buf text = {NULL, 0, 0};
    CLEANUP(mem_freep) char *path = mem_text(named->value); /* reading makes the list grow */
    if (!option_file_read(named->value, named->origin, &text, reading->err))
        return false;

    int number = 0;
    size_t skip = preface_skip(text.data, text.len);
    for (char *line = text.data ? text.data + skip : NULL; line;) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!read_file_line(reading, path, ++number, line))
            return false;
        line = next;
    }
    return true;
}

/* Who named the file: the command line, or else the environment; NULL for nobody. */
static const struct given *file_given(const struct reading *reading)
{
    const struct given *best = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        const struct given *given = &reading->items[i];
        if (given->option && strcmp(given->option->name, "config") == 0 &&
            (!best || given->source >= best->source))
            best = given;
    }
    return best;
}

/* --- applying -------------------------------------------------------------------------- */

static void tell_twice(struct options *options, const char *origin, const char *name)
{
    CLEANUP(mem_freep)
    char *text = mem_format("%s: '%s' is given twice; the last one counts", origin, name);
    option_list_add(&options->warnings, text);
}

static struct option_setting *find_setting(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->nsettings; i++)
        if (strcmp(options->settings[i].name, name) == 0)
            return &options->settings[i];
    return NULL;
}

static void setting_done(struct option_setting *setting)
{
    free(setting->name);
    free(setting->value);
    free(setting->origin);
}

static const char *near_option(struct slice name, enum option_source source)
{
    struct nearest nearest = nearest_to(name);
    const struct option *option = option_nearest(name);
    nearest_offer(&nearest, option ? option->name : NULL);
    if (source == FROM_ENVIRONMENT)
        for (size_t i = 0; i < PASSWORDS; i++)
            nearest_offer(&nearest, password_names[i]);
    return nearest.word;
}

/* One setting per name: the last one given is the strongest. */
static void keep_setting(struct options *options, const struct given *given)
{
    struct option_setting *setting = find_setting(options, given->name);
    if (setting && setting->source == given->source)
        tell_twice(options, given->origin, given->name);
    if (setting) {
        setting_done(setting);
    } else {
        options->settings =
            mem_resize(options->settings, options->nsettings + 1, sizeof *options->settings);
        setting = &options->settings[options->nsettings++];
    }
    *setting =
        (struct option_setting){.name = mem_text(given->name),
                                .value = mem_text(given->value),
                                .source = given->source,
                                .origin = mem_text(given->origin),
                                .near = near_option(slice_of(given->name), given->source)};
}

static bool is_in_place(const struct reading *reading, const struct given *given)
{
    const char *command = reading->options->command;
    bool doctor = command && strcmp(command, "doctor") == 0;
    if (given->option->read != option_read_reader || (given->source == FROM_LINE && doctor))
        return true;
    return err_set(reading->err, ERR_INPUT,
                   "%s: this is for `timecapsule doctor --%s %s` alone", given->origin,
                   given->option->name, given->option->word);
}

static bool apply_option(struct reading *reading, const struct given *given,
                         enum option_source *set_by)
{
    const struct option *option = given->option;
    bool in_file = given->source == FROM_FILE, again = *set_by == given->source;
    if (!is_in_place(reading, given))
        return false;
    if (!*given->value && option->storage != OPTION_LIST)
        return err_set(reading->err, ERR_INPUT, "%s: the value of %s is empty; give %s",
                       given->origin, option->name, option->word);
    if (again && option->storage != OPTION_LIST)
        tell_twice(reading->options, given->origin, option->name);
    if (!option_set(option, reading->options, given->value, !again, reading->err))
        return err_prefix(reading->err, "%s%s%s", given->origin, in_file ? ": " : "",
                          in_file ? option->name : "");
    told_keep(reading->options, option, given->value, given->origin, !again);
    *set_by = given->source;
    return true;
}

static bool apply(struct reading *reading, enum option_source source,
                  enum option_source *set_by)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct given *given = &reading->items[i];
        if (given->source != source)
            continue;
        if (!given->option)
            keep_setting(reading->options, given);
        else if (!apply_option(reading, given, &set_by[given->option - option_table]))
            return false;
    }
    return true;
}

static bool read_all(struct reading *reading, int argc, char **argv, char **env)
{
    enum option_source set_by[64] = {FROM_NOTHING};
    if (!read_line(reading, argc, argv))
        return false;
    for (; env && *env; env++)
        if (!read_variable(reading, *env))
            return false;
    const struct given *named = file_given(reading);
    if (named && !read_file(reading, named))
        return false;
    for (enum option_source source = FROM_FILE; source < OPTION_SOURCES; source++) {
        if (!apply(reading, source, set_by))
            return false;
    }
    return option_defaults(reading->options, reading->err);
}

bool options_read(int argc, char **argv, char **env, struct options *ret_options,
                  struct err *err)
{
    struct options options = {.client_connections = LIMIT_CLIENT_CONNECTIONS,
                              .wait_database = LIMIT_WAIT_DATABASE_S,
                              .limit_body = LIMIT_BODY,
                              .limit_buffered = LIMIT_BUFFERED,
                              .limit_fields = LIMIT_FORM_FIELDS,
                              .limit_answer = LIMIT_ANSWER_S * NS_PER_S,
                              .rate_limits = true,
                              .reminders = true,
                              .log_level = LOG_INFO,
                              .limits = SCRIPT_LIMITS};
    struct reading reading = {NULL, 0, &options, err};
    bool ok = read_all(&reading, argc, argv, env);
    reading_done(&reading);
    if (!ok) {
        options_done(&options);
        return false;
    }
    *ret_options = options;
    return true;
}

struct fetch_settings options_fetches(const struct options *options)
{
    return (struct fetch_settings){.allow = options->fetch_allow.items,
                                   .nallow = options->fetch_allow.count,
                                   .ca = options->fetch_ca};
}

void options_done(struct options *options)
{
    if (!options)
        return;
    for (size_t i = 0; i < option_count; i++)
        option_free(&option_table[i], options);
    told_done(options);
    free(options->command);
    free(options->stranger);
    free(options->database_password);
    free(options->mail_password);
    option_list_done(&options->args);
    option_list_done(&options->warnings);
    for (size_t i = 0; i < options->nsettings; i++)
        setting_done(&options->settings[i]);
    free(options->settings);
    *options = (struct options){0};
}

void options_help(struct buf *out)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        CLEANUP(mem_freep)
        char *usage = option_is_flag(option)
                          ? mem_format("--%s", option->name)
                          : mem_format("--%s %s", option->name, option->word);
        buf_addf(out, "  %-32s %s\n  %-32s default: %s\n", usage, option->help, "",
                 option->fallback);
    }
}
