/*
 * Files of lines, compressed by zstd (RFC 8878): one frame, which carries a checksum of what is
 * in it.  One is written beside its name, its owner's alone, and takes the name when it is
 * complete and on the disk; one that is cut or changed is not read to its end.
 *
 * All of these block.  One thread at a time for each.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct packed_writer;
struct packed_reader;

/* Begins PATH.part, in place of one that was left there.  ERR_INPUT where PATH names something
 * that is no such file and would be replaced. */
bool packed_create(const char *path, struct packed_writer **ret_writer, struct err *err);
bool packed_write(struct packed_writer *writer, struct slice bytes, struct err *err);
/* The end: it has its name, for good. */
bool packed_finish(struct packed_writer *writer, struct err *err);
/* What is not finished is removed.  NULL is fine. */
void packed_drop(struct packed_writer *writer);

bool packed_open(const char *path, struct packed_reader **ret_reader, struct err *err);
/* The next line, without its end; valid until the next call.  *ret_there is false at the end of
 * the frame, whose checksum was right then.  ERR_INPUT where the file is none, is cut, changed
 * or goes on; ERR_LIMIT where a line has more than `most` bytes. */
bool packed_line(struct packed_reader *reader, size_t most, struct slice *ret_line,
                 bool *ret_there, struct err *err);
/* Bytes of the file that were read, and all of them. */
void packed_position(const struct packed_reader *reader, uint64_t *ret_at, uint64_t *ret_size);
void packed_close(struct packed_reader *reader); /* NULL is fine */
