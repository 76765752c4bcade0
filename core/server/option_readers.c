/* See option_readers.h.  Each checks all of the text before it changes anything, so that a
 * refused value leaves the options as they were. */
#include "server/option_readers.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/client.h"
#include "net/address.h"
#include "net/mail_url.h"
#include "server/listener.h"
#include "server/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, MAX_CONNECTIONS = 1000000, MAX_AMOUNT = 100000 };

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

bool option_read_host(const char *word, void *place, struct err *err)
{
    (void)place;
    if (!word[strcspn(word, ":/@[]")])
        return true;
    return err_set(err, ERR_INPUT, "'%s' is no name of a host; leave out scheme and port",
                   word);
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

/* The value is not repeated in messages about URLs: it may hold a password. */
bool option_read_url(const char *value, void *place, struct err *err)
{
    const char *host = NULL;
    if (strncmp(value, "http://", 7) == 0)
        host = value + 7;
    else if (strncmp(value, "https://", 8) == 0)
        host = value + 8;
    if (!host || !*host || *host == '/' || *host == ':' || strpbrk(host, "?#@\\\"<> \t"))
        return err_set(err, ERR_INPUT,
                       "is no address of a site; allowed is http:// or https:// with a host, "
                       "an optional port and path, and nothing else");
    size_t len = strlen(value);
    while (value[len - 1] == '/')
        len--;
    return set_text(place, mem_copy(value, len));
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
           set_text(place, mem_text(value));
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

bool option_read_format(const char *value, void *place, struct err *err)
{
    enum log_format *format = place;
    if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
        return err_set(err, ERR_INPUT, "'%s' is neither text nor json", value);
    *format = strcmp(value, "json") == 0 ? LOG_JSON : LOG_TEXT;
    return true;
}
