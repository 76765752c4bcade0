/* See packed.h. */
#include "base/packed.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

struct packed_writer {
    int fd;
    bool finished;
    char *path, *aside;
    ZSTD_CStream *stream;
    ZSTD_outBuffer out; /* its memory is as large as zstd wants it */
};

struct packed_reader {
    int fd;
    char *path;
    uint64_t at, size;
    ZSTD_DStream *stream;
    char *room; /* what was read */
    ZSTD_inBuffer in;
    struct buf text; /* what was unpacked */
    size_t from;     /* its line begins there */
    bool ended;      /* the frame is over */
};

static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd}; /* a frame's first bytes */

/* ---- writing ---- */

static bool may_be_written(const char *path, struct err *err)
{
    unsigned char head[sizeof magic] = {0};
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ||
               err_set(err, ERR_IO, "cannot look at '%s': %s", path, strerror(errno));
    return (file_read_all(fd, head, sizeof head) == sizeof head &&
            memcmp(head, magic, sizeof head) == 0) ||
           err_set(err, ERR_INPUT, "'%s' is there and no such file: it is not replaced", path);
}

bool packed_create(const char *path, struct packed_writer **ret_writer, struct err *err)
{
    if (!may_be_written(path, err))
        return false;
    CLEANUP(mem_freep) char *aside = mem_format("%s.part", path);
    unlink(aside);
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot write '%s': %s", aside, strerror(errno));
    struct packed_writer *writer = mem_new(1, sizeof *writer);
    *writer = (struct packed_writer){.fd = fd, .path = mem_text(path), .aside = TAKE(aside)};
    writer->stream = ZSTD_createCStream();
    if (!writer->stream)
        abort();
    ZSTD_CCtx_setParameter(writer->stream, ZSTD_c_checksumFlag, 1);
    writer->out.size = ZSTD_CStreamOutSize();
    writer->out.dst = mem_new(writer->out.size, 1);
    *ret_writer = writer;
    return true;
}

static bool cannot_write(const struct packed_writer *writer, struct err *err)
{
    return err_set(err, ERR_IO, "cannot write '%s': %s", writer->aside, strerror(errno));
}

/* Until zstd has taken what it is given, or, at the end, has nothing left. */
static bool compress(struct packed_writer *writer, struct slice bytes, ZSTD_EndDirective how,
                     struct err *err)
{
    ZSTD_inBuffer in = {bytes.data, bytes.len, 0};
    size_t left;
    do {
        left = ZSTD_compressStream2(writer->stream, &writer->out, &in, how);
        if (ZSTD_isError(left))
            return err_set(err, ERR_IO, "cannot compress: %s", ZSTD_getErrorName(left));
        struct slice packed = {writer->out.dst, writer->out.pos};
        if ((packed.len == writer->out.size || how == ZSTD_e_end) && packed.len > 0) {
            if (!file_write_all(writer->fd, packed))
                return cannot_write(writer, err);
            writer->out.pos = 0;
        }
    } while (how == ZSTD_e_end ? left > 0 : in.pos < in.size);
    return true;
}

bool packed_write(struct packed_writer *writer, struct slice bytes, struct err *err)
{
    return compress(writer, bytes, ZSTD_e_continue, err);
}

bool packed_finish(struct packed_writer *writer, struct err *err)
{
    if (!compress(writer, (struct slice){"", 0}, ZSTD_e_end, err))
        return false;
    if (fsync(writer->fd) != 0 || rename(writer->aside, writer->path) != 0 ||
        !file_sync_folder(writer->path))
        return cannot_write(writer, err);
    writer->finished = true;
    return true;
}

void packed_drop(struct packed_writer *writer)
{
    if (!writer)
        return;
    if (!writer->finished)
        unlink(writer->aside);
    close(writer->fd);
    ZSTD_freeCStream(writer->stream);
    free(writer->out.dst);
    free(writer->path);
    free(writer->aside);
    free(writer);
}

/* ---- reading ---- */

