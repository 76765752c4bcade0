/* A QR code as an SVG: libqrencode makes the matrix, each run of dark modules in a row becomes
 * one rectangle of a single path. */
#include "base/qr.h"

#include <errno.h>
#include <limits.h>
#include <qrencode.h>
#include <string.h>

enum { QUIET_ZONE = 4, SMALLEST_VERSION_THAT_FITS = 0 };

static void add_row(struct buf *out, const unsigned char *modules, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int start = x;
        while (x < width && modules[x] & 1) /* the lowest bit is the colour */
            x++;
        if (x > start)
            buf_addf(out, "M%d %dh%dv1h-%dz", start + QUIET_ZONE, y + QUIET_ZONE, x - start,
                     x - start);
    }
}

bool qr_svg(struct slice text, struct buf *out, struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_INPUT, "a QR code needs a text");
    QRcode *code = text.len > INT_MAX
                       ? (errno = ERANGE, NULL)
                       : QRcode_encodeData((int)text.len, (const unsigned char *)text.data,
                                           SMALLEST_VERSION_THAT_FITS, QR_ECLEVEL_M);
    if (!code && errno == ERANGE)
        return err_set(err, ERR_LIMIT, "a text of %zu bytes is too long for a QR code",
                       text.len);
    if (!code)
        return err_set(err, ERR_IO, "cannot make a QR code: %s", strerror(errno));

    int size = code->width + 2 * QUIET_ZONE;
    buf_addf(out,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
             "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
             "<path fill=\"#000\" d=\"",
             size, size, size, size);
    for (int y = 0; y < code->width; y++)
        add_row(out, code->data + y * code->width, code->width, y);
    buf_adds(out, "\"/></svg>");
    QRcode_free(code);
    return true;
}
