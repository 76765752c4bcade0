/* The checks on a message's head.  See judge.h. */
#include "http/judge.h"

#include "base/str.h"

#include <string.h>

const char *judge_method(const char *method)
{
    static const char *const served[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof served / sizeof *served; i++)
        if (strcmp(method, served[i]) == 0)
            return served[i];
    return NULL;
}

/* CR LF after a line, one space or none elsewhere, and nothing left over. */
static bool is_seamless(const struct judge_message *message)
{
    uintptr_t at = (uintptr_t)message->method + strlen(message->method) + 1;

    if (at != (uintptr_t)message->place)
        return false;
    at += message->target.len + 1;
    if (at != (uintptr_t)message->version)
        return false;
    at += strlen(message->version) + 2;
    for (size_t i = 0; i < message->headers.count; i++) {
        const struct http_pair *header = &message->headers.items[i];
        if (at != (uintptr_t)header->name.data)
            return false;
        at = (uintptr_t)header->value.data + header->value.len + 2;
    }
    return at + 2 == (uintptr_t)message->method + message->size;
}

static const char *judge_line(const struct judge_message *message)
{
    struct slice target = message->target;

    if (!str_is_token(slice_of(message->method)))
        return "a method that is no token";
    if (strcmp(message->version, "HTTP/1.1") != 0 && strcmp(message->version, "HTTP/1.0") != 0)
        return "a version other than HTTP/1.0 and HTTP/1.1";
    if (target.len == 0 || target.data[0] != '/') {
        if (!slice_is(target, "*") || strcmp(message->method, "OPTIONS") != 0)
            return "a target that does not begin with a slash";
    }
    for (size_t i = 0; i < target.len; i++)
        if ((unsigned char)target.data[i] <= ' ' || target.data[i] == 0x7F)
            return "a control character or space in the target";
    return NULL;
}

/* The headers that say where the message ends and whom it is for. */
struct framing {
    int lengths, encodings, hosts;
    bool is_chunked;
};

static const char *judge_header(const struct http_pair *header, struct framing *framing)
{
    if (!str_is_token(header->name))
        return "a header name that is no token";
    if (!str_is_field_value(header->value))
        return "a control character in a header";
    switch (header->name.len) {
    case sizeof "Host" - 1:
        framing->hosts += slice_is_nocase(header->name, "Host");
        break;
    case sizeof "Content-Length" - 1:
        framing->lengths += slice_is_nocase(header->name, "Content-Length");
        break;
    case sizeof "Transfer-Encoding" - 1:
        if (slice_is_nocase(header->name, "Transfer-Encoding")) {
            framing->encodings++;
            framing->is_chunked = slice_is_nocase(header->value, "chunked");
        }
        break;
    default:
        break;
    }
    return NULL;
}

static const char *judge_framing(const struct framing *framing, const char *version)
{
    if (framing->hosts > 1)
        return "more than one Host";
    if (framing->lengths > 1)
        return "more than one Content-Length";
    if (!framing->encodings)
        return NULL;
    if (framing->encodings > 1 || framing->lengths)
        return "Transfer-Encoding repeated or with Content-Length";
    if (!framing->is_chunked)
        return "a Transfer-Encoding other than chunked";
    return strcmp(version, "HTTP/1.0") == 0 ? "Transfer-Encoding in HTTP/1.0" : NULL;
}

const char *judge_message(const struct judge_message *message, int *ret_status)
{
    struct framing framing = {0};
    const char *why = judge_line(message);

    *ret_status = 400;
    for (size_t i = 0; !why && i < message->headers.count; i++)
        why = judge_header(&message->headers.items[i], &framing);
    if (!why)
        why = judge_framing(&framing, message->version);
    if (!why && !is_seamless(message))
        why = "a folded line, a bare line feed, a NUL or stray blanks in the head";
    if (!why && !judge_method(message->method)) {
        *ret_status = 501;
        why = "a method that is not served";
    }
    return why;
}
