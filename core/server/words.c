/* See words.h. */
#include "server/words.h"

#include <string.h>

static const struct word_option *find(const struct word_option *known, size_t nknown,
                                      const char *name, size_t len)
{
    for (size_t i = 0; i < nknown; i++)
        if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
            return &known[i];
    return NULL;
}

/* The option at *at, and its value, which may be the next word. */
static bool take(const struct option_list *args, size_t *at, const struct word_option *known,
                 size_t nknown, struct err *err)
{
    const char *name = args->items[*at] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    const struct word_option *option = find(known, nknown, name, len);
    if (!option)
        return err_set(err, ERR_INPUT, "there is no option --%.*s", (int)len, name);
    if (!option->value && value)
        return err_set(err, ERR_INPUT, "--%s takes no value", option->name);
    if (option->value && !value && ++*at < args->count)
        value = args->items[*at];
    if (option->value && (!value || !*value))
        return err_set(err, ERR_INPUT, "--%s needs a value", option->name);
    if (option->value)
        *option->value = value;
    if (option->given)
        *option->given = true;
    return true;
}

bool words_read(const struct options *options, const char *what,
                const struct word_option *known, size_t nknown, const char **ret_word,
                struct err *err)
{
    const struct option_list *args = &options->args;
    const char *word = NULL;
    for (size_t at = 0; at < args->count; at++) {
        if (strncmp(args->items[at], "--", 2) == 0) {
            if (!take(args, &at, known, nknown, err))
                return false;
        } else if (word) {
            return err_set(err, ERR_INPUT, "'%s' takes no argument '%s' beside '%s'",
                           options->command, args->items[at], word);
        } else {
            word = args->items[at];
        }
    }
    if (!word)
        return err_set(err, ERR_INPUT, "no %s is named: `timecapsule %s %s`", what,
                       options->command, what);
    *ret_word = word;
    return true;
}
