/* See copy.h. */
#include "base/copy.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

static enum copied copy_all(struct progress *progress, int from, int to, uint64_t size)
{
    CLEANUP(mem_freep) char *room = mem_new(CHUNK, 1);
    uint64_t done = 0;
    ssize_t len;
    while ((len = read(from, room, CHUNK)) != 0) {
        if (len < 0 && errno != EINTR) /* that may be the wish to stop */
            return COPY_UNREAD;
        if (len > 0 && !file_write_all(to, (struct slice){room, (size_t)len}))
            return COPY_UNWRITTEN;
        done += len > 0 ? (uint64_t)len : 0;
        if (!progress_tell(progress, done, size))
            return COPY_STOPPED;
    }
    return COPIED;
}

enum copied copy_bytes(const char *what, int from, int to, uint64_t size)
{
    struct progress progress;
    progress_begin(&progress, what, "bytes");
    enum copied copied = copy_all(&progress, from, to, size);
    int why = errno;
    progress_end(&progress);
    errno = why;
    return copied;
}

bool copy_is_good(enum copied copied, struct err *err)
{
    switch (copied) {
    case COPIED:
        return true;
    case COPY_UNREAD:
        return err_set(err, ERR_IO, "cannot read it: %s", strerror(errno));
    case COPY_UNWRITTEN:
        return err_set(err, ERR_IO, "cannot write it: %s", strerror(errno));
    case COPY_STOPPED:
        break;
    }
    return err_set(err, ERR_TIMEOUT, "stopped");
}
