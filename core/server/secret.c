/*
 * The secret file and the database's verifier, and what each combination means:
 *
 *     file   verifier
 *     none   none       a new pair: the file is written first, then the verifier
 *     none   there      refused: this database belongs to a secret that is elsewhere
 *     there  none       the verifier is written (a crash between the two, a new database)
 *     there  there      one of the file's secrets has to match
 *
 * The file comes into being complete or not at all (written aside, synced, linked), and the
 * verifier's primary key decides between hosts that start at the same moment.
 */
#include "server/secret.h"

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

enum { MAX_SECRETS = 8, MAX_FILE = 4096 };

static const char meta_name[] = "secret_verifier";

/* --- the file -------------------------------------------------------------------------- */

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
static bool parse_line(struct secret *secret, struct slice line)
{
    while (line.len > 0 && strchr(" \t\r", line.data[line.len - 1]))
        line.len--;
    if (line.len == 0)
        return true;
    struct buf key = {NULL, 0, 0};
    bool ok = secret->count < MAX_SECRETS && line.len == 2 * (size_t)CRYPTO_KEY &&
              str_unhex(line, &key) && key.len == CRYPTO_KEY;
    if (ok)
        memcpy(secret->keys[secret->count++], key.data, CRYPTO_KEY);
    crypto_wipe(key.data, key.len);
    buf_done(&key);
    return ok;
}

static bool parse_file(const char *path, struct slice text, struct secret *secret,
                       struct err *err)
{
    for (int number = 1; text.len > 0; number++)
        if (!parse_line(secret, cut_until(&text, '\n')))
            return err_set(err, ERR_INPUT,
                           "%s:%d: a line of the secret file has to be %d hexadecimal digits, "
                           "and there are at most %d",
                           path, number, 2 * CRYPTO_KEY, MAX_SECRETS);
    if (secret->count == 0)
        return err_set(err, ERR_INPUT, "the secret file '%s' is empty", path);
    return true;
}

/* *ret_found is false, with success, where there is no file. */
static bool read_file(const char *path, bool *ret_found, struct secret *secret, struct err *err)
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
                      : parse_file(path, (struct slice){text, (size_t)len}, secret, err);
    crypto_wipe(text, sizeof text);
    *ret_found = ok;
    return ok;
}

/* Writes a new secret, unless another process was faster: then *ret_made is false. */
static bool make_file(const char *path, bool *ret_made, struct err *err)
{
    unsigned char key[CRYPTO_KEY];
    struct buf line = {NULL, 0, 0};
    random_bytes(key, sizeof key);
    buf_reserve(&line, 2 * sizeof key + 2); /* at once, so that no copy stays behind */
    str_hex((struct slice){(const char *)key, sizeof key}, &line);
    buf_addc(&line, '\n');

    CLEANUP(mem_freep) char *aside = mem_format("%s.%ld", path, (long)getpid());
    *ret_made = file_place(path, aside, (struct slice){line.data, line.len}, true);
    bool ok =
        *ret_made || errno == EEXIST ||
        err_set(err, ERR_IO, "cannot write the secret file '%s': %s", path, strerror(errno));
    crypto_wipe(key, sizeof key);
    crypto_wipe(line.data, line.len);
    buf_done(&line);
    return ok;
}

/* --- the verifier ---------------------------------------------------------------------- */

static bool derive_verifier(const unsigned char key[CRYPTO_KEY], unsigned char out[CRYPTO_KEY],
                            struct err *err)
{
    return crypto_derive((struct slice){(const char *)key, CRYPTO_KEY},
                         slice_of("secret verifier"), out, err);
}

/* Runs a statement on the one row of `meta`, with up to two arguments. */
static bool run(struct db *db, struct db_session *session, const char *sql,
                const struct db_value *args, size_t nargs, struct db_result *ret_result,
                struct err *err)
{
    struct db_result result = {0};
    bool ok = db->driver->session_run(session, sql, args, nargs, &result, err);
    if (ok && ret_result)
        *ret_result = result;
    else
        db_result_done(&result);
    return ok;
}

/* *ret_found is false, with success, where there is none. */
static bool read_verifier(struct db *db, struct db_session *session, bool *ret_found,
                          unsigned char out[CRYPTO_KEY], struct err *err)
{
    struct db_value name = {.type = DB_NULL};
    struct db_result result = {0};
    db_value_set_bytes(&name, DB_TEXT, meta_name, sizeof meta_name - 1);
    bool ok = run(db, session, "SELECT value FROM meta WHERE name = ?", &name, 1, &result, err);
    db_value_done(&name);
    if (!ok)
        return err_prefix(err, "cannot read the verifier of the server secret");
    bool found = result.nrows > 0;
    const struct db_value *cell = found ? &result.cells[0] : NULL;
    if (cell && (cell->type != DB_BYTES || cell->bytes.len != CRYPTO_KEY))
        ok = err_set(err, ERR_STATE,
                     "the verifier of the server secret is damaged (table "
                     "meta, name secret_verifier)");
    else if (cell)
        memcpy(out, cell->bytes.data, CRYPTO_KEY);
    db_result_done(&result);
    *ret_found = found;
    return ok;
}

