/*
 * What lies in an application's folders, by looking only: names, sizes and times.  A snapshot
 * looks twice, before and after reading, and two looks that differ mean that somebody was
 * writing.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TREE_ROOTS = 4 };
extern const char *const tree_roots[TREE_ROOTS]; /* the folders that are looked into */

/* Is it no file of the application: hidden, or an editor's copy? */
bool tree_leaves_out(const char *name);

struct tree_entry {
    char *path;    /* below the folder: "scripts/main.lua" */
    char *origin;  /* for messages: path, or SITE/path */
    char *full;    /* to be opened */
    bool replaces; /* of a site, and the application has a file of that path too */
    struct stat st;
};

struct tree {
    size_t count, cap;
    struct tree_entry *entries; /* sorted by path, each path once */
    int64_t newest;             /* when a file or folder was last changed, in nanoseconds of
                                   the wall clock; times still to come do not count */
    char *newest_path;          /* which; NULL for none */
};

/* site may be NULL; its entries replace those of the same path.  Its migrations replace
 * nothing: they are numbered by themselves, as "site/sql/migrations/NNNN_what.sql".  ERR_STATE
 * when something was taken away while it was looked at. */
bool tree_look(const char *folder, const char *site, struct tree *ret_tree, struct err *err);
void tree_done(struct tree *tree);
bool tree_equal(const struct tree *a, const struct tree *b);
/* Whether two looks at a file have seen the same bytes. */
bool tree_same_file(const struct stat *a, const struct stat *b);
