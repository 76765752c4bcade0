/* See secret_file.h. */
#include "server/secret_file.h"

#include "base/cut.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 4096, LINE = 2 * CRYPTO_KEY + 1 };

/* ---- one secret ---- */

void secret_file_id(const unsigned char *verifier, char *ret_id)
{
    for (size_t i = 0; i < SECRET_ID / 2; i++)
        snprintf(ret_id + 2 * i, 3, "%02x", verifier[i]);
}

static bool take_key(struct secrets *secrets, const char *key, struct err *err)
{
    struct secret *secret = &secrets->items[secrets->count];
    *secret = (struct secret){.state = SECRET_NEXT};
    memcpy(secret->key, key, CRYPTO_KEY);
    if (!crypto_derive((struct slice){key, CRYPTO_KEY}, slice_of("secret verifier"),
                       secret->verifier, err))
        return false;
    secret_file_id(secret->verifier, secret->id);
    secrets->count++;
    return true;
}

bool secret_file_add(struct secrets *secrets, struct err *err)
{
    char key[CRYPTO_KEY];
    if (secrets->count == SECRETS_MAX)
        return err_set(err, ERR_LIMIT,
                       "there are %d secrets already: take the line of the oldest out of the "
                       "file, where nothing is left that only it opens",
                       SECRETS_MAX);
    random_bytes(key, sizeof key);
    bool ok = take_key(secrets, key, err);
    crypto_wipe(key, sizeof key);
    return ok;
}

/* ---- reading ---- */

static bool check_file(int fd, const char *path, struct err *err)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return err_set(err, ERR_IO, "cannot look at '%s': %s", path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return err_set(err, ERR_INPUT, "the secret file '%s' is no regular file", path);
    if (found.st_mode & (S_IRWXG | S_IRWXO))
        return err_set(err, ERR_INPUT,
                       "the secret file '%s' is open to others than its owner (mode %04o); "
                       "run: chmod 600 '%s'",
                       path, (unsigned)(found.st_mode & 07777U), path);
    if (found.st_size > MAX_FILE)
        return err_set(err, ERR_INPUT, "the secret file '%s' is larger than %d bytes", path,
                       MAX_FILE);
    return true;
}

/* One line into the next free place; blank lines are passed over. */
static bool parse_line(struct secrets *secrets, struct slice line)
{
    while (line.len > 0 && strchr(" \t\r", line.data[line.len - 1]))
        line.len--;
    if (line.len == 0)
        return true;
    struct buf key = {NULL, 0, 0};
    bool ok = secrets->count < SECRETS_MAX && line.len == 2 * (size_t)CRYPTO_KEY &&
              str_unhex(line, &key) && key.len == CRYPTO_KEY &&
              take_key(secrets, key.data, NULL);
    crypto_wipe(key.data, key.len);
    buf_done(&key);
    return ok;
}

static bool parse_file(const char *path, struct slice text, struct secrets *secrets,
                       struct err *err)
{
    *secrets = (struct secrets){0};
    for (int number = 1; text.len > 0; number++)
        if (!parse_line(secrets, cut_until(&text, '\n')))
            return err_set(err, ERR_INPUT,
                           "%s:%d: a line of the secret file has to be %d hexadecimal digits, "
                           "and there are at most %d",
                           path, number, 2 * CRYPTO_KEY, SECRETS_MAX);
    if (secrets->count == 0)
        return err_set(err, ERR_INPUT, "the secret file '%s' is empty", path);
    return true;
}

bool secret_file_read(const char *path, bool *ret_found, struct secrets *secrets,
                      struct err *err)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *ret_found = false;
    if (fd < 0)
        return errno == ENOENT || err_set(err, ERR_IO, "cannot open the secret file '%s': %s",
                                          path, strerror(errno));
    if (!check_file(fd, path, err))
        return false;
    char text[MAX_FILE];
    ssize_t len = file_read_all(fd, text, sizeof text);
    bool ok = len < 0 ? err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno))
                      : parse_file(path, (struct slice){text, (size_t)len}, secrets, err);
    crypto_wipe(text, sizeof text);
    *ret_found = ok;
    return ok;
}

/* ---- writing ---- */

/* Room at once, so that no copy stays behind. */
static void text_of(const struct secrets *secrets, struct buf *out)
{
    buf_reserve(out, secrets->count * LINE + 1);
    for (size_t i = 0; i < secrets->count; i++) {
        str_hex((struct slice){(const char *)secrets->items[i].key, CRYPTO_KEY}, out);
        buf_addc(out, '\n');
    }
}

static bool place(const char *path, const struct secrets *secrets, bool fresh)
{
    struct buf text = {NULL, 0, 0};
    text_of(secrets, &text);
    CLEANUP(mem_freep) char *aside = mem_format("%s.%ld", path, (long)getpid());
    bool placed = file_place(path, aside, (struct slice){text.data, text.len}, fresh);
    int why = errno;
    crypto_wipe(text.data, text.len);
    buf_done(&text);
    errno = why;
    return placed;
}

static bool cannot_write(const char *path, struct err *err)
{
    return err_set(err, ERR_IO, "cannot write the secret file '%s': %s", path, strerror(errno));
}

bool secret_file_make(const char *path, bool *ret_made, struct err *err)
{
    struct secrets secrets = {0};
    *ret_made = false;
    if (!secret_file_add(&secrets, err))
        return false;
    *ret_made = place(path, &secrets, true);
    bool ok = *ret_made || errno == EEXIST || cannot_write(path, err);
    crypto_wipe(&secrets, sizeof secrets);
    return ok;
}

bool secret_file_write(const char *path, const struct secrets *secrets, struct err *err)
{
    struct stat found;
    CLEANUP(mem_freep) char *real = realpath(path, NULL); /* a link stays one */
    if (!real || stat(real, &found) != 0 || !place(real, secrets, false))
        return cannot_write(path, err);
    bool others = found.st_uid != geteuid() || found.st_gid != getegid();
    return !others || chown(real, found.st_uid, found.st_gid) == 0 || cannot_write(path, err);
}

static bool is_among(const struct secrets *secrets, const struct secret *one)
{
    size_t at = 0;
    while (at < secrets->count &&
           memcmp(secrets->items[at].verifier, one->verifier, sizeof one->verifier) != 0)
        at++;
    return at < secrets->count;
}

bool secret_file_prepend(const char *path, struct slice text, struct err *err)
{
    struct secrets all = {0}, own = {0};
    bool found;
    bool ok = parse_file("the secrets that came", text, &all, err) &&
              secret_file_read(path, &found, &own, err);
    for (size_t i = 0; ok && i < own.count; i++)
        if (!is_among(&all, &own.items[i])) {
            ok = all.count < SECRETS_MAX ||
                 err_set(err, ERR_LIMIT, "there would be more than %d secrets", SECRETS_MAX);
            if (ok)
                all.items[all.count++] = own.items[i];
        }
    ok = ok && secret_file_write(path, &all, err);
    crypto_wipe(&all, sizeof all);
    crypto_wipe(&own, sizeof own);
    return ok;
}
