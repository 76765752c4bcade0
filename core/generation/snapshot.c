/* See snapshot.h. */
#include "generation/snapshot.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/preface.h"
#include "generation/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    QUIET_MS = 100, /* how long nothing may have been written */
    TRIES = 50      /* looks, QUIET_MS apart */
};

/* ---- reading ---- */

static bool read_bytes(int fd, const char *path, char *data, size_t size, struct err *err)
{
    ssize_t got = file_read_all(fd, data, size);
    if (got < 0)
        return err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
    if ((size_t)got < size)
        return err_set(err, ERR_STATE, "%s became shorter while it was read", path);
    return true;
}

static bool read_entry(const struct tree_entry *entry, struct snapshot *into, size_t *total,
                       struct err *err)
{
    size_t size = (size_t)entry->st.st_size;
    if (size > LIMIT_FILE)
        return err_set(err, ERR_LIMIT, "%s has %zu bytes; at most %d are allowed",
                       entry->origin, size, LIMIT_FILE);
    *total += size;
    if (*total > LIMIT_TREE)
        return err_set(err, ERR_LIMIT, "the application's files have more than %d bytes",
                       LIMIT_TREE);
    CLEANUP(file_closep) int fd = open(entry->full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_STATE : ERR_IO, "cannot open %s: %s",
                       entry->full, strerror(errno));
    struct stat st;
    if (fstat(fd, &st) != 0 || !tree_same_file(&st, &entry->st))
        return err_set(err, ERR_STATE, "%s was replaced while it was to be read",
                       entry->origin);
    CLEANUP(mem_freep) char *data = mem_new(size + 1, 1);
    if (!read_bytes(fd, entry->origin, data, size, err))
        return false;
    bool is_text = strncmp(entry->path, "static/", strlen("static/")) != 0;
    size_t skip = is_text ? preface_skip(data, size) : 0;
    snapshot_add(into, slice_of(entry->path), slice_of(entry->origin), entry->replaces,
                 (struct slice){data + skip, size - skip});
    return true;
}

static bool read_tree(const struct tree *tree, struct snapshot *into, struct err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < tree->count; i++)
        if (!read_entry(&tree->entries[i], into, &total, err))
            return false;
    return true;
}

static bool is_quiet(const struct tree *tree, struct err *err)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - tree->newest;
    return !tree->newest_path || age > QUIET_MS * (int64_t)NS_PER_MS ||
           err_set(err, ERR_STATE, "%s is still being written", tree->newest_path);
}

/* Between two looks that agree; ERR_STATE where they do not. */
static bool read_between(const char *folder, const char *site, struct snapshot *into,
                         struct err *err)
{
    CLEANUP(tree_done) struct tree before = {0};
    CLEANUP(tree_done) struct tree after = {0};
    if (!tree_look(folder, site, &before, err))
        return false;
    if (!is_quiet(&before, err) || !read_tree(&before, into, err) ||
        !tree_look(folder, site, &after, err))
        return false;
    return tree_equal(&before, &after) ||
           err_set(err, ERR_STATE, "the files changed while they were read");
}

bool snapshot_read(const char *folder, const char *site, struct snapshot *ret_snapshot,
                   struct err *err)
{
    CLEANUP(snapshot_done) struct snapshot snapshot = {0};
    struct timespec pause = {0, QUIET_MS * (long)NS_PER_MS};
    int tries = 0;
    while (!read_between(folder, site, &snapshot, err)) {
        snapshot_done(&snapshot);
        if (err->kind != ERR_STATE)
            return false;
        if (++tries == TRIES)
            return err_prefix(err, "%s was not quiet for %d seconds", folder,
                              TRIES * QUIET_MS / 1000);
        nanosleep(&pause, NULL);
    }
    if (!snapshot_seal(&snapshot, err))
        return false;
    *ret_snapshot = snapshot;
    snapshot = (struct snapshot){0};
    return true;
}

/* ---- by hand ---- */

void snapshot_add(struct snapshot *snapshot, struct slice path, struct slice origin,
                  bool replaces, struct slice bytes)
{
    size_t count = snapshot->files.count + 1;
    snapshot->files.items =
        mem_resize(snapshot->files.items, count, sizeof *snapshot->files.items);
    snapshot->files.items[snapshot->files.count] =
        (struct vm_file){.path = mem_copy(path.data, path.len),
                         .origin = mem_copy(origin.data, origin.len),
                         .replaces = replaces,
                         .bytes = {mem_copy(bytes.data, bytes.len), bytes.len}};
    snapshot->files.count = count;
}

