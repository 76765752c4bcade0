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

/* One line stays one, whatever a server has answered. */
static void add_field(const char *text, char end, struct buf *out)
{
    for (; text && *text; text++)
        buf_addc(out, *text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text);
    buf_addc(out, end);
}

void verdicts_write(const struct verdicts *verdicts, struct buf *out)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        const struct verdict_line *line = &verdicts->items[i];
        add_field(verdict_word(line->verdict), '\t', out);
        add_field(line->subject, '\t', out);
        add_field(line->text, '\t', out);
        add_field(line->advice, '\n', out);
    }
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
