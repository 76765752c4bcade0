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
#include "server/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 256 * 1024 };
static const char env_prefix[] = "TIMECAPSULE_";

enum source { FROM_NOTHING, FROM_FILE, FROM_ENVIRONMENT, FROM_LINE, SOURCES };

/* One thing that was said, by whom, in words of its source. */
struct given {
    enum source source;
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

static void give(struct reading *reading, enum source source, const struct option *option,
                 const char *name, const char *value, char *origin)
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

/* --- the command line ------------------------------------------------------------------ */

static bool unknown_option(const char *name, size_t len, struct err *err)
{
    const struct option *near = option_nearest(name, len);
    if (near)
        return err_set(err, ERR_INPUT, "there is no option --%.*s; did you mean --%s?",
                       (int)len, name, near->name);
    return err_set(err, ERR_INPUT,
                   "there is no option --%.*s; `timecapsule --help` lists all of them, and a "
                   "setting of the application is given by --set NAME=VALUE",
                   (int)len, name);
}

static bool read_set(struct reading *reading, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return err_set(reading->err, ERR_INPUT, "--set: '%s' is not NAME=VALUE", text);
    size_t len = (size_t)(equals - text);
    if (option_find(text, len))
        return err_set(reading->err, ERR_INPUT,
                       "--set: '%.*s' is an option of the host; give --%.*s", (int)len, text,
                       (int)len, text);
    CLEANUP(mem_freep) char *name = mem_copy(text, len);
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

    if (!set && !option)
        return unknown_option(name, len, reading->err);
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
    if (!option_take_reader(option, value, reading->options))
        give(reading, FROM_LINE, option, option->name, value, mem_format("--%s", option->name));
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
static bool read_password(struct options *options, const char *name, const char *value)
{
    char **password = strcmp(name, "mail_password") == 0       ? &options->mail_password
                      : strcmp(name, "database_password") == 0 ? &options->database_password
                                                               : NULL;
    if (!password)
        return false;
    free(*password);
    *password = mem_text(value);
    return true;
}

/* Options are written with '-' between words, settings with '_'. */
static const struct option *option_of_variable(const char *name)
{
    CLEANUP(mem_freep) char *dashed = mem_text(name);
    for (char *c = dashed; *c; c++)
        *c = *c == '_' ? '-' : *c;
    return option_find(dashed, strlen(dashed));
}

static void read_variable(struct reading *reading, const char *variable)
{
    size_t skip = sizeof env_prefix - 1;
    const char *equals = strchr(variable, '=');
    if (strncmp(variable, env_prefix, skip) != 0 || !equals || !equals[1])
        return; /* an empty one counts as not given, as in compose files */

    char *origin = mem_copy(variable, (size_t)(equals - variable));
    CLEANUP(mem_freep) char *name = mem_text(origin + skip);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (read_password(reading->options, name, equals + 1)) {
        free(origin);
        return;
    }
    give(reading, FROM_ENVIRONMENT, option_of_variable(name), name, equals + 1, origin);
}

/* --- the file -------------------------------------------------------------------------- */

static bool read_whole(const char *path, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "--config: cannot open '%s': %s", path, strerror(errno));
    ssize_t got = 0;
    char part[4096];
    while (out->len <= MAX_FILE && (got = read(fd, part, sizeof part)) > 0)
        buf_add(out, part, (size_t)got);
    int why = errno;
    close(fd);
    if (got < 0)
        return err_set(err, ERR_IO, "--config: cannot read '%s': %s", path, strerror(why));
    if (out->len > MAX_FILE)
        return err_set(err, ERR_LIMIT, "--config: '%s' is larger than %d bytes", path,
                       MAX_FILE);
    return true;
}

/* Without the white space at both ends; shortens the text in place. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]))
        text[--len] = '\0';
    return text;
}

static bool read_file_line(struct reading *reading, const char *path, int number, char *line)
{
    char *name = trimmed(line);
    if (!*name || *name == '#')
        return true;
    char *equals = strchr(name, '=');
    if (!equals)
        return err_set(reading->err, ERR_INPUT,
                       "%s:%d: a line has to be `name = value`, or begin with #", path, number);
    *equals = '\0';
    name = trimmed(name);
    const char *value = trimmed(equals + 1);
    const struct option *option = option_find(name, strlen(name));
    if (!*name || strcmp(name, "config") == 0)
        return err_set(reading->err, ERR_INPUT, "%s:%d: '%s' cannot be set in the file", path,
                       number, name);
    give(reading, FROM_FILE, option, name, value, mem_format("%s:%d", path, number));
    return true;
}

static bool read_file(struct reading *reading, const char *path)
{
    CLEANUP(buf_done) struct buf text = {NULL, 0, 0};
    if (!read_whole(path, &text, reading->err))
        return false;
    if (text.len > 0 && memchr(text.data, '\0', text.len))
        return err_set(reading->err, ERR_INPUT, "--config: '%s' is not text", path);

    int number = 0;
    for (char *line = text.data; line;) {
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

/* One setting per name: the last one given is the strongest. */
static void keep_setting(struct options *options, const struct given *given)
{
    struct option_setting *setting = NULL;
    for (size_t i = 0; i < options->nsettings && !setting; i++) {
        if (strcmp(options->settings[i].name, given->name) == 0)
            setting = &options->settings[i];
    }
    if (!setting) {
        options->settings =
            mem_resize(options->settings, options->nsettings + 1, sizeof *options->settings);
        setting = &options->settings[options->nsettings++];
    } else {
        free(setting->name);
        free(setting->value);
        free(setting->origin);
    }
    setting->name = mem_text(given->name);
    setting->value = mem_text(given->value);
    setting->origin =
        given->source == FROM_ENVIRONMENT ? mem_text("environment") : mem_text(given->origin);
}

static bool apply(struct reading *reading, enum source source, enum source *set_by)
{
    for (size_t i = 0; i < reading->count; i++) {
        struct given *given = &reading->items[i];
        const struct option *option = given->option;
        if (given->source != source)
            continue;
        if (!option) {
            keep_setting(reading->options, given);
            continue;
        }
        size_t index = (size_t)(option - option_table);
        if (!*given->value && option->kind != OPTION_LIST)
            return err_set(reading->err, ERR_INPUT, "%s: the value of %s is empty; give %s",
                           given->origin, option->name, option->word);
        if (!option_set(option, reading->options, given->value, set_by[index] != source,
                        reading->err))
            return err_prefix(reading->err, "%s%s%s", given->origin,
                              source == FROM_FILE ? ": " : "",
                              source == FROM_FILE ? option->name : "");
        set_by[index] = source;
    }
    return true;
}

static bool read_all(struct reading *reading, int argc, char **argv, char **env)
{
    enum source set_by[64] = {FROM_NOTHING};
    if (!read_line(reading, argc, argv))
        return false;
    for (; env && *env; env++)
        read_variable(reading, *env);
    const struct given *named = file_given(reading);
    if (named) { /* a copy: reading the file makes the list grow */
        CLEANUP(mem_freep) char *file = mem_text(named->value);
        if (!read_file(reading, file))
            return false;
    }
    for (enum source source = FROM_FILE; source < SOURCES; source++) {
        if (!apply(reading, source, set_by))
            return false;
    }
    return option_defaults(reading->options, reading->err);
}

bool options_read(int argc, char **argv, char **env, struct options *ret_options,
                  struct err *err)
{
    struct options options = {.client_connections = LIMIT_CLIENT_CONNECTIONS,
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

void options_done(struct options *options)
{
    if (!options)
        return;
    char *texts[] = {options->command,
                     options->app,
                     options->site,
                     options->data,
                     options->config,
                     options->admin_listen,
                     options->public_url,
                     options->database,
                     options->database_password_file,
                     options->database_password,
                     options->secret_file,
                     options->time_zone,
                     options->mail,
                     options->mail_password_file,
                     options->mail_from,
                     options->mail_password};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    option_list_done(&options->args);
    option_list_done(&options->listen);
    option_list_done(&options->trusted_proxy);
    for (size_t i = 0; i < options->nsettings; i++) {
        free(options->settings[i].name);
        free(options->settings[i].value);
        free(options->settings[i].origin);
    }
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
