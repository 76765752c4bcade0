/* See verdict.h. */
#include "server/verdict.h"

#include "base/mem.h"

#include <stdlib.h>

void verdict_add(struct verdicts *verdicts, enum verdict verdict, const char *subject,
                 char *text, char *advice)
{
    verdicts->items = mem_resize(verdicts->items, verdicts->count + 1, sizeof *verdicts->items);
    verdicts->items[verdicts->count++] = (struct verdict_line){verdict, subject, text, advice};
    if (verdict > verdicts->worst)
        verdicts->worst = verdict;
}

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {"good", "look", "BROKEN"};
    return words[verdict];
}

void verdicts_done(struct verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        free(verdicts->items[i].text);
        free(verdicts->items[i].advice);
    }
    free(verdicts->items);
    *verdicts = (struct verdicts){0};
}
