/* host.qr: QR codes as SVG text. */
#include "base/qr.h"
#include "base/str.h"
#include "bind/bind.h"

/* qr.svg(text) -> svg | nil, message, "limit" */
static int l_svg(lua_State *L)
{
    struct slice text = bind_slice(L, 1);
    if (text.len == 0)
        bind_arg_error(L, 1, "an empty text");
    bind_text(L, 1);
    if (!str_is_utf8(text))
        bind_arg_error(L, 1, "it is not UTF-8");
    struct buf *out = bind_buffer(L);
    struct err err;
    if (!qr_svg(text, out, &err))
        return bind_fail(L, &err);
    return bind_push_buffer(L, out);
}

static const struct binding qr_list[] = {{"svg", l_svg, 1, 1, "string?,string?,string?"},
                                         {NULL, NULL, 0, 0, NULL}};

int bind_qr_open(lua_State *L)
{
    bind_module(L, "host.qr", qr_list);
    return 1;
}
