/* See store.h.  Numbers in a file are 8 bytes, the lowest first. */
#include "generation/store.h"

#include "base/cut.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "timecapsule generation 2\n";

/* ---- bytes ---- */

static void add_number(struct buf *out, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        buf_addc(out, (char)(number >> (8 * i)));
}

static void add_bytes(struct buf *out, const void *data, size_t len)
{
    add_number(out, len);
    buf_add(out, data, len);
}

static bool pack(const struct snapshot *snapshot, struct buf *out, struct err *err)
{
    unsigned char hash[CRYPTO_HASH];
    buf_adds(out, magic);
    add_number(out, snapshot->files.count);
    for (size_t i = 0; i < snapshot->files.count; i++) {
        const struct vm_file *file = &snapshot->files.items[i];
        add_bytes(out, file->path, strlen(file->path));
        add_bytes(out, file->origin, strlen(file->origin));
        add_number(out, file->replaces);
        add_bytes(out, file->bytes.data, file->bytes.len);
    }
    add_number(out, snapshot->ngiven);
    for (size_t i = 0; i < snapshot->ngiven; i++) {
        const struct setting_given *given = &snapshot->given[i];
        add_bytes(out, given->name, strlen(given->name));
        add_bytes(out, given->value, strlen(given->value));
        add_bytes(out, given->origin, strlen(given->origin));
    }
    if (!crypto_hash((struct slice){out->data, out->len}, NULL, hash, err))
        return false;
    buf_add(out, hash, sizeof hash);
    return true;
}

static bool take_number(struct slice *rest, uint64_t *ret)
{
    if (rest->len < 8)
        return false;
    *ret = 0;
    for (int i = 0; i < 8; i++)
        *ret |= (uint64_t)(unsigned char)rest->data[i] << (8 * i);
    *rest = cut_from(*rest, 8);
    return true;
}

static bool take_bytes(struct slice *rest, struct slice *ret)
{
    uint64_t len;
    if (!take_number(rest, &len) || len > rest->len)
        return false;
    *ret = (struct slice){rest->data, (size_t)len};
    *rest = cut_from(*rest, (size_t)len);
    return true;
}

static bool take_files(struct slice *rest, struct snapshot *snapshot)
{
    uint64_t count;
    if (!take_number(rest, &count) || count > LIMIT_TREE)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        struct slice path, origin, bytes;
        uint64_t replaces;
        if (!take_bytes(rest, &path) || !take_bytes(rest, &origin) ||
            !take_number(rest, &replaces) || !take_bytes(rest, &bytes))
            return false;
        snapshot_add(snapshot, path, origin, replaces != 0, bytes);
    }
    return true;
}

static bool take_settings(struct slice *rest, struct snapshot *snapshot)
{
    uint64_t count;
    if (!take_number(rest, &count) || count > LIMIT_TREE)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        struct slice name, value, origin;
        if (!take_bytes(rest, &name) || !take_bytes(rest, &value) || !take_bytes(rest, &origin))
            return false;
        snapshot_add_setting(snapshot, name, value, origin);
    }
    return true;
}

static bool unpack(struct slice bytes, struct snapshot *ret_snapshot, struct err *err)
{
    unsigned char hash[CRYPTO_HASH];
    size_t head = sizeof magic - 1;
    if (bytes.len < head + sizeof hash || memcmp(bytes.data, magic, head) != 0)
        return err_set(err, ERR_INPUT, "it is no stored generation");
    struct slice body = {bytes.data, bytes.len - sizeof hash};
    if (!crypto_hash(body, NULL, hash, err))
        return false;
    if (memcmp(hash, body.data + body.len, sizeof hash) != 0)
        return err_set(err, ERR_INPUT, "it is damaged");
    CLEANUP(snapshot_done) struct snapshot snapshot = {0};
    struct slice rest = {body.data + head, body.len - head};
    if (!take_files(&rest, &snapshot) || !take_settings(&rest, &snapshot) || rest.len > 0)
        return err_set(err, ERR_INPUT, "it is damaged");
    if (!snapshot_seal(&snapshot, err))
        return false;
    *ret_snapshot = snapshot;
    snapshot = (struct snapshot){0};
    return true;
}

/* ---- files ---- */

static int newest_first(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
    return (left < right) - (left > right);
}

void store_list(const char *folder, struct store_list *ret_list)
{
    *ret_list = (struct store_list){0};
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    size_t room = sizeof ret_list->numbers / sizeof ret_list->numbers[0];
    for (struct dirent *entry; ret_list->count < room && (entry = readdir(dir));) {
        int64_t number;
        if (str_to_int64(slice_of(entry->d_name), 1, UINT32_MAX, &number))
            ret_list->numbers[ret_list->count++] = (unsigned)number;
    }
    closedir(dir);
    qsort(ret_list->numbers, ret_list->count, sizeof ret_list->numbers[0], newest_first);
}

static void prune(const char *folder)
{
    struct store_list list;
    store_list(folder, &list);
    for (size_t i = STORE_KEEP; i < list.count; i++) {
        CLEANUP(mem_freep) char *path = mem_format("%s/%u", folder, list.numbers[i]);
        unlink(path);
    }
}

bool store_save(const char *folder, unsigned number, const struct snapshot *snapshot,
                struct err *err)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(mem_freep) char *path = mem_format("%s/%u", folder, number);
    CLEANUP(mem_freep) char *aside = mem_format("%s/.%u.new", folder, number);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    if (!pack(snapshot, &bytes, err))
        return false;
    if (!file_place(path, aside, (struct slice){bytes.data, bytes.len}, false))
        return err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    prune(folder);
    return true;
}

bool store_load(const char *folder, unsigned number, struct snapshot *ret_snapshot,
                struct err *err)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(mem_freep) char *path = mem_format("%s/%u", folder, number);
    if (!file_read(path, 2 * (size_t)LIMIT_TREE, &bytes, err))
        return false;
    if (!unpack((struct slice){bytes.data, bytes.len}, ret_snapshot, err))
        return err_prefix(err, "%s", path);
    return true;
}

/* ---- doubt ---- */

static char *doubt_path(const char *folder)
{
    return mem_format("%s/trial", folder);
}

bool store_doubt(const char *folder, unsigned number, struct err *err)
{
    CLEANUP(mem_freep) char *path = doubt_path(folder);
    CLEANUP(mem_freep) char *aside = mem_format("%s/.trial.new", folder);
    CLEANUP(mem_freep) char *text = mem_format("%u\n", number);
    return file_place(path, aside, slice_of(text), false) ||
           err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

/* One that is there and says nothing is of some generation all the same. */
unsigned store_doubted(const char *folder)
{
    CLEANUP(mem_freep) char *path = doubt_path(folder);
    CLEANUP(buf_done) struct buf text = {0};
    struct err err;
    int64_t number;
    if (access(path, F_OK) != 0)
        return 0;
    if (!file_read(path, 64, &text, &err) || text.len == 0)
        return UINT32_MAX;
    struct slice digits = {text.data, text.len - 1};
    return str_to_int64(digits, 1, UINT32_MAX, &number) ? (unsigned)number : UINT32_MAX;
}

bool store_settle(const char *folder, struct err *err)
{
    CLEANUP(mem_freep) char *path = doubt_path(folder);
    if (unlink(path) != 0)
        return errno == ENOENT ||
               err_set(err, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
    return file_sync_folder(path) ||
           err_set(err, ERR_IO, "cannot write the folder of %s: %s", path, strerror(errno));
}
