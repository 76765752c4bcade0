/* See ask.h. */
#include "bind/ask.h"

#include "base/mem.h"

#include <stdlib.h>

struct bind_ask *bind_ask_new(const char *line, struct loop *loop)
{
    struct bind_ask *ask = mem_new(1, sizeof *ask);
    ask->line = mem_text(line);
    ask->loop = loop;
    return ask;
}

void bind_ask_answer(struct bind_ask *ask, bool good, enum err_kind kind, struct slice text)
{
    ask->good = good;
    ask->kind = kind;
    buf_add(&ask->text, text.data, text.len);
    loop_post(ask->loop, &ask->done);
}

void bind_ask_free(struct bind_ask *ask)
{
    if (!ask)
        return;
    free(ask->line);
    buf_done(&ask->text);
    free(ask);
}
