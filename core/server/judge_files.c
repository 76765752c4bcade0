/* What judge.h says of files and folders. */
#include "server/judge.h"

#include "base/mem.h"
#include "server/drivers.h"
#include "server/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB (UINT64_C(1024) * 1024)

/* A put needs kilobytes, a migration a copy of the database, a log what it likes. */
enum { DISK_LOW_MIB = 1024, DISK_FULL_MIB = 32, DISK_LOW_FILES = 1000 };

static unsigned mode_of(const struct stat *found)
{
    return found->st_mode & 07777U;
}

/* ---- who may read and write ---- */

/* Whose is it?  A server that runs as another account cannot use what belongs to this one. */
static void judge_owner(const char *path, const struct stat *found, struct verdicts *out)
{
    if (found->st_uid != geteuid())
        verdict_add(out, VERDICT_LOOK, "files",
                    mem_format("%s belongs to another account (user id %u) than the one that "
                               "asks (%u)",
                               path, (unsigned)found->st_uid, (unsigned)geteuid()),
                    mem_format("run this as the server's own account, for which all of this is "
                               "judged: sudo -u '#%u' timecapsule doctor …",
                               (unsigned)found->st_uid));
}

static bool judge_data(const char *path, struct verdicts *out)
{
    static const char subject[] = "files";
    struct stat found;
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode)) {
        verdict_add(
            out, VERDICT_BROKEN, subject, mem_format("there is no data folder %s", path),
            mem_text("bring it back, or name another by --data; `serve` and `migrate` make "
                     "an empty one"));
        return false;
    }
    judge_owner(path, &found, out);
    if (access(path, W_OK | X_OK) != 0)
        verdict_add(
            out, VERDICT_BROKEN, subject,
            mem_format("the data folder %s cannot be written: %s", path, strerror(errno)),
            mem_format("chmod u+rwx '%s', or run the server as its owner", path));
    else if (found.st_mode & (S_IRWXG | S_IRWXO))
        verdict_add(out, VERDICT_LOOK, subject,
                    mem_format("the data folder %s is open to other accounts (mode %04o)", path,
                               mode_of(&found)),
                    mem_format("chmod 700 '%s'", path));
    else
        verdict_add(out, VERDICT_GOOD, subject,
                    mem_format("the data folder %s is its owner's alone (mode %04o)", path,
                               mode_of(&found)),
                    NULL);
    return true;
}

/* A file that holds secrets, or decides what runs.  `shut`: the bits that others should not
 * have. */
static void judge_file(const char *path, mode_t shut, struct verdicts *out)
{
    struct stat found;
    if (!path || stat(path, &found) != 0)
        return; /* whoever needs it says so */
    if (found.st_mode & shut)
        verdict_add(
            out, VERDICT_LOOK, "files",
            mem_format("%s is open to other accounts (mode %04o)", path, mode_of(&found)),
            mem_format("chmod %s '%s'", shut & S_IROTH ? "600" : "go-w", path));
    else
        verdict_add(out, VERDICT_GOOD, "files",
                    mem_format("%s has the mode %04o", path, mode_of(&found)), NULL);
}

/* The path of an SQLite database; NULL of another, or where it lies in the data folder of which
 * was spoken already. */
static char *database_file(const struct options *options)
{
    CLEANUP(url_done) struct url url = {0};
    if (!db_url_parse(server_drivers, options->database, &url, NULL) ||
        strcmp(url.scheme, "sqlite") != 0)
        return NULL;
    return TAKE(url.path);
}

/* The three files of which SQLite wants to write each. */
static void judge_database_files(const char *path, struct verdicts *out)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        CLEANUP(mem_freep) char *file = mem_format("%s%s", path, ends[i]);
        if (access(file, F_OK) != 0)
            continue;
        judge_file(file, S_IRWXG | S_IRWXO, out);
        if (access(file, R_OK | W_OK) != 0)
            verdict_add(out, VERDICT_BROKEN, "files",
                        mem_format("%s cannot be written: %s", file, strerror(errno)),
                        mem_format("chmod 600 '%s', or run the server as its owner", file));
    }
}

/* ---- room ---- */

static void judge_room(const char *path, struct verdicts *out)
{
    static const char subject[] = "disk";
    static const char advice[] = "make room: what cannot be written is answered 503";
    struct statvfs disk;
    if (statvfs(path, &disk) != 0)
        return;
    uint64_t free_mib = (uint64_t)disk.f_bavail * disk.f_frsize / MIB;
    uint64_t all_mib = (uint64_t)disk.f_blocks * disk.f_frsize / MIB;
    bool few = disk.f_files > 0 && disk.f_favail < DISK_LOW_FILES;
    enum verdict verdict = free_mib < DISK_FULL_MIB         ? VERDICT_BROKEN
                           : free_mib < DISK_LOW_MIB || few ? VERDICT_LOOK
                                                            : VERDICT_GOOD;
    verdict_add(out, verdict, subject,
                mem_format("%llu of %llu MiB are free%s in %s", (unsigned long long)free_mib,
                           (unsigned long long)all_mib,
                           few ? ", but hardly a file can be made," : "", path),
                verdict == VERDICT_GOOD ? NULL : mem_text(advice));
}

/* Once for each disk. */
static void judge_rooms(const char *data, const char *database, struct verdicts *out)
{
    struct stat first, second;
    judge_room(data, out);
    if (database && stat(data, &first) == 0 && stat(database, &second) == 0 &&
        first.st_dev != second.st_dev)
        judge_room(database, out);
}

void judge_files(const struct options *options, struct verdicts *out)
{
    CLEANUP(mem_freep) char *database = database_file(options);
    if (judge_data(options->data, out))
        judge_rooms(options->data, database, out);
    if (database)
        judge_database_files(database, out);
    judge_file(options->config, S_IWGRP | S_IWOTH, out);
    judge_file(options->secret_file, S_IRWXG | S_IRWXO, out);
    judge_file(options->database_password_file, S_IRWXG | S_IRWXO, out);
    judge_file(options->mail_password_file, S_IRWXG | S_IRWXO, out);
}
