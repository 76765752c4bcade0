/* See preface.h. */
#include "base/preface.h"

#include <string.h>

size_t preface_skip(char *text, size_t len)
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'};
    size_t skip = len >= sizeof mark && memcmp(text, mark, sizeof mark) == 0 ? sizeof mark : 0;
    if (len - skip >= 2 && memcmp(text + skip, "#!", 2) == 0)
        for (size_t i = skip; i < len && text[i] != '\n'; i++)
            text[i] = ' ';
    return skip;
}
