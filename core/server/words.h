/* The words of a command that has options of its own beside the host's. */
#pragma once

#include "server/options.h"

struct word_option {
    const char *name;   /* "keep", without dashes */
    const char **value; /* what stands behind it; NULL: it has none */
    bool *given;        /* may be NULL */
};

/* Exactly one word beside the options, which says what `what` names ("FILE"); ERR_INPUT says
 * which option or word is not understood. */
bool words_read(const struct options *options, const char *what,
                const struct word_option *known, size_t nknown, const char **ret_word,
                struct err *err);
