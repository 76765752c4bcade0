/* QR codes as SVG, by libqrencode: dark modules as one path, 4 modules of quiet zone, error
 * correction M, `currentColor`-free fixed black on white so that it scans in dark pages too. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

bool qr_svg(struct slice text, struct buf *out, struct err *err); /* ERR_LIMIT: too long */
