/* See outbox.h. */
#include "net/outbox.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool io_failed(struct err *err, const char *what, const char *folder)
{
    return err_set(err, ERR_TEMPORARY, "the outbox %s: cannot %s: %s", folder, what,
                   strerror(errno));
}

static char *new_name(void)
{
    time_t now = (time_t)clock_now();
    char stamp[sizeof "20260101T000000Z"];
    struct tm tm;
    uint64_t mark;
    random_bytes(&mark, sizeof mark);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    return mem_format("%s-%016" PRIx64 ".eml", stamp, mark);
}

bool outbox_write(const char *folder, const struct message *message, char **ret_name,
                  struct err *err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return io_failed(err, "make the folder", folder);
    CLEANUP(mem_freep) char *name = new_name();
    CLEANUP(mem_freep) char *path = mem_format("%s/%s", folder, name);
    CLEANUP(mem_freep) char *beside = mem_format("%s/.%s.tmp", folder, name);
    if (!file_place(path, beside, (struct slice){message->bytes.data, message->bytes.len},
                    true))
        return io_failed(err, "write a letter", folder);
    *ret_name = TAKE(name);
    return true;
}
