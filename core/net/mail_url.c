/* See mail_url.h. */
#include "net/mail_url.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CONNECTIONS = 4,
    DEFAULT_CONNECT_S = 15,
    DEFAULT_LETTER_S = 60,
    MAX_CONNECTIONS = 64,
    MAX_SECONDS = 3600
};

static bool refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_INPUT,
                   "the mail URL %s; it looks like smtp://user@host:587, smtps://user@host:465 "
                   "or file:/path",
                   what);
}

static bool decode(struct slice text, char **ret, struct err *err)
{
    struct buf out = {0};
    if (!str_percent_decode(text, false, &out) ||
        (out.len > 0 && memchr(out.data, '\0', out.len))) {
        buf_done(&out);
        return refuse(err, "has a bad %-escape (write %25 for a percent sign)");
    }
    free(*ret);
    *ret = out.data ? buf_take(&out, NULL) : mem_text("");
    return true;
}

/* ---- what stands before the host ---- */

/* The last '@' divides, so that a user may be an address.  A line break would end the command
 * that carries the name, NUL is refused by decode(). */
static bool parse_login(struct slice *rest, struct mail_url *url, struct err *err)
{
    const char *at = rest->len ? memrchr(rest->data, '@', rest->len) : NULL;
    if (!at)
        return true;
    struct slice user = {rest->data, (size_t)(at - rest->data)};
    const char *colon = user.len ? memchr(user.data, ':', user.len) : NULL;
    if (colon) {
        struct slice password = {colon + 1, (size_t)(user.data + user.len - colon - 1)};
        user.len = (size_t)(colon - user.data);
        if (!decode(password, &url->password, err))
            return false;
    }
    if (!decode(user, &url->user, err))
        return false;
    if (!*url->user || !str_is_field_value(slice_of(url->user)))
        return refuse(err, "has no user before its '@'");
    rest->len -= (size_t)(at - rest->data) + 1;
    rest->data = at + 1;
    return true;
}

/* ---- host and port ---- */

static bool is_ip(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool parse_host(struct slice text, struct mail_url *url, struct err *err)
{
    if (text.len > 1 && text.data[0] == '[' && text.data[text.len - 1] == ']')
        text = (struct slice){text.data + 1, text.len - 2};
    url->host = mem_copy(text.data, text.len);
    if (strlen(url->host) == text.len && is_ip(url->host))
        return true;
    char name[DOMAIN_MAX + 1];
    if (!address_domain(text, name, NULL))
        return refuse(err, "names no host");
    free(url->host);
    url->host = mem_text(name);
    return true;
}

static bool parse_place(struct slice text, struct mail_url *url, struct err *err)
{
    if (!parse_login(&text, url, err))
        return false;
    const char *bracket = text.len ? memrchr(text.data, ']', text.len) : NULL;
    const char *colon = text.len ? memrchr(text.data, ':', text.len) : NULL;
    url->port = url->scheme == MAIL_SMTPS ? 465 : 587;
    if (colon && (!bracket || colon > bracket)) {
        struct slice port = {colon + 1, (size_t)(text.data + text.len - colon - 1)};
        int64_t number;
        if (!str_to_int64(port, 1, 65535, &number))
            return refuse(err, "has a port that is no number from 1 to 65535");
        url->port = (int)number;
        text.len = (size_t)(colon - text.data);
    }
    return parse_host(text, url, err);
}

/* A host that is this machine, where letters cross no network. */
static bool is_loopback(const char *host)
{
    struct in6_addr v6;
    return strcmp(host, "localhost") == 0 || (strncmp(host, "127.", 4) == 0 && is_ip(host)) ||
           (inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6));
}

static void choose_tls(struct mail_url *url)
{
    bool private = url->scheme == MAIL_SMTP && is_loopback(url->host) && !mail_url_logs_in(url);
    url->tls = private ? MAIL_TLS_OFF : MAIL_TLS_REQUIRED;
}

/* ---- options ---- */

static bool read_tls(const char *value, struct mail_url *url, struct err *err)
{
    static const char *const names[] = {"required", "opportunistic", "off"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        if (url->scheme == MAIL_SMTPS && i != MAIL_TLS_REQUIRED)
            return refuse(err, "says smtps: and not to use TLS");
        url->tls = (enum mail_tls)i;
        url->tls_given = true;
        return true;
    }
    return refuse(err, "has a tls= that is none of required, opportunistic and off");
}

