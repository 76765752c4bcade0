/*
 * The one table of host options, and how a text becomes the value of one.
 *
 * Private to the reading of options, and to reload, which names those that have changed.
 * Immutable, so any thread may read it; the struct options that is filled in belongs to the
 * caller.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "server/options.h"

/* What lies at the option's offset. */
enum option_storage {
    OPTION_TEXT, /* char *, owned; NULL: not given */
    OPTION_LIST, /* struct option_list: words, divided by commas or spaces; repeating adds */
    OPTION_BOOL,
    OPTION_INT,   /* an int, or an enum */
    OPTION_AMOUNT /* uint64_t, or size_t */
};

struct option {
    const char *name;
    /* Puts the value at `place`, or leaves what is there and says what is wrong with it,
     * without the option's name; of a list it only judges one word. */
    bool (*read)(const char *value, void *place, struct err *err);
    enum option_storage storage;
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

/* Is it the same in both? */
bool option_is_same(const struct option *option, const struct options *a,
                    const struct options *b);
void option_free(const struct option *option, struct options *options);

/* Appends a copy of the text. */
void option_list_add(struct option_list *list, const char *text);
void option_list_done(struct option_list *list);
/* Fills in what was not given, once everything was read. */
bool option_defaults(struct options *options, struct err *err);
