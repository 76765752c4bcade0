/*
 * What was said about each option, and where: for whoever asks a server how it is set up.  A
 * password in a URL is not kept.
 */
#pragma once

#include "base/buf.h"
#include "server/options.h"

struct option;
struct setting_given;

/* Keeps that the option was given so, there; a list grows unless `first`. */
void told_keep(struct options *options, const struct option *option, const char *value,
               const char *origin, bool first);
void told_done(struct options *options);

/* Has anybody said something about the option of that name? */
bool told_about(const struct options *options, const char *name);
/* Appends those that say what an installation is made of, as far as they have a value, in words
 * for a shell: "--site /srv/site --mail 'smtp://…?tls=off'". */
void told_places(const struct options *options, struct buf *out);

/* Appends {"options": [{name, value, origin, default, help, next}], "given": [{name, value,
 * origin}]} as JSON; origin is null where nobody has said anything, and value then the default
 * in words.  `next` is the value that a start would read now (`fresh`; NULL: nobody knows),
 * null where it is the same. */
void told_show(const struct options *options, const struct options *fresh,
               const struct setting_given *given, size_t ngiven, struct buf *out);