static bool read_number(const char *value, int max, int *ret, struct err *err)
{
    int64_t number;
    if (!str_to_int64(slice_of(value), 1, max, &number))
        return refuse(err, max == MAX_CONNECTIONS
                               ? "has a connections= that is no number from 1 to 64"
                               : "has a time-out that is no number of seconds from 1 to 3600");
    *ret = (int)number;
    return true;
}

static bool read_option(struct slice name, const char *value, struct mail_url *url,
                        struct err *err)
{
    if (slice_is(name, "tls"))
        return read_tls(value, url, err);
    if (slice_is(name, "connections"))
        return read_number(value, MAX_CONNECTIONS, &url->connections, err);
    if (slice_is(name, "connect-timeout"))
        return read_number(value, MAX_SECONDS, &url->connect_timeout_s, err);
    if (slice_is(name, "timeout"))
        return read_number(value, MAX_SECONDS, &url->timeout_s, err);
    if (!slice_is(name, "ca"))
        return refuse(err, "has an option that is none of tls, ca, connections, "
                           "connect-timeout and timeout");
    if (value[0] != '/')
        return refuse(err, "has a ca= that is no absolute path");
    free(url->ca);
    url->ca = mem_text(value);
    return true;
}

static bool parse_options(struct slice rest, struct mail_url *url, struct err *err)
{
    while (rest.len > 0) {
        const char *end = memchr(rest.data, '&', rest.len);
        struct slice pair = {rest.data, end ? (size_t)(end - rest.data) : rest.len};
        const char *equals = pair.len ? memchr(pair.data, '=', pair.len) : NULL;
        if (!equals)
            return refuse(err, "has an option that is not name=value");
        struct slice name = {pair.data, (size_t)(equals - pair.data)};
        struct slice value = {equals + 1, pair.len - name.len - 1};
        CLEANUP(mem_freep) char *decoded = NULL;
        if (!decode(value, &decoded, err) || !read_option(name, decoded, url, err))
            return false;
        size_t used = pair.len + (end ? 1 : 0);
        rest = (struct slice){rest.data + used, rest.len - used};
    }
    return true;
}

static bool parse_server(const char *text, struct mail_url *url, struct err *err)
{
    size_t len = strcspn(text, "/?");
    const char *rest = text + len;
    if (!parse_place((struct slice){text, len}, url, err))
        return false;
    choose_tls(url);
    if (*rest == '/')
        rest++;
    if (*rest == '\0')
        return true;
    if (*rest != '?')
        return refuse(err, "has a path behind its host");
    return parse_options(slice_of(rest + 1), url, err);
}

/* ---- all of it ---- */

/* file:/path and file:///path; file: alone is the default folder. */
static bool parse_file(const char *text, struct mail_url *url, struct err *err)
{
    if (strncmp(text, "//", 2) == 0)
        text += 2;
    if (*text == '\0')
        return true;
    if (*text != '/')
        return refuse(err, "names a folder that is no absolute path");
    return decode(slice_of(text), &url->path, err);
}

static bool parse(const char *text, struct mail_url *url, struct err *err)
{
    if (strncmp(text, "file:", 5) == 0) {
        url->scheme = MAIL_FILE;
        return parse_file(text + 5, url, err);
    }
    if (strncmp(text, "smtp://", 7) == 0) {
        url->scheme = MAIL_SMTP;
        return parse_server(text + 7, url, err);
    }
    if (strncmp(text, "smtps://", 8) == 0) {
        url->scheme = MAIL_SMTPS;
        return parse_server(text + 8, url, err);
    }
    return refuse(err, "begins with none of smtp://, smtps:// and file:");
}

bool mail_url_parse(const char *text, struct mail_url *ret_url, struct err *err)
{
    struct mail_url url = {.connections = DEFAULT_CONNECTIONS,
                           .connect_timeout_s = DEFAULT_CONNECT_S,
                           .timeout_s = DEFAULT_LETTER_S};
    if (!parse(text, &url, err)) {
        mail_url_done(&url);
        return false;
    }
    *ret_url = url;
    return true;
}

bool mail_url_logs_in(const struct mail_url *url)
{
    return url->user && url->password;
}

static void forget_password(struct mail_url *url)
{
    if (url->password)
        crypto_wipe(url->password, strlen(url->password));
    free(TAKE(url->password));
}

void mail_url_set_password(struct mail_url *url, const char *password)
{
    forget_password(url);
    url->password = mem_text(password);
    if (!url->tls_given && url->scheme != MAIL_FILE)
        choose_tls(url);
}

void mail_url_done(struct mail_url *url)
{
    if (!url)
        return;
    forget_password(url);
    free(url->path);
    free(url->user);
    free(url->host);
    free(url->ca);
    *url = (struct mail_url){0};
}
