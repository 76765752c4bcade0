/* The checks on a message's head.  See judge.h. */
#include "http/judge.h"

#include "base/cut.h"
#include "base/ip.h"
#include "base/str.h"

#include <microhttpd.h>
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

/* Behind a value and its line's end.  1.0 has taken the blanks there off the value (and has
 * refused what else might stand in for a line's end by itself). */
static uintptr_t after_value(struct slice value)
{
    const char *end = value.data + value.len;

#if MHD_VERSION >= 0x00097701
    const char *cr = end + 1; /* the value's last blank, or its CR, is a NUL now */
    while (*cr == ' ' || *cr == '\t')
        cr++;
    if (cr[0] == '\r' && cr[1] == '\n')
        end = cr;
#endif
    return (uintptr_t)end + 2;
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
        at = after_value(header->value);
    }
    return at + 2 == (uintptr_t)message->method + message->size;
}

/* ---- whom it is for ---- */

/* Each character that a URI has (RFC 3986 §2), and # is not in a target; those that part it. */
enum { OF_NAMES = 1, PARTING };
static const unsigned char of_uri[UINT8_MAX + 1] = {
    ['0' ... '9'] = OF_NAMES, ['A' ... 'Z'] = OF_NAMES, ['a' ... 'z'] = OF_NAMES,
    ['$' ... '.'] = OF_NAMES, ['!'] = OF_NAMES,         [';'] = OF_NAMES,
    ['='] = OF_NAMES,         ['_'] = OF_NAMES,         ['~'] = OF_NAMES,
    ['/'] = PARTING,          [':'] = PARTING,          ['?'] = PARTING,
    ['@'] = PARTING,          ['['] = PARTING,          [']'] = PARTING};

static bool is_uri(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!of_uri[(unsigned char)text.data[i]])
            return false;
    return true;
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* A name or an address of IPv4; what stands between brackets is judged elsewhere. */
static bool is_name(struct slice host)
{
    for (size_t i = 0; i < host.len; i++)
        if (of_uri[(unsigned char)host.data[i]] != OF_NAMES)
            return false;
    return host.len > 0;
}

bool judge_authority(struct slice text)
{
    struct slice host;
    struct ip ip;

    if (!text.len || text.data[0] != '[') {
        host = cut_until(&text, ':');
        return is_name(host) && is_digits(text);
    }
    if (!cut_has(text, ']'))
        return false;
    text = cut_from(text, 1);
    host = cut_until(&text, ']');
    if (!cut_has(host, ':') || !ip_parse(host, &ip))
        return false;
    return !text.len || (text.data[0] == ':' && is_digits(cut_from(text, 1)));
}

struct slice judge_host(struct slice authority)
{
    return authority.len && authority.data[0] == '[' ? authority : cut_until(&authority, ':');
}

bool judge_is_unnamed(struct slice authority)
{
    static const char local[] = "localhost";
    size_t len = sizeof local - 1;
    struct slice host = judge_host(authority), end = host;
    struct ip ip;

    if (host.len && host.data[0] == '[')
        return true;
    if (host.len > len && host.data[host.len - len - 1] == '.')
        end = cut_from(host, host.len - len);
    return slice_is_nocase(end, local) || ip_parse(host, &ip);
}

bool judge_split(struct slice target, struct slice *ret_authority, struct slice *ret_rest)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i]);
        if (target.len < len || !slice_is_nocase((struct slice){target.data, len}, schemes[i]))
            continue;
        target = cut_from(target, len);
        size_t host = 0;
        while (host < target.len && target.data[host] != '/' && target.data[host] != '?')
            host++;
        *ret_authority = (struct slice){target.data, host};
        *ret_rest = cut_from(target, host);
        return true;
    }
    return false;
}

/* ---- its line ---- */

static bool is_version(const char *version)
{
    return strncmp(version, "HTTP/1.", 7) == 0 && version[7] >= '0' && version[7] <= '9' &&
           !version[8];
}

static const char *judge_target(const struct judge_message *message)
{
    struct slice target = message->target, authority, rest;

    if (!is_uri(target))
        return "a character in the target that no URI has";
    if (target.len && target.data[0] == '/')
        return NULL;
    if (judge_split(target, &authority, &rest))
        return judge_authority(authority) ? NULL : "a target whose host is none";
    if (slice_is(target, "*") && strcmp(message->method, "OPTIONS") == 0)
        return NULL;
    return "a target that does not begin with a slash";
}

static const char *judge_line(const struct judge_message *message)
{
    if (!str_is_token(slice_of(message->method)))
        return "a method that is no token";
    if (!is_version(message->version))
        return "a version other than HTTP/1";
    return judge_target(message);
}

/* ---- its headers ---- */

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
        if (slice_is_nocase(header->name, "Host")) {
            framing->hosts++;
            if (!judge_authority(cut_blanks(header->value)))
                return "a Host that is none";
        }
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

bool judge_beginning(struct slice bytes)
{
    while (bytes.len && (bytes.data[0] == '\r' || bytes.data[0] == '\n'))
        bytes = cut_from(bytes, 1);
    bool is_whole = cut_has(bytes, '\n');
    struct slice line = cut_until(&bytes, '\n'), rest = line;
    struct slice method = cut_until(&rest, ' ');

    if (!is_whole && method.len == line.len)
        return !line.len || str_is_token(method);
    if (!str_is_token(method) || !is_whole)
        return str_is_token(method);
    struct slice target = cut_until(&rest, ' ');
    if (rest.len && rest.data[rest.len - 1] == '\r')
        rest.len--;
    return target.len && !memchr(target.data, '\0', target.len) && rest.len == 8 &&
           memcmp(rest.data, "HTTP/1.", 7) == 0 && rest.data[7] >= '0' && rest.data[7] <= '9';
}
