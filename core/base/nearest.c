/* Levenshtein's distance, one row at a time; names are short.  See nearest.h. */
#include "base/nearest.h"

#include <string.h>

enum { LONGEST = 64 };

static bool same(char a, char b)
{
    return (a == '_' ? '-' : a) == (b == '_' ? '-' : b);
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static size_t distance(const char *word, struct slice wanted)
{
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= wanted.len; j++)
        row[j] = j;
    for (size_t i = 0; word[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < wanted.len; j++) {
            size_t changed = diagonal + !same(word[i], wanted.data[j]);
            diagonal = row[j + 1];
            row[j + 1] = least_of(changed, row[j] + 1, row[j + 1] + 1);
        }
    }
    return row[wanted.len];
}

struct nearest nearest_to(struct slice wanted)
{
    /* More changes than that and it is another word; a wanted one that is too long has none. */
    size_t least = wanted.len > LONGEST ? 0 : wanted.len / 3 + 2;
    return (struct nearest){.wanted = wanted, .least = least};
}

void nearest_offer(struct nearest *nearest, const char *word)
{
    if (!word || nearest->wanted.len > LONGEST)
        return;
    size_t found = distance(word, nearest->wanted);
    if (found < nearest->least) {
        nearest->least = found;
        nearest->word = word;
    }
}
