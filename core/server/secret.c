/*
 * What each combination of file and verifier means:
 *
 *     file   verifier
 *     none   none       a new pair: the file is written first, then the verifier
 *     none   there      refused: this database belongs to a secret that is elsewhere
 *     there  none       the verifier is written (a crash between the two, a new database)
 *     there  there      one of the file's secrets has to match
 *
 * The verifier's primary key decides between hosts that start at the same moment.
 */
#include "server/secret.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/secret_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char verifier_name[] = "secret_verifier", history_name[] = "secret_history";

/* ---- the database's word ---- */

static bool read_verifier(const struct db_value *value, struct secret_word *word,
                          struct err *err)
{
    if (value->type != DB_BYTES || value->bytes.len != CRYPTO_KEY)
        return err_set(err, ERR_STATE,
                       "the verifier of the server secret is damaged (table meta, name %s)",
                       verifier_name);
    memcpy(word->verifier, value->bytes.data, CRYPTO_KEY);
    word->found = true;
    return true;
}

/* Lines that are none of ours are passed over: it decides nothing that cannot be done anew. */
static void read_history(const struct db_value *value, struct secret_word *word)
{
    struct slice text = {value->bytes.data, value->bytes.len};
    while (text.len > 0 && word->count < SECRET_HISTORY) {
        struct slice line = cut_until(&text, '\n'), id = cut_until(&line, ' ');
        int64_t since;
        if (id.len != SECRET_ID || !str_to_int64(line, 0, INT64_MAX, &since))
            continue;
        memcpy(word->past[word->count].id, id.data, SECRET_ID);
        word->past[word->count++].since = since;
    }
}

bool secret_word_read(const struct db_result *result, struct secret_word *word, struct err *err)
{
    *word = (struct secret_word){0};
    for (size_t i = 0; i < result->nrows; i++) {
        const struct db_value *name = &result->cells[2 * i], *value = name + 1;
        if (strcmp(name->bytes.data, history_name) == 0)
            read_history(value, word);
        else if (!read_verifier(value, word, err))
            return false;
    }
    return true;
}

bool secret_word_ask(struct db *db, struct db_session *session, struct secret_word *word,
                     struct err *err)
{
    struct db_result result = {0};
    if (!db->driver->session_run(session, SECRET_WORD_SQL, NULL, 0, &result, err))
        return err_prefix(err, "cannot read the verifier of the server secret");
    bool ok = secret_word_read(&result, word, err);
    db_result_done(&result);
    return ok;
}

/* Its place in the history; -1 where it has never been current. */
static int past(const struct secret_word *word, const char *id)
{
    for (size_t i = 0; i < word->count; i++)
        if (strcmp(word->past[i].id, id) == 0)
            return (int)i;
    return -1;
}

/* ---- which is what ---- */

/* Which of the secrets is current; -1 for none. */
static int match(const struct secrets *secrets, const struct secret_word *word)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (memcmp(secrets->items[i].verifier, word->verifier, CRYPTO_KEY) == 0)
            return (int)i;
    return -1;
}

static void put_first(struct secrets *secrets, size_t which)
{
    struct secret first = secrets->items[which];
    memmove(&secrets->items[1], &secrets->items[0], which * sizeof first);
    secrets->items[0] = first;
    crypto_wipe(&first, sizeof first);
}

static bool has(const struct secrets *secrets, const char *id)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (strcmp(secrets->items[i].id, id) == 0)
            return true;
    return false;
}

/* Without a history all that are there have been current, as far as is known. */
static void name_states(struct secrets *secrets, const struct secret_word *word)
{
    for (size_t i = 0; i < secrets->count; i++) {
        struct secret *secret = &secrets->items[i];
        int at = past(word, secret->id);
        secret->since = at >= 0 ? word->past[at].since : 0;
        secret->state = i == 0                        ? SECRET_CURRENT
                        : at >= 0 || word->count == 0 ? SECRET_PREVIOUS
                                                      : SECRET_NEXT;
    }
    secrets->lost = false;
    for (size_t i = 0; i < word->count; i++)
        secrets->lost |= !has(secrets, word->past[i].id);
}

