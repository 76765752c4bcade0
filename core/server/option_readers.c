/* See option_readers.h.  Each checks all of the text before it changes anything, so that a
 * refused value leaves the options as they were. */
#include "server/option_readers.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ip.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "base/zone.h"
#include "http/client.h"
#include "net/address.h"
#include "net/mail_url.h"
#include "server/listener.h"
#include "server/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, MAX_CONNECTIONS = 1000000, MAX_FIELDS = 10000, MAX_AMOUNT = 100000 };
enum { MAX_SECONDS = 366 * 24 * 3600 };

struct unit {
    const char *name;
    uint64_t worth;
};

char *option_path(const char *path)
{
    if (path[0] == '/')
        return mem_text(path);
    CLEANUP(mem_freep) char *folder = getcwd(NULL, 0);
    return folder ? mem_format("%s/%s", folder, path) : mem_text(path);
}

/* Takes the new text over, in place of the old one. */
static bool set_text(void *place, char *value)
{
    char **text = place;
    free(*text);
    *text = value;
    return true;
}

bool option_read_path(const char *value, void *place, struct err *err)
{
    (void)err;
    return set_text(place, option_path(value));
}

bool option_read_listen(const char *word, void *place, struct err *err)
{
    (void)place;
    return listener_check(word, err);
}

bool option_read_proxy(const char *word, void *place, struct err *err)
{
    CLEANUP(http_proxies_done) struct http_proxies proxies = {0};
    (void)place;
    return http_proxies_add(&proxies, word, err);
}

bool option_read_network(const char *word, void *place, struct err *err)
{
    struct ip_net net;
    (void)place;
    return ip_net_parse(word, &net, err);
}

bool option_read_host(const char *word, void *place, struct err *err)
{
    (void)place;
    if (!word[strcspn(word, ":/@[]")])
        return true;
    return err_set(err, ERR_INPUT, "'%s' is no name of a host; leave out scheme and port",
                   word);
}

bool option_read_account(const char *value, void *place, struct err *err)
{
    if (!*value || strpbrk(value, " :/"))
        return err_set(err, ERR_INPUT, "'%s' is no account's name", value);
    return set_text(place, mem_text(value));
}

bool option_read_header(const char *value, void *place, struct err *err)
{
    if (!str_is_token(slice_of(value)))
        return err_set(err, ERR_INPUT, "'%s' is no header's name", value);
    return set_text(place, mem_text(value));
}

bool option_read_address(const char *value, void *place, struct err *err)
{
    if (strcmp(value, "off") != 0 && !listener_check(value, err))
        return err_set(err, ERR_INPUT,
                       "'%s' is no address; allowed are host:port, [::1]:port, :port, "
                       "unix:/path and off",
                       value);
    return set_text(place, mem_text(value));
}

static bool set_number(int *out, const char *value, int max, struct err *err)
{
    int64_t number = 0;
    if (!str_to_int64(slice_of(value), 0, max, &number))
        return err_set(err, ERR_INPUT, "'%s' is no whole number from 0 to %d", value, max);
    *out = (int)number;
    return true;
}

bool option_read_workers(const char *value, void *place, struct err *err)
{
    return set_number(place, value, MAX_WORKERS, err);
}

bool option_read_connections(const char *value, void *place, struct err *err)
{
    return set_number(place, value, MAX_CONNECTIONS, err);
}

bool option_read_seconds(const char *value, void *place, struct err *err)
{
    return set_number(place, value, MAX_SECONDS, err);
}

bool option_read_fields(const char *value, void *place, struct err *err)
{
    int fields = 0;
    if (!set_number(&fields, value, MAX_FIELDS, err))
        return false;
    if (!fields)
        return err_set(err, ERR_INPUT, "'0' would let no form in; give at least 1");
    *(int *)place = fields;
    return true;
}

bool option_read_switch(const char *value, void *place, struct err *err)
{
    bool *on = place;
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return err_set(err, ERR_INPUT, "'%s' is neither on nor off", value);
    *on = strcmp(value, "on") == 0;
    return true;
}

bool option_read_flag(const char *value, void *place, struct err *err)
{
    return option_read_switch(value, place, err);
}

/* A path of a site: what stands in a URL and in a cookie as it is, no empty or dotted segment.
 * "" is one. */
static bool is_site_path(struct slice path)
{
    static const char also[] = "-._~!$&'()*+,=:/%";
    CLEANUP(mem_freep) char *decoded = url_decode(path);
    for (size_t i = 0; i < path.len; i++)
        if (!isalnum((unsigned char)path.data[i]) && !strchr(also, path.data[i]))
            return false;
    while (path.len > 0) {
        path = (struct slice){path.data + 1, path.len - 1}; /* the slash */
        const char *end = memchr(path.data, '/', path.len);
        size_t len = end ? (size_t)(end - path.data) : path.len;
        if (len == 0 ||
            (path.data[0] == '.' && (len == 1 || (len == 2 && path.data[1] == '.'))))
            return false;
        path = (struct slice){path.data + len, path.len - len};
    }
    return decoded != NULL;
}

static bool not_a_site(struct err *err)
{
    return err_set(err, ERR_INPUT,
                   "is no address of a site; allowed is http:// or https:// with a host, an "
                   "optional port and path, and nothing else");
}

