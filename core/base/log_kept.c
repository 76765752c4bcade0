/* A ring of lines.  See log_kept.h. */
#include "base/log_kept.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *lines[LOG_KEPT];
static size_t next; /* the place that is written next: the oldest */

void log_keep(struct slice json)
{
    char *line = mem_copy(json.data, json.len);

    pthread_mutex_lock(&lock);
    char *oldest = lines[next];
    lines[next] = line;
    next = (next + 1) % LOG_KEPT;
    pthread_mutex_unlock(&lock);
    free(oldest);
}

void log_kept(struct buf *out)
{
    buf_addc(out, '[');
    pthread_mutex_lock(&lock);
    for (size_t i = 1; i <= LOG_KEPT; i++) {
        const char *line = lines[(next + LOG_KEPT - i) % LOG_KEPT];
        if (!line)
            break;
        if (i > 1)
            buf_addc(out, ',');
        buf_adds(out, line);
    }
    pthread_mutex_unlock(&lock);
    buf_addc(out, ']');
}
