/* See tree.h. */
#include "generation/tree.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const tree_roots[TREE_ROOTS] = {"scripts", "templates", "static", "sql"};

enum { WHIM_NS = 1000000000 }; /* a look takes less than that */

struct looking {
    const char *folder;
    const char *site; /* NULL while looking at the application's own folder */
    struct tree *tree;
    int64_t latest; /* what is later than that is a time to come: somebody's whim */
};

static int64_t nanoseconds(const struct timespec *at)
{
    return (int64_t)at->tv_sec * 1000000000 + at->tv_nsec;
}

/* A folder's time tells that something was taken away, and no writer can set the time of the
 * change itself (ctime): a copy that keeps the times of its files is seen too. */
static void note_time(const struct looking *looking, const char *path, const struct stat *st)
{
    struct tree *tree = looking->tree;
    int64_t written = nanoseconds(&st->st_mtim), changed = nanoseconds(&st->st_ctim);
    int64_t at = written > changed && written <= looking->latest ? written : changed;
    if (at > looking->latest || (tree->newest_path && at <= tree->newest))
        return;
    tree->newest = at;
    free(tree->newest_path);
    tree->newest_path = mem_text(path);
}

bool tree_leaves_out(const char *name)
{
    size_t len = strlen(name);
    return name[0] == '.' || (len > 0 && name[len - 1] == '~');
}

static char *name_of(const struct looking *looking, const char *path)
{
    static const char numbered[] = "sql/migrations/";
    bool apart = looking->site && strncmp(path, numbered, sizeof numbered - 1) == 0;
    return apart ? mem_format("site/%s", path) : mem_text(path);
}

static void add(struct looking *looking, const char *path, const char *full,
                const struct stat *st)
{
    struct tree *tree = looking->tree;
    if (tree->count == tree->cap) {
        tree->cap = tree->cap ? tree->cap * 2 : 64;
        tree->entries = mem_resize(tree->entries, tree->cap, sizeof *tree->entries);
    }
    tree->entries[tree->count++] = (struct tree_entry){
        .path = name_of(looking, path),
        .origin = looking->site ? mem_format("%s/%s", looking->site, path) : mem_text(path),
        .full = mem_text(full),
        .st = *st};
}

static bool look_into(struct looking *looking, const char *path, const char *full,
                      struct err *err);

/* What has just been taken away may be back at the next look; a link that leads nowhere is
 * not. */
static bool cannot_look(const char *full, struct err *err)
{
    int why = errno;
    struct stat st;
    bool gone = why == ENOENT && lstat(full, &st) != 0;
    return err_set(err, gone ? ERR_STATE : ERR_IO, "cannot look at %s: %s", full,
                   strerror(why));
}

static bool look_at(struct looking *looking, const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *full = mem_format("%s/%s", looking->folder, path);
    struct stat st;
    if (stat(full, &st) != 0)
        return cannot_look(full, err);
    if (S_ISDIR(st.st_mode))
        return look_into(looking, path, full, err);
    if (S_ISREG(st.st_mode)) {
        note_time(looking, path, &st);
        add(looking, path, full, &st);
    }
    return true;
}

static bool look_into(struct looking *looking, const char *path, const char *full,
                      struct err *err)
{
    struct stat st;
    DIR *dir = opendir(full);
    if (!dir && !strchr(path, '/'))
        return err_set(err, ERR_IO, "cannot open the folder %s: %s", full, strerror(errno));
    if (!dir)
        return cannot_look(full, err);
    bool good = true;
    if (fstat(dirfd(dir), &st) == 0)
        note_time(looking, path, &st);
    for (struct dirent *entry; good && (entry = readdir(dir));) {
        if (tree_leaves_out(entry->d_name))
            continue;
        CLEANUP(mem_freep) char *below = mem_format("%s/%s", path, entry->d_name);
        good = look_at(looking, below, err);
    }
    closedir(dir);
    return good;
}

/* All four folders.  An application may lack any but scripts, a site any, but must be there
 * itself.
 */
static bool look_at_all(struct looking *looking, struct err *err)
{
    struct stat st;
    if (looking->site && (stat(looking->site, &st) != 0 || !S_ISDIR(st.st_mode)))
        return err_set(err, ERR_IO, "there is no folder %s (--site)", looking->site);
    for (size_t i = 0; i < TREE_ROOTS; i++) {
        CLEANUP(mem_freep) char *full = mem_format("%s/%s", looking->folder, tree_roots[i]);
        if ((looking->site || i > 0) && stat(full, &st) != 0 && errno == ENOENT)
            continue;
        if (!look_into(looking, tree_roots[i], full, err))
            return false;
    }
    return true;
}

static int by_path(const void *a, const void *b)
{
    const struct tree_entry *left = a, *right = b;
    int order = strcmp(left->path, right->path);
    /* of one path the site's, whose origin is longer, comes first */
    return order != 0 ? order
                      : (strlen(left->origin) < strlen(right->origin)) -
                            (strlen(left->origin) > strlen(right->origin));
}

static void entry_done(struct tree_entry *entry)
{
    free(entry->path);
    free(entry->origin);
    free(entry->full);
}

static void drop_overridden(struct tree *tree)
{
    size_t kept = 0;
    for (size_t i = 0; i < tree->count; i++) {
        if (kept > 0 && strcmp(tree->entries[kept - 1].path, tree->entries[i].path) == 0) {
            tree->entries[kept - 1].replaces = true;
            entry_done(&tree->entries[i]);
        } else {
            tree->entries[kept++] = tree->entries[i];
        }
    }
    tree->count = kept;
}

bool tree_look(const char *folder, const char *site, struct tree *ret_tree, struct err *err)
{
    CLEANUP(tree_done) struct tree tree = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t latest = nanoseconds(&now) + WHIM_NS;
    struct looking own = {folder, NULL, &tree, latest}, over = {site, site, &tree, latest};
    if (!look_at_all(&own, err) || (site && !look_at_all(&over, err)))
        return false;
    if (tree.count > 0)
        qsort(tree.entries, tree.count, sizeof *tree.entries, by_path);
    drop_overridden(&tree);
    *ret_tree = tree;
    tree = (struct tree){0};
    return true;
}

void tree_done(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        entry_done(&tree->entries[i]);
    free(tree->entries);
    free(tree->newest_path);
    *tree = (struct tree){0};
}

bool tree_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool tree_equal(const struct tree *a, const struct tree *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->entries[i].full, b->entries[i].full) != 0 ||
            a->entries[i].replaces != b->entries[i].replaces ||
            !tree_same_file(&a->entries[i].st, &b->entries[i].st))
            return false;
    return true;
}