bool secret_order(struct secrets *secrets, const struct secret_word *word)
{
    int which = match(secrets, word);
    if (which < 0)
        return false;
    put_first(secrets, (size_t)which);
    name_states(secrets, word);
    return true;
}

/* ---- writing ---- */

struct change {
    struct db *db;
    struct db_session *session;
};

/* A statement with two or three arguments, of which the first is bytes; how many rows it
 * changed, or -1. */
static int64_t run(const struct change *change, const char *sql, struct slice bytes,
                   const char *name, const unsigned char *before, struct err *err)
{
    struct db_value args[3] = {{.type = DB_NULL}, {.type = DB_NULL}, {.type = DB_NULL}};
    struct db_result result = {0};
    db_value_set_bytes(&args[0], DB_BYTES, bytes.data, bytes.len);
    db_value_set_bytes(&args[1], DB_TEXT, name, strlen(name));
    if (before)
        db_value_set_bytes(&args[2], DB_BYTES, before, CRYPTO_KEY);
    bool ok = change->db->driver->session_run(change->session, sql, args, before ? 3 : 2,
                                              &result, err);
    int64_t affected = ok ? result.affected : -1;
    db_result_done(&result);
    for (size_t i = 0; i < 3; i++)
        db_value_done(&args[i]);
    return affected;
}

static bool plain(const struct change *change, const char *sql, struct err *err)
{
    return change->db->driver->session_run(change->session, sql, NULL, 0, NULL, err);
}

static const char insert_sql[] = "INSERT INTO meta (value, name) VALUES (?, ?)";

static struct slice verifier_of(const struct secret *secret)
{
    return (struct slice){(const char *)secret->verifier, CRYPTO_KEY};
}

static void add_past(struct buf *text, const char *id, int64_t since)
{
    buf_addf(text, "%s %lld\n", id, (long long)since);
}

/* The history with one at its front; where there was none, with all that the file has. */
static void history_with(const struct secret *first, int64_t since,
                         const struct secrets *secrets, const struct secret_word *word,
                         struct buf *text)
{
    add_past(text, first->id, since);
    for (size_t i = 0; i < word->count && i < SECRET_HISTORY - 1; i++)
        if (strcmp(word->past[i].id, first->id) != 0)
            add_past(text, word->past[i].id, word->past[i].since);
    for (size_t i = 0; word->count == 0 && i < secrets->count; i++)
        if (strcmp(secrets->items[i].id, first->id) != 0)
            add_past(text, secrets->items[i].id, 0);
}

static bool write_history(const struct change *change, const struct secret *first,
                          int64_t since, const struct secrets *secrets,
                          const struct secret_word *word, struct err *err)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct err failure;
    history_with(first, since, secrets, word, &text);
    if (!plain(change, "DELETE FROM meta WHERE name = 'secret_history'", err))
        return false;
    return run(change, insert_sql, (struct slice){text.data, text.len}, history_name, NULL,
               &failure) == 1 ||
           failure.kind == ERR_CONFLICT || /* another host that starts has written it */
           err_set(err, failure.kind, "%s", failure.text);
}

static bool replace_verifier(const struct change *change, const struct secret_word *word,
                             const struct secret *secret, struct err *err)
{
    int64_t changed = run(change, "UPDATE meta SET value = ? WHERE name = ? AND value = ?",
                          verifier_of(secret), verifier_name, word->verifier, err);
    return changed == 1 || (changed == 0 && err_set(err, ERR_CONFLICT,
                                                    "another host has just made another "
                                                    "secret current"));
}

/* All of it or nothing. */
static bool commit(const struct change *change, bool good, struct err *err)
{
    if (good)
        return plain(change, "COMMIT", err);
    plain(change, "ROLLBACK", NULL);
    return false;
}

bool secret_promote(struct db *db, struct db_session *session, const struct secret_word *word,
                    struct secrets *secrets, size_t which, struct err *err)
{
    struct change change = {db, session};
    const struct secret *next = &secrets->items[which];
    struct secret_word now;
    if (!plain(&change, db->driver->begin, err))
        return false;
    bool good = replace_verifier(&change, word, next, err) &&
                write_history(&change, next, clock_now(), secrets, word, err);
    if (!commit(&change, good, err) || !secret_word_ask(db, session, &now, err))
        return false;
    return secret_order(secrets, &now) ||
           err_set(err, ERR_CONFLICT, "another host has just made another secret current");
}

