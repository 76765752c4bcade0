/*
 * The one table of host options, and how a text becomes the value of one.
 *
 * Private to server/options.c and the help text.  Immutable, so any thread may read it; the
 * struct options that is filled in belongs to the caller.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "server/options.h"

enum option_kind {
    OPTION_TEXT,
    OPTION_PATH,    /* made absolute */
    OPTION_LIST,    /* words, divided by commas or spaces; repeating adds */
    OPTION_ADDRESS, /* host:port, [address]:port, :port, unix:/path; or "off" */
    OPTION_WORKERS,
    OPTION_CONNECTIONS,
    OPTION_FLAG,   /* given alone means on */
    OPTION_SWITCH, /* on or off has to be said */
    OPTION_URL,    /* http:// or https://, without its last slash */
    OPTION_DATABASE,
    OPTION_ZONE,
    OPTION_MAIL,
    OPTION_MAILBOX,  /* one address, perhaps behind a name */
    OPTION_READER,   /* an address alone; of `doctor` alone, on its command line */
    OPTION_DURATION, /* 250ms, 10s */
    OPTION_SIZE,     /* 512KiB, 16MiB */
    OPTION_LEVEL,
    OPTION_FORMAT
};

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;        /* of the value in struct options */
    const char *word;     /* what stands for the value in the help text */
    const char *fallback; /* the default as the help text says it */
    const char *help;     /* one line */
};

extern const struct option option_table[];
extern const size_t option_count;

/* By its name of len bytes; NULL when there is none. */
const struct option *option_find(const char *name, size_t len);

/* The option whose name is closest to a misspelt one; NULL when none is near. */
const struct option *option_nearest(struct slice name);

/* May the option stand without a value on the command line? */
bool option_is_flag(const struct option *option);

/* Puts a value in.  `first` empties a list before; the message says what was given and what is
 * allowed, without the option's name. */
bool option_set(const struct option *option, struct options *options, const char *value,
                bool first, struct err *err);

/* Appends a copy of the text. */
void option_list_add(struct option_list *list, const char *text);
void option_list_done(struct option_list *list);
/* An absolute path: the working folder is put before a relative one. */
char *option_path(const char *path);

/* Fills in what was not given, once everything was read. */
bool option_defaults(struct options *options, struct err *err);
