/* One gzip member (RFC 1952) at the best level, with no time and no name: same in, same out. */
#pragma once

#include "base/buf.h"

void gzip_compress(struct slice data, struct buf *out);
