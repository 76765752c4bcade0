/* See keyring.h. */
#include "server/keyring.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/secret.h"
#include "server/secret_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct keyring {
    struct instance *instance;
    char *ids;
    char *trouble; /* told already; NULL: none */
    pthread_mutex_t lock;
    char *told; /* under the lock */
};

struct keyring *keyring_new(struct instance *instance)
{
    struct keyring *keyring = mem_new(1, sizeof *keyring);
    keyring->instance = instance;
    keyring->ids = mem_text("");
    keyring->told = mem_text("");
    pthread_mutex_init(&keyring->lock, NULL);
    return keyring;
}

void keyring_free(struct keyring *keyring)
{
    if (!keyring)
        return;
    pthread_mutex_destroy(&keyring->lock);
    free(keyring->ids);
    free(keyring->trouble);
    free(keyring->told);
    free(keyring);
}

static bool read_all(const char *path, const struct db_result *answer, struct secrets *secrets,
                     struct err *err)
{
    struct secret_word word;
    bool found;
    if (!secret_word_read(answer, &word, err) || !secret_file_read(path, &found, secrets, err))
        return false;
    if (!found)
        return err_set(err, ERR_STATE, "the secret file '%s' has gone", path);
    return secret_order(secrets, &word) ||
           err_set(err, ERR_STATE,
                   "the secret in '%s' is not the one that the database has now", path);
}

static void note_trouble(struct keyring *keyring, const char *text)
{
    if (!keyring->trouble || strcmp(keyring->trouble, text) != 0)
        log_line(LOG_ERROR, "%s; this server goes on with what it knew", text);
    free(keyring->trouble);
    keyring->trouble = mem_text(text);
}

static bool is_same(const struct secrets *a, const struct secrets *b)
{
    bool same = a && a->count == b->count && a->lost == b->lost;
    for (size_t i = 0; same && i < a->count; i++) {
        const struct secret *one = &a->items[i], *other = &b->items[i];
        same = memcmp(one->key, other->key, CRYPTO_KEY) == 0 && one->state == other->state &&
               one->since == other->since;
    }
    return same;
}

static void note_ids(struct keyring *keyring, const struct secrets *secrets)
{
    struct buf text = {0};
    for (size_t i = 0; i < secrets->count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", secrets->items[i].id);
    free(keyring->ids);
    keyring->ids = buf_take(&text, NULL);
}

static void lend(struct keyring *keyring, const struct secrets *secrets)
{
    const struct secrets *lent = bind_host_secrets(&keyring->instance->lent);
    if (is_same(lent, secrets))
        return;
    if (lent && strcmp(lent->items[0].id, secrets->items[0].id) != 0)
        log_line(LOG_WARN, "the server secret %s is current now", secrets->items[0].id);
    instance_give_secrets(keyring->instance, secrets);
}

void keyring_hear(struct keyring *keyring, const struct db_result *answer)
{
    struct secrets secrets = {0};
    struct err err;
    if (read_all(keyring->instance->options->secret_file, answer, &secrets, &err)) {
        free(TAKE(keyring->trouble));
        lend(keyring, &secrets);
        note_ids(keyring, &secrets);
    } else {
        note_trouble(keyring, err.text);
    }
    secret_wipe(&secrets);
}

const char *keyring_ids(const struct keyring *keyring)
{
    return keyring->ids;
}

void keyring_told(struct keyring *keyring)
{
    pthread_mutex_lock(&keyring->lock);
    free(keyring->told);
    keyring->told = mem_text(keyring->ids);
    pthread_mutex_unlock(&keyring->lock);
}

void keyring_show(struct keyring *keyring, struct buf *out)
{
    pthread_mutex_lock(&keyring->lock);
    buf_adds(out, keyring->told);
    pthread_mutex_unlock(&keyring->lock);
}