/* A name in its ASCII form, an address as it is. */
static bool add_site_host(const struct url_host *host, struct buf *out)
{
    char name[DOMAIN_MAX + 1];
    struct ip ip;
    bool address = ip_parse(host->name, &ip);
    if (host->in_brackets) {
        buf_addc(out, '[');
        buf_add(out, host->name.data, host->name.len);
        buf_addc(out, ']');
        return address && memchr(host->name.data, ':', host->name.len);
    }
    if (!address && !address_domain(host->name, name, NULL))
        return false;
    if (address)
        buf_add(out, host->name.data, host->name.len);
    else
        buf_adds(out, name);
    return true;
}

/* "host", "host:port". */
static bool add_site(struct slice text, struct buf *out)
{
    struct url_host host;
    int64_t port;
    if (!url_host(text, &host) || !add_site_host(&host, out))
        return false;
    if (!host.port.data)
        return true;
    buf_addc(out, ':');
    buf_add(out, host.port.data, host.port.len);
    return str_to_int64(host.port, 1, 65535, &port);
}

/* The value is not repeated in messages about URLs: it may hold a password. */
bool option_read_url(const char *value, void *place, struct err *err)
{
    CLEANUP(buf_done) struct buf url = {0};
    size_t scheme = strncmp(value, "http://", 7) == 0    ? 7
                    : strncmp(value, "https://", 8) == 0 ? 8
                                                         : 0;
    const char *at = value + scheme;
    size_t authority = strcspn(at, "/?#"), end = strlen(at);
    while (end > authority && at[end - 1] == '/')
        end--;
    struct slice path = {at + authority, end - authority};
    buf_add(&url, value, scheme);
    if (scheme == 0 || !add_site((struct slice){at, authority}, &url) || !is_site_path(path))
        return not_a_site(err);
    buf_add(&url, path.data, path.len);
    return set_text(place, mem_copy(url.data, url.len));
}

bool option_read_database(const char *value, void *place, struct err *err)
{
    if (strncmp(value, "sqlite:", 7) != 0 && strncmp(value, "mariadb:", 8) != 0)
        return err_set(err, ERR_INPUT,
                       "is no database that this program knows; allowed are "
                       "sqlite:///path/file.db and mariadb://user@host:3306/name");
    return set_text(place, mem_text(value));
}

bool option_read_mail(const char *value, void *place, struct err *err)
{
    struct mail_url url;
    if (!mail_url_parse(value, &url, err))
        return false;
    mail_url_done(&url);
    return set_text(place, mem_text(value));
}

bool option_read_reader(const char *value, void *place, struct err *err)
{
    char address[ADDRESS_MAX + 1];
    return address_read(slice_of(value), address, err) && set_text(place, mem_text(address));
}

bool option_read_mailbox(const char *value, void *place, struct err *err)
{
    char address[ADDRESS_MAX + 1], name[PERSON_NAME_MAX + 1];
    return address_person(slice_of(value), address, name, err) &&
           set_text(place, mem_text(*name ? value : address));
}

bool option_read_zone(const char *value, void *place, struct err *err)
{
    if (!zone_exists(value))
        return err_set(err, ERR_INPUT,
                       "there is no time zone '%s'; allowed are IANA names such as "
                       "Europe/Berlin, Asia/Shanghai or UTC",
                       value);
    return set_text(place, mem_text(value));
}

/* A whole number from 1 on and one of the units; *ret in the smallest of them. */
static bool read_amount(const char *value, const struct unit *units, size_t count,
                        uint64_t *ret)
{
    int64_t number = 0;
    size_t digits = strspn(value, "0123456789");
    if (!str_to_int64((struct slice){value, digits}, 1, MAX_AMOUNT, &number))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(value + digits, units[i].name) == 0) {
            *ret = (uint64_t)number * units[i].worth;
            return true;
        }
    return false;
}

bool option_read_duration(const char *value, void *place, struct err *err)
{
    static const struct unit units[] = {{"ms", NS_PER_MS}, {"s", NS_PER_S}};
    if (!read_amount(value, units, 2, place))
        return err_set(err, ERR_INPUT, "'%s' is no time such as 250ms or 10s", value);
    return true;
}

bool option_read_size(const char *value, void *place, struct err *err)
{
    static const struct unit units[] = {{"KiB", 1024}, {"MiB", 1024 * 1024}};
    if (!read_amount(value, units, 2, place))
        return err_set(err, ERR_INPUT, "'%s' is no size such as 512KiB or 16MiB", value);
    return true;
}

bool option_read_level(const char *value, void *place, struct err *err)
{
    if (!log_level_parse(value, place))
        return err_set(err, ERR_INPUT, "'%s' is not one of debug, info, warn, error", value);
    return true;
}

bool option_read_access(const char *value, void *place, struct err *err)
{
    enum log_level level;
    if (strcmp(value, "off") == 0 || log_level_parse(value, &level))
        return set_text(place, mem_text(value));
    if (!strchr(value, '/'))
        return err_set(err, ERR_INPUT,
                       "'%s' is no level, no file (give one with a slash: ./%s) and not off",
                       value, value);
    return set_text(place, option_path(value));
}

bool option_read_format(const char *value, void *place, struct err *err)
{
    enum log_format *format = place;
    if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
        return err_set(err, ERR_INPUT, "'%s' is neither text nor json", value);
    *format = strcmp(value, "json") == 0 ? LOG_JSON : LOG_TEXT;
    return true;
}
