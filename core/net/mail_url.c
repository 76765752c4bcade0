/* See mail_url.h. */
#include "net/mail_url.h"

#include "base/crypto.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "net/address.h"

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

/* ---- the host ---- */

static bool read_name(struct slice name, struct mail_url *url, struct err *err)
{
    char domain[DOMAIN_MAX + 1];
    struct ip ip;

    if (ip_parse(name, &ip))
        url->host = mem_copy(name.data, name.len);
    else if (address_domain(name, domain, NULL))
        url->host = mem_text(domain);
    else
        return refuse(err, "names no host");
    return true;
}

static bool read_host(struct slice text, struct mail_url *url, struct err *err)
{
    struct url_host host;
    int64_t port = url->scheme == MAIL_SMTPS ? 465 : 587;

    if (!url_host(text, &host))
        return refuse(err, "names no host");
    if (host.port.data && !str_to_int64(host.port, 1, 65535, &port))
        return refuse(err, "has a port that is no number from 1 to 65535");
    url->port = (int)port;
    return read_name(host.name, url, err);
}

static void choose_tls(struct mail_url *url)
{
    bool private = url->scheme == MAIL_SMTP && url_is_loopback(slice_of(url->host)) &&
                   !mail_url_logs_in(url);
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

static bool read_option(const char *name, const char *value, struct mail_url *url,
                        struct err *err)
{
    if (strcmp(name, "tls") == 0)
        return read_tls(value, url, err);
    if (strcmp(name, "connections") == 0)
        return read_number(value, MAX_CONNECTIONS, &url->connections, err);
    if (strcmp(name, "connect-timeout") == 0)
        return read_number(value, MAX_SECONDS, &url->connect_timeout_s, err);
    if (strcmp(name, "timeout") == 0)
        return read_number(value, MAX_SECONDS, &url->timeout_s, err);
    if (strcmp(name, "ca") != 0)
        return refuse(err, "has an option that is none of tls, ca, connections, "
                           "connect-timeout and timeout");
    if (value[0] != '/')
        return refuse(err, "has a ca= that is no absolute path");
    free(url->ca);
    url->ca = mem_text(value);
    return true;
}

static bool read_parts(struct url *parts, struct mail_url *url, struct err *err)
{
    url->user = TAKE(parts->user);
    url->password = TAKE(parts->password);
    if (!read_host(slice_of(parts->hosts), url, err))
        return false;
    choose_tls(url);
    if (parts->path[0] != '\0' && strcmp(parts->path, "/") != 0)
        return refuse(err, "has a path behind its host");
    for (size_t i = 0; i < parts->noptions; i++)
        if (!read_option(parts->options[i].name, parts->options[i].value, url, err))
            return false;
    return true;
}

static bool parse_server(const char *text, struct mail_url *url, struct err *err)
{
    CLEANUP(url_done) struct url parts = {0};
    const char *wrong = url_parse(text, &parts);
    return wrong ? refuse(err, wrong) : read_parts(&parts, url, err);
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
    url->path = url_decode(slice_of(text));
    return url->path || refuse(err, "has a bad %-escape (write %25 for a percent sign)");
}

static bool parse(const char *text, struct mail_url *url, struct err *err)
{
    if (strncmp(text, "file:", 5) == 0) {
        url->scheme = MAIL_FILE;
        return parse_file(text + 5, url, err);
    }
    if (strncmp(text, "smtp://", 7) == 0) {
        url->scheme = MAIL_SMTP;
        return parse_server(text, url, err);
    }
    if (strncmp(text, "smtps://", 8) == 0) {
        url->scheme = MAIL_SMTPS;
        return parse_server(text, url, err);
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
