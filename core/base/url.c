/* See url.h. */
#include "base/url.h"

#include "base/crypto.h"
#include "base/cut.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static const char bad_escape[] = "has a bad %-escape (write %25 for a percent sign)";

char *url_decode(struct slice text)
{
    char *decoded = mem_new(text.len + 1, 1);
    size_t len;

    if (str_percent_decode(text, false, decoded, &len) && strlen(decoded) == len)
        return decoded;
    free(decoded);
    return NULL;
}

void url_encode(struct slice text, struct buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/";

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\0' && strchr(plain, text.data[i]))
            buf_addc(out, text.data[i]);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
    }
}

/* ---- parts ---- */

static const char *parse_options(struct slice rest, struct url *url)
{
    while (rest.len > 0) {
        struct slice value = cut_until(&rest, '&');
        bool divided = cut_has(value, '=');
        struct slice name = cut_until(&value, '=');
        if (!divided || name.len == 0)
            return "has an option that is not name=value";
        url->options = mem_resize(url->options, url->noptions + 1, sizeof *url->options);
        struct url_option *option = &url->options[url->noptions++];
        *option = (struct url_option){url_decode(name), url_decode(value)};
        if (!option->name || !option->value)
            return bad_escape;
    }
    return NULL;
}

/* A line break would end the command of a protocol that carries the name. */
static const char *parse_login(struct slice password, struct url *url)
{
    bool both = cut_has(password, ':');
    struct slice user = cut_until(&password, ':');

    url->user = url_decode(user);
    url->password = both ? url_decode(password) : NULL;
    if (!url->user || (both && !url->password))
        return bad_escape;
    if (!*url->user || !str_is_field_value(slice_of(url->user)))
        return "has no user before its '@'";
    return NULL;
}

/* user:password@hosts; the last @ counts, so that a user may be an address. */
static const char *parse_authority(struct slice text, struct url *url)
{
    const char *at = text.len > 0 ? memrchr(text.data, '@', text.len) : NULL;

    if (at) {
        size_t login = (size_t)(at - text.data);
        const char *wrong = parse_login((struct slice){text.data, login}, url);
        if (wrong)
            return wrong;
        text = cut_from(text, login + 1);
    }
    if (text.len > 0)
        url->hosts = mem_copy(text.data, text.len);
    return NULL;
}

static const char *parse(const char *text, struct url *url)
{
    const char *colon = strstr(text, "://");

    if (!colon || colon == text)
        return "does not begin with a scheme and ://";
    url->scheme = mem_copy(text, (size_t)(colon - text));
    if (url->scheme[strspn(url->scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-")] != '\0')
        return "has a scheme that is not in lower-case letters";

    const char *authority = colon + 3;
    const char *path = authority + strcspn(authority, "/?");
    const char *options = path + strcspn(path, "?");
    const char *wrong =
        parse_authority((struct slice){authority, (size_t)(path - authority)}, url);
    if (wrong)
        return wrong;
    url->path = url_decode((struct slice){path, (size_t)(options - path)});
    return url->path ? parse_options(slice_of(*options ? options + 1 : options), url)
                     : bad_escape;
}

/* ---- the whole ---- */

const char *url_parse(const char *text, struct url *ret_url)
{
    struct url url = {0};
    const char *wrong = parse(text, &url);

    if (wrong)
        url_done(&url);
    else
        *ret_url = url;
    return wrong;
}

void url_done(struct url *url)
{
    if (!url)
        return;
    for (size_t i = 0; i < url->noptions; i++) {
        free(url->options[i].name);
        free(url->options[i].value);
    }
    if (url->password)
        crypto_wipe(url->password, strlen(url->password));
    free(url->options);
    free(url->scheme);
    free(url->user);
    free(url->password);
    free(url->hosts);
    free(url->path);
    *url = (struct url){0};
}

const char *url_option(const struct url *url, const char *name)
{
    for (size_t i = 0; i < url->noptions; i++)
        if (strcmp(url->options[i].name, name) == 0)
            return url->options[i].value;
    return NULL;
}

/* ---- hosts ---- */

bool url_host(struct slice text, struct url_host *ret_host)
{
    struct url_host host = {.in_brackets = text.len > 0 && text.data[0] == '['};

    if (host.in_brackets) {
        text = cut_from(text, 1);
        if (!cut_has(text, ']'))
            return false;
        host.name = cut_until(&text, ']');
        if (text.len > 0 && text.data[0] != ':')
            return false;
        if (text.len > 0)
            host.port = cut_from(text, 1);
    } else {
        bool has_port = cut_has(text, ':');
        host.name = cut_until(&text, ':');
        if (has_port)
            host.port = text;
    }
    *ret_host = host;
    return true;
}

bool url_is_loopback(struct slice host)
{
    struct ip ip;

    return slice_is_nocase(host, "localhost") || (ip_parse(host, &ip) && ip_is_loopback(&ip));
}
