/* See backup_server.h. */
#include "server/backup_server.h"

#include "base/copy.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/dump_file.h"
#include "server/place.h"
#include "server/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING = 2 };

static const char *const names[] = {"mariadb-dump", "mysqldump", NULL};

/* One moment, whatever others write; bytes as digits, so that no character set touches them;
 * and nothing for which whoever brings it back would need more rights than its tables take. */
#define DUMP_WORDS                                                                             \
    "--single-transaction", "--quick", "--hex-blob", "--skip-lock-tables", "--skip-add-locks", \
        "--no-tablespaces", "--skip-triggers", "--default-character-set=utf8mb4"

static bool dump(const struct maria_place *place, const char *aside, struct err *err)
{
    const char *const words[] = {DUMP_WORDS, place->database, NULL};
    struct tool tool;
    CLEANUP(file_closep) int to = open(aside, O_WRONLY | O_CLOEXEC | O_TRUNC);
    if (to < 0)
        return err_set(err, ERR_IO, "cannot write '%s': %s", aside, strerror(errno));
    if (!tool_begin(&tool, names, place, &place->hosts[0], words, false, err))
        return false;
    if (!copy_is_good(copy_bytes("copying", tool.fd, to, 0), err)) {
        tool_kill(&tool);
        return false;
    }
    return tool_end(&tool, err) && dump_file_is_whole(aside, err);
}

/* What was the site's database before it came to a server is no backup either. */
static bool was_the_database(const char *file, const char *data)
{
    const char *slash = strrchr(file, '/');
    CLEANUP(mem_freep)
    char *folder = slash ? mem_format("%.*s/", (int)(slash - file), file) : mem_text(".");
    struct stat its, ours;
    return stat(folder, &its) == 0 && stat(data, &ours) == 0 && its.st_dev == ours.st_dev &&
           its.st_ino == ours.st_ino && place_is_database(file, NULL);
}

static bool may_be_written(const char *file, const char *data, struct err *err)
{
    if (was_the_database(file, data))
        return err_set(err, ERR_INPUT,
                       "'%s' is a database in the data folder: name another file", file);
    return place_may_be_written(file, NULL, err);
}

static bool write_all(const struct maria_place *place, const char *file, const char *aside,
                      int keep, struct err *err)
{
    return place_make(aside, err) && dump(place, aside, err) && place_rotate(file, keep, err) &&
           place_rename(aside, file, err);
}

static void tell_command(const struct url *url)
{
    static const char *const words[] = {DUMP_WORDS, NULL};
    CLEANUP(mem_freep) char *where = place_words(url);
    fputs("Where it is installed:\n  mariadb-dump", stderr);
    for (size_t i = 0; words[i]; i++)
        fprintf(stderr, " %s", words[i]);
    fprintf(stderr, " %s >FILE\n", where);
}

static int fail(const struct url *url, const struct err *err)
{
    fprintf(stderr, "timecapsule: backup: %s; nothing was written\n", err->text);
    if (err->kind == ERR_STATE)
        tell_command(url);
    return NOTHING;
}

int backup_server_run(const struct options *options, const struct url *url, const char *file,
                      int keep)
{
    struct maria_place place;
    struct stat about = {0};
    struct err err;
    if (!maria_place_read(url, &place, &err))
        return fail(url, &err);
    CLEANUP(mem_freep) char *aside = mem_format("%s.part", file);
    bool ok =
        may_be_written(file, options->data, &err) && write_all(&place, file, aside, keep, &err);
    maria_place_done(&place);
    place_clear(aside);
    if (!ok)
        return fail(url, &err);
    stat(file, &about);
    printf("%s: %lld bytes, complete\n", file, (long long)about.st_size);
    printf("The server secret is not in it: keep a copy of %s apart from it.\n",
           options->secret_file);
    return 0;
}
