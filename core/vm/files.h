/*
 * The files of an application as scripts find them: a list in memory, sorted by path, immutable
 * while a state uses it.
 */
#pragma once

#include "base/buf.h"
#include "base/crypto.h"

#include <stdbool.h>
#include <stddef.h>

struct vm_file {
    char *path;    /* "scripts/web/router.lua": its name in the application */
    char *origin;  /* where it was read, for messages: path, or SITE/path */
    bool replaces; /* a site's, instead of the application's own of that path */
    struct slice bytes;
    unsigned char hash[CRYPTO_HASH]; /* of the bytes, in a snapshot that is sealed */
};

struct vm_files {
    size_t count;
    struct vm_file *items; /* sorted by path */
};

/* NULL where there is none. */
const struct vm_file *files_find(const struct vm_files *files, const char *path);
/* Index of the first file whose path begins with the prefix; those that follow may too. */
size_t files_from(const struct vm_files *files, const char *prefix);
