/* See act.h. */
#include "server/act.h"

#include "base/cut.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

enum { SHORTEST = 6 /* hex digits of a digest that are taken for it */ };

static const char *const names[] = {"reload",  "preview",  "accept",
                                    "discard", "rollback", "upgrade"};

const char *act_name(enum act_kind kind)
{
    return names[kind];
}

static bool read_seconds(struct slice word, int *ret, struct err *err)
{
    int64_t seconds;
    if (!str_to_int64(word, 1, LIMIT_TRIAL_S, &seconds))
        return err_set(err, ERR_INPUT, "--confirm takes the seconds of a trial, 1 to %d",
                       LIMIT_TRIAL_S);
    *ret = (int)seconds;
    return true;
}

static bool read_digest(struct slice word, char out[ACT_DIGEST + 1], struct err *err)
{
    bool good = word.len >= SHORTEST && word.len <= ACT_DIGEST;
    for (size_t i = 0; good && i < word.len; i++)
        good = word.data[i] && strchr("0123456789abcdef", word.data[i]);
    if (!good)
        return err_set(err, ERR_INPUT,
                       "--digest takes the %d to %d hex digits that `timecapsule status` shows",
                       SHORTEST, ACT_DIGEST);
    memcpy(out, word.data, word.len);
    out[word.len] = '\0';
    return true;
}

/* What makes another act of a reload; false where the word is none of those. */
static bool read_kind(struct slice word, struct act *act, struct err *err)
{
    if (act->kind == ACT_ROLLBACK || act->kind == ACT_UPGRADE)
        return err_set(err, ERR_INPUT, "%s takes --digest alone, not '%.*s'",
                       act_name(act->kind), (int)word.len, word.data);
    for (enum act_kind kind = ACT_PREVIEW; kind <= ACT_DISCARD; kind++) {
        if (word.len <= 2 || !slice_is(cut_from(word, 2), act_name(kind)))
            continue;
        if (act->kind != ACT_RELOAD)
            break;
        act->kind = kind;
        return true;
    }
    return err_set(err, ERR_INPUT,
                   "reload takes one of --preview, --accept and --discard, --confirm SECONDS "
                   "and --digest DIGEST; not '%.*s'",
                   (int)word.len, word.data);
}

/* The next word; "--name=value" is two. */
static struct slice next(struct slice *rest)
{
    struct slice word = {0};
    while (rest->len > 0 && word.len == 0) {
        const char *equals = memchr(rest->data, '=', rest->len);
        const char *blank = memchr(rest->data, ' ', rest->len);
        word = cut_until(rest, equals && (!blank || equals < blank) ? '=' : ' ');
    }
    return word;
}

static bool read_word(struct slice word, struct slice *rest, struct act *act, struct err *err)
{
    if (slice_is(word, "--digest"))
        return read_digest(next(rest), act->digest, err);
    if (slice_is(word, "--confirm") && act->kind != ACT_ROLLBACK && act->kind != ACT_UPGRADE)
        return read_seconds(next(rest), &act->confirm_s, err);
    return read_kind(word, act, err);
}

bool act_read(const char *command, const char *words, struct act *ret_act, struct err *err)
{
    struct act act = {.kind = strcmp(command, "rollback") == 0  ? ACT_ROLLBACK
                              : strcmp(command, "upgrade") == 0 ? ACT_UPGRADE
                                                                : ACT_RELOAD};
    struct slice rest = slice_of(words);
    for (struct slice word = next(&rest); word.len > 0; word = next(&rest))
        if (!read_word(word, &rest, &act, err))
            return false;
    if (act.confirm_s && act.kind != ACT_RELOAD && act.kind != ACT_ACCEPT)
        return err_set(err, ERR_INPUT, "--confirm belongs to `reload` and `reload --accept`");
    *ret_act = act;
    return true;
}

bool act_has_seen(const struct act *act, const char *digest, struct err *err)
{
    if (strncmp(act->digest, digest, strlen(act->digest)) == 0)
        return true;
    return err_set(err, ERR_CONFLICT,
                   "somebody was faster: you have seen %s, and it is %s now; look again, then "
                   "decide",
                   act->digest, digest);
}