static bool write_verifier(struct db *db, struct db_session *session, bool insert,
                           const unsigned char verifier[CRYPTO_KEY], struct err *err)
{
    struct db_value args[2] = {{.type = DB_NULL}, {.type = DB_NULL}};
    db_value_set_bytes(&args[0], DB_BYTES, verifier, CRYPTO_KEY);
    db_value_set_bytes(&args[1], DB_TEXT, meta_name, sizeof meta_name - 1);
    bool ok = run(db, session,
                  insert ? "INSERT INTO meta (value, name) VALUES (?, ?)"
                         : "UPDATE meta SET value = ? WHERE name = ?",
                  args, 2, NULL, err);
    db_value_done(&args[0]);
    db_value_done(&args[1]);
    return ok;
}

/* Which of the secrets the verifier was made from; -1 for none. */
static int match(const struct secret *secret, const unsigned char verifier[CRYPTO_KEY])
{
    unsigned char own[CRYPTO_KEY];
    int found = -1;
    for (size_t i = 0; i < secret->count && found < 0; i++)
        if (derive_verifier(secret->keys[i], own, NULL) &&
            crypto_equal((struct slice){(const char *)own, sizeof own},
                         (struct slice){(const char *)verifier, CRYPTO_KEY}))
            found = (int)i;
    crypto_wipe(own, sizeof own);
    return found;
}

static bool belongs_elsewhere(const char *path, bool have_file, struct err *err)
{
    return err_set(err, ERR_STATE,
                   "%s '%s' %s. Copy the secret file of the host that has used this database "
                   "there (mode 0600), or name it with --secret-file; waiting reminders cannot "
                   "be read without it",
                   have_file ? "the secret in" : "the database has a server secret, but", path,
                   have_file ? "is not the one that this database was made with"
                             : "is not there");
}

/* The file is read; the database's word about it is still to be had. */
static bool agree(struct db *db, struct db_session *session, const char *path, bool create,
                  const struct secret *secret, struct err *err)
{
    unsigned char verifier[CRYPTO_KEY], current[CRYPTO_KEY];
    bool found = false;
    if (!derive_verifier(secret->keys[0], current, err) ||
        !read_verifier(db, session, &found, verifier, err))
        return false;
    if (!found && !create)
        return true; /* nothing was sealed under any yet */
    if (!found) {
        struct err failure;
        if (write_verifier(db, session, true, current, &failure))
            return true;
        /* Another host may have been faster: then its verifier is there now. */
        if (failure.kind != ERR_CONFLICT ||
            !read_verifier(db, session, &found, verifier, &failure) || !found)
            return err_set(err, failure.kind,
                           "cannot write the verifier of the server "
                           "secret: %s",
                           failure.text);
    }
    int which = match(secret, verifier);
    if (which < 0)
        return belongs_elsewhere(path, true, err);
    return which == 0 || write_verifier(db, session, false, current, err);
}

/* --- both ------------------------------------------------------------------------------ */

static bool open_with(const char *path, struct db *db, struct db_session *session, bool create,
                      struct secret *secret, struct err *err)
{
    unsigned char verifier[CRYPTO_KEY];
    bool have_file = false, have_verifier = false, made = false;
    if (!read_file(path, &have_file, secret, err))
        return false;
    if (!have_file) {
        if (!read_verifier(db, session, &have_verifier, verifier, err))
            return false;
        if (have_verifier)
            return belongs_elsewhere(path, false, err);
        if (!create)
            return true; /* nobody has sealed anything yet: there are no secrets */
        if (!make_file(path, &made, err) || !read_file(path, &have_file, secret, err))
            return false;
        if (!have_file)
            return err_set(err, ERR_IO, "the secret file '%s' has vanished", path);
    }
    if (agree(db, session, path, create, secret, err))
        return true;
    /* A file that was never used would only be in the way of the right one. */
    if (made && err && err->kind == ERR_STATE)
        unlink(path);
    return false;
}

bool secret_open(const char *path, struct db *db, bool create, struct secret *ret_secret,
                 struct err *err)
{
    struct db_session *session = NULL;
    if (!db->driver->session_open(db, &session, err))
        return false;
    struct secret secret = {0};
    bool ok = open_with(path, db, session, create, &secret, err);
    db->driver->session_close(session);
    if (ok)
        *ret_secret = secret;
    secret_wipe(&secret);
    return ok;
}

void secret_wipe(struct secret *secret)
{
    if (secret)
        crypto_wipe(secret, sizeof *secret);
}
