/*
 * The server secret: what an application's keys are derived from; its file is secret_file.h's.
 *
 * Which of the file's secrets is current is the database's word, in the table `meta`:
 *
 *   secret_verifier   the verifier of the current one
 *   secret_history    "ID SINCE\n" of each that has been current, the newest first
 *
 * so that nodes agree whatever the order of the lines in their files.  But a first line that
 * has never been current is somebody's wish: where a server starts it takes the place.
 */
#pragma once

#include "base/err.h"
#include "base/secrets.h"
#include "db/db.h"

enum { SECRET_HISTORY = 16 };

struct secret_word {
    bool found; /* there is a verifier */
    unsigned char verifier[CRYPTO_KEY];
    size_t count;
    struct {
        char id[SECRET_ID + 1];
        int64_t since;
    } past[SECRET_HISTORY];
};

/* Loads; where neither side has one yet, makes it if it may, else answers none; blocks.  Checks
 * the file and the verifier of the database: any of the secrets may match.  Without `create`
 * nothing is written. */
bool secret_open(const char *path, struct db *db, bool create, struct secrets *ret_secrets,
                 struct err *err);
void secret_wipe(struct secrets *secrets);
/* Is the file there, and its secret that of the database? */
bool secret_is_there(const char *path, struct db *db, struct err *err);

/* Reads the answer of SECRET_WORD_SQL. */
#define SECRET_WORD_SQL                                                                        \
    "SELECT name, value FROM meta WHERE name IN ('secret_verifier', 'secret_history')"
bool secret_word_read(const struct db_result *result, struct secret_word *word,
                      struct err *err);
bool secret_word_ask(struct db *db, struct db_session *session, struct secret_word *word,
                     struct err *err);

/* Puts the current one first, and says of each what it is; false where none is current. */
bool secret_order(struct secrets *secrets, const struct secret_word *word);

/* Makes the one at that place current, in the database and then in `secrets`; ERR_CONFLICT
 * where somebody else was faster. */
bool secret_promote(struct db *db, struct db_session *session, const struct secret_word *word,
                    struct secrets *secrets, size_t which, struct err *err);