/* ---- agreeing ---- */

static bool belongs_elsewhere(const char *path, bool have_file, struct err *err)
{
    return err_set(err, ERR_STATE,
                   "%s '%s' %s. Copy the secret file of the host that has used this database "
                   "there (mode 0600), or name it with --secret-file; waiting reminders cannot "
                   "be read without it. Where it is lost for good, `timecapsule secret lost` "
                   "begins with a new one",
                   have_file ? "the secret in" : "the database has a server secret, but", path,
                   have_file ? "is not the one that this database was made with"
                             : "is not there");
}

/* The database has none yet.  Another host may be faster: then its word is there now. */
static bool write_first(const struct change *change, const struct secrets *secrets,
                        struct secret_word *word, struct err *err)
{
    const struct secret *first = &secrets->items[0];
    struct err failure;
    if (run(change, insert_sql, verifier_of(first), verifier_name, NULL, &failure) == 1) {
        if (!write_history(change, first, clock_now(), secrets, word, err))
            return false;
    } else if (failure.kind != ERR_CONFLICT) {
        return err_set(err, failure.kind, "cannot write the verifier of the server secret: %s",
                       failure.text);
    }
    return secret_word_ask(change->db, change->session, word, err);
}

/* Is the first line a wish: one that has never been current, before the one that is? */
static bool is_wish(const struct secrets *secrets, const struct secret_word *word)
{
    return match(secrets, word) > 0 && past(word, secrets->items[0].id) < 0;
}

static bool agree(const struct change *change, const char *path, bool create,
                  struct secrets *secrets, struct err *err)
{
    struct secret_word word;
    if (!secret_word_ask(change->db, change->session, &word, err))
        return false;
    if (!word.found && !create) {
        name_states(secrets, &word); /* nothing was sealed under any yet */
        return true;
    }
    if (!word.found && !write_first(change, secrets, &word, err))
        return false;
    if (create && is_wish(secrets, &word))
        return secret_promote(change->db, change->session, &word, secrets, 0, err);
    if (!secret_order(secrets, &word))
        return belongs_elsewhere(path, true, err);
    if (!create || word.count > 0)
        return true;
    return write_history(change, &secrets->items[0], 0, secrets, &word, err);
}

/* ---- both ---- */

static bool open_with(const char *path, const struct change *change, bool create,
                      struct secrets *secrets, struct err *err)
{
    struct secret_word word;
    bool have_file = false, made = false;
    if (!secret_file_read(path, &have_file, secrets, err))
        return false;
    if (!have_file) {
        if (!secret_word_ask(change->db, change->session, &word, err))
            return false;
        if (word.found)
            return belongs_elsewhere(path, false, err);
        if (!create)
            return true; /* nobody has sealed anything yet: there are no secrets */
        if (!secret_file_make(path, &made, err) ||
            !secret_file_read(path, &have_file, secrets, err))
            return false;
        if (!have_file)
            return err_set(err, ERR_IO, "the secret file '%s' has vanished", path);
    }
    if (agree(change, path, create, secrets, err))
        return true;
    /* A file that was never used would only be in the way of the right one. */
    if (made && err && err->kind == ERR_STATE)
        unlink(path);
    return false;
}

bool secret_open(const char *path, struct db *db, bool create, struct secrets *ret_secrets,
                 struct err *err)
{
    struct change change = {db, NULL};
    if (!db->driver->session_open(db, &change.session, err))
        return false;
    struct secrets secrets = {0};
    bool ok = open_with(path, &change, create, &secrets, err);
    db->driver->session_close(change.session);
    if (ok)
        *ret_secrets = secrets;
    secret_wipe(&secrets);
    return ok;
}

void secret_wipe(struct secrets *secrets)
{
    if (secrets)
        crypto_wipe(secrets, sizeof *secrets);
}

bool secret_is_there(const char *path, struct db *db, struct err *err)
{
    struct secrets secrets = {0};
    bool there = secret_open(path, db, false, &secrets, err);
    secret_wipe(&secrets);
    return there;
}