void snapshot_add_setting(struct snapshot *snapshot, struct slice name, struct slice value,
                          struct slice origin)
{
    size_t count = snapshot->ngiven + 1;
    snapshot->given = mem_resize(snapshot->given, count, sizeof *snapshot->given);
    snapshot->given[snapshot->ngiven] =
        (struct setting_given){.name = mem_copy(name.data, name.len),
                               .value = mem_copy(value.data, value.len),
                               .origin = mem_copy(origin.data, origin.len),
                               .must_exist = true,
                               .in_file = true};
    snapshot->ngiven = count;
}

bool snapshot_give(struct snapshot *snapshot, const struct setting_given *given, size_t count,
                   struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!given[i].in_file)
            continue;
        snapshot_add_setting(snapshot, slice_of(given[i].name), slice_of(given[i].value),
                             slice_of(given[i].origin));
        snapshot->given[snapshot->ngiven - 1].near = given[i].near;
    }
    return snapshot_seal(snapshot, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct setting_given *)a)->name,
                  ((const struct setting_given *)b)->name);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct vm_file *)a)->path, ((const struct vm_file *)b)->path);
}

bool snapshot_seal(struct snapshot *snapshot, struct err *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (snapshot->files.count > 0)
        qsort(snapshot->files.items, snapshot->files.count, sizeof *snapshot->files.items,
              by_path);
    if (snapshot->ngiven > 0)
        qsort(snapshot->given, snapshot->ngiven, sizeof *snapshot->given, by_name);
    for (size_t i = 0; i < snapshot->files.count; i++) {
        struct vm_file *file = &snapshot->files.items[i];
        if (!crypto_hash(file->bytes, NULL, file->hash, err))
            return false;
        buf_add(&text, file->path, strlen(file->path) + 1);
        buf_addc(&text, file->replaces);
        buf_add(&text, file->hash, sizeof file->hash);
    }
    for (size_t i = 0; i < snapshot->ngiven; i++) {
        const struct setting_given *given = &snapshot->given[i];
        buf_add(&text, given->name, strlen(given->name) + 1);
        buf_add(&text, given->value, strlen(given->value) + 1);
    }
    return crypto_hash((struct slice){text.data, text.len}, NULL, snapshot->digest, err);
}

void snapshot_done(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->files.count; i++) {
        free(snapshot->files.items[i].path);
        free(snapshot->files.items[i].origin);
        free((char *)snapshot->files.items[i].bytes.data);
    }
    free(snapshot->files.items);
    for (size_t i = 0; i < snapshot->ngiven; i++) {
        free((char *)snapshot->given[i].name);
        free((char *)snapshot->given[i].value);
        free((char *)snapshot->given[i].origin);
    }
    free(snapshot->given);
    *snapshot = (struct snapshot){0};
}

bool snapshot_is_site(const struct vm_file *file)
{
    return strcmp(file->path, file->origin) != 0;
}

static bool same_bytes(const struct vm_file *a, const struct vm_file *b)
{
    return a->bytes.len == b->bytes.len && strcmp(a->origin, b->origin) == 0 &&
           memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0;
}

static void file_differences(const struct snapshot *before, const struct snapshot *after,
                             struct buf *out)
{
    for (size_t i = 0; i < after->files.count; i++) {
        const struct vm_file *file = &after->files.items[i];
        const struct vm_file *old = files_find(&before->files, file->path);
        if (!old)
            buf_addf(out, "added   %s\n", file->origin);
        else if (!same_bytes(old, file))
            buf_addf(out, "changed %s\n", file->origin);
    }
    for (size_t i = 0; i < before->files.count; i++)
        if (!files_find(&after->files, before->files.items[i].path))
            buf_addf(out, "removed %s\n", before->files.items[i].origin);
}

static const struct setting_given *find_setting(const struct snapshot *snapshot,
                                                const char *name)
{
    for (size_t i = 0; i < snapshot->ngiven; i++)
        if (strcmp(snapshot->given[i].name, name) == 0)
            return &snapshot->given[i];
    return NULL;
}

/* Values are not told: nobody knows what they are. */
static void setting_differences(const struct snapshot *before, const struct snapshot *after,
                                struct buf *out)
{
    for (size_t i = 0; i < after->ngiven; i++) {
        const struct setting_given *given = &after->given[i];
        const struct setting_given *old = find_setting(before, given->name);
        if (!old)
            buf_addf(out, "added   setting %s\n", given->name);
        else if (strcmp(old->value, given->value) != 0)
            buf_addf(out, "changed setting %s\n", given->name);
    }
    for (size_t i = 0; i < before->ngiven; i++)
        if (!find_setting(after, before->given[i].name))
            buf_addf(out, "removed setting %s\n", before->given[i].name);
}

void snapshot_differences(const struct snapshot *before, const struct snapshot *after,
                          struct buf *out)
{
    file_differences(before, after, out);
    setting_differences(before, after, out);
}