bool packed_open(const char *path, struct packed_reader **ret_reader, struct err *err)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        err_set(err, ERR_IO, "cannot open '%s': %s", path,
                fd < 0 ? strerror(errno) : "it is no file");
        file_closep(&fd);
        return false;
    }
    struct packed_reader *reader = mem_new(1, sizeof *reader);
    *reader = (struct packed_reader){
        .fd = fd, .path = mem_text(path), .size = (uint64_t)about.st_size};
    reader->stream = ZSTD_createDStream();
    if (!reader->stream)
        abort();
    reader->room = mem_new(ZSTD_DStreamInSize(), 1);
    reader->in.src = reader->room;
    buf_reserve(&reader->text, ZSTD_DStreamOutSize());
    *ret_reader = reader;
    return true;
}

/* More of the file, unless it has ended. */
static bool read_on(struct packed_reader *reader, struct err *err)
{
    ssize_t len = file_read_all(reader->fd, reader->room, ZSTD_DStreamInSize());
    if (len < 0)
        return err_set(err, ERR_IO, "cannot read '%s': %s", reader->path, strerror(errno));
    reader->at += (uint64_t)len;
    reader->in.size = (size_t)len;
    reader->in.pos = 0;
    return true;
}

static bool damaged(const struct packed_reader *reader, const char *how, struct err *err)
{
    return err_set(err, ERR_INPUT, "'%s' is damaged: %s", reader->path, how);
}

/* The frame's end is the file's. */
static bool is_last(struct packed_reader *reader, struct err *err)
{
    reader->ended = true;
    return (reader->in.pos == reader->in.size && read_on(reader, err) &&
            reader->in.size == 0) ||
           damaged(reader, "something stands behind its end", err);
}

static bool unpack(struct packed_reader *reader, struct err *err)
{
    if (reader->in.pos == reader->in.size && !read_on(reader, err))
        return false;
    bool over = reader->in.size == 0;
    size_t room = ZSTD_DStreamOutSize();
    buf_reserve(&reader->text, room);
    ZSTD_outBuffer out = {reader->text.data + reader->text.len, room, 0};
    size_t left = ZSTD_decompressStream(reader->stream, &out, &reader->in);
    if (ZSTD_isError(left))
        return reader->at == reader->in.size && memcmp(reader->room, magic, sizeof magic) != 0
                   ? err_set(err, ERR_INPUT, "'%s' is no file of zstd", reader->path)
                   : damaged(reader, ZSTD_getErrorName(left), err);
    reader->text.len += out.pos;
    if (left == 0)
        return is_last(reader, err);
    return !over || out.pos > 0 || damaged(reader, "its end is missing", err);
}

/* What has been handed out makes room. */
static void shift(struct packed_reader *reader)
{
    reader->text.len -= reader->from;
    if (reader->text.len > 0)
        memmove(reader->text.data, reader->text.data + reader->from, reader->text.len);
    reader->from = 0;
}

bool packed_line(struct packed_reader *reader, size_t most, struct slice *ret_line,
                 bool *ret_there, struct err *err)
{
    size_t looked = 0;
    for (;;) {
        struct slice rest = {reader->text.data + reader->from, reader->text.len - reader->from};
        const char *end =
            rest.len > looked ? memchr(rest.data + looked, '\n', rest.len - looked) : NULL;
        if (end) {
            *ret_line = (struct slice){rest.data, (size_t)(end - rest.data)};
            reader->from += ret_line->len + 1;
            *ret_there = true;
            return true;
        }
        if (rest.len > most)
            return err_set(err, ERR_LIMIT, "a line of '%s' has more than %zu bytes",
                           reader->path, most);
        if (reader->ended) {
            *ret_there = false;
            return rest.len == 0 || damaged(reader, "its last line has no end", err);
        }
        looked = rest.len;
        shift(reader);
        if (!unpack(reader, err))
            return false;
    }
}

void packed_position(const struct packed_reader *reader, uint64_t *ret_at, uint64_t *ret_size)
{
    *ret_at = reader->at;
    *ret_size = reader->size;
}

void packed_close(struct packed_reader *reader)
{
    if (!reader)
        return;
    close(reader->fd);
    ZSTD_freeDStream(reader->stream);
    buf_done(&reader->text);
    free(reader->room);
    free(reader->path);
    free(reader);
}
