/*
 * The command line, the environment and the configuration file, in one table.
 *
 * `timecapsule COMMAND [--option value]… [argument]…`.  Every host option is also
 * TIMECAPSULE_NAME in the environment (upper case, '_' for '-'), or TIMECAPSULE_NAME_FILE, the
 * path of a file with the value, and `name = value` in the file
 * (--config); the command line wins over the environment, the environment over the file, the
 * file over the default.  `--set NAME=VALUE`, TIMECAPSULE_NAME and file lines that are no host
 * option are settings of the application: kept as text, one per name, judged by
 * generation/settings.  Lists may be repeated or divided by commas; `--` ends the options.
 */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "vm/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct fetch_settings;

struct option_list {
    char **items;
    size_t count;
};

/* Where something was said; a later one is stronger. */
enum option_source { FROM_NOTHING, FROM_FILE, FROM_ENVIRONMENT, FROM_LINE, OPTION_SOURCES };

struct option_setting {
    char *name;  /* from the environment in lower case: TIMECAPSULE_KEY_LENGTH, key_length */
    char *value; /* the text as given */
    enum option_source source;
    char *origin;     /* "--set", "TIMECAPSULE_KEY_LENGTH", "FILE:LINE", for messages */
    const char *near; /* a host option of a similar name, static; or NULL */
};

struct options {
    char *command;           /* "serve"; NULL when none was given */
    struct option_list args; /* what follows the command and is no option of the host */
    char *stranger;          /* the first of those that is an option all the same, or NULL */
    struct option_list warnings; /* to be told once the log is set up */
    bool help;

    char *app, *site, *data, *config;
    int workers; /* 0: one per core */
    bool watch, strict, migrate, core_dumps, still;
    char *user;                    /* NULL: whoever starts it */
    struct option_list listen;     /* default {"127.0.0.1:8080"} */
    char *admin_listen;            /* default "127.0.0.1:8081"; "off" for none */
    char *public_url;              /* NULL: unset; without a slash at its end */
    char *metrics_token_file;      /* NULL: none */
    struct option_list admin_host; /* names beside addresses and localhost */
    struct option_list trusted_proxy;
    char *client_header; /* NULL: X-Forwarded-For and Forwarded */
    size_t limit_body, limit_buffered;
    int limit_fields;
    uint64_t limit_answer;  /* nanoseconds */
    int client_connections; /* 0: any number */
    bool rate_limits;
    char *database;    /* default sqlite: in the data folder, made absolute */
    int wait_database; /* seconds that `serve` waits for one that is away; 0: not at all */
    char *database_password_file;
    char *database_password;                     /* of the environment; NULL: not given */
    char *secret_file;                           /* default DATA/secret */
    char *time_zone;                             /* default the system's */
    char *mail, *mail_password_file, *mail_from; /* mail NULL: files in the data folder */
    char *mail_password;                         /* of the environment; NULL: not given */
    char *mail_to;                               /* doctor's */
    struct option_list fetch_allow;
    char *fetch_ca;                 /* NULL: none */
    bool reminders, reminders_told; /* told: `--reminders on` stands on the line itself */
    bool database_told;             /* --database does */
    struct script_limits limits;
    enum log_level log_level;
    char *access_log; /* a level, a path or "off"; NULL: not given */
    enum log_format log_format;

    struct option_told *told;        /* what was said of each option, where; see told.h */
    struct option_setting *settings; /* of the application */
    size_t nsettings;
};

/* Reads everything; on failure the message names the option, what was given and what is
 * allowed.  program is argv[0]'s real path (/proc/self/exe): --app defaults to the source tree
 * beside it, or to PREFIX/share/timecapsule when installed. */
bool options_read(int argc, char **argv, char **env, struct options *ret_options,
                  struct err *err);
void options_done(struct options *options);
/* Is every option of the line the host's?  A command of the application has its own.  ERR_INPUT
 * tells which is not, and the nearest. */
bool options_are_known(const struct options *options, struct err *err);

/* What scripts may fetch; borrowed from the options. */
struct fetch_settings options_fetches(const struct options *options);

/* Appends the table of host options with their defaults, as `--help` prints it. */
struct buf;
void options_help(struct buf *out);
