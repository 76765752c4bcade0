/* See standing.h. */
#include "server/standing.h"

void standing_show(const struct standing *standing, struct buf *out)
{
    const struct generation *current = standing->current;
    lives_show(standing->lives, out);
    if (current->bytes_of != current->number)
        buf_addf(out, "rolled back  to the files of generation %u\n", current->bytes_of);
    pending_show(standing->pending, out);
    if (standing->doubted)
        buf_adds(out, "trial        was not accepted: a start takes this generation, not the "
                      "files, until a reload is good\n");
    failure_show(standing->failure, out);
    passing_show(standing->passing, out);
}

void standing_describe(const struct standing *standing, struct buf *out)
{
    const struct generation *current = standing->current;
    buf_addf(out, "current %u %s %u\n", current->number, current->digest, current->bytes_of);
    lives_describe(standing->lives, out);
    pending_describe(standing->pending, out);
    buf_adds(out, standing->doubted ? "doubted\n" : "");
    buf_adds(out, standing->busy ? "busy\n" : "");
    failure_tell(standing->failure, out);
    passing_describe(standing->passing, out);
}
