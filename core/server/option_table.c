/*
 * What every host option is called, allows and does without being given, and the reading of
 * one value.  Each kind has one reader; it checks all of the text before it changes anything,
 * so that a refused value leaves the options as they were.
 */
#include "server/option_table.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/str.h"
#include "base/zone.h"
#include "http/client.h"
#include "net/address.h"
#include "net/mail_url.h"
#include "server/listener.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, MAX_CONNECTIONS = 1000000, MAX_AMOUNT = 100000 };

struct unit {
    const char *name;
    uint64_t worth;
};

#define AT(member) offsetof(struct options, member)
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const struct option option_table[] = {
    {"app", OPTION_PATH, AT(app), "DIR", "the tree the program was built or installed with",
     "scripts, templates, static and sql of the application"},
    {"site", OPTION_PATH, AT(site), "DIR", "none", "an overlay whose files win over the app's"},
    {"data", OPTION_PATH, AT(data), "DIR", "$STATE_DIRECTORY, else ~/.local/state/timecapsule",
     "what the server writes"},
    {"config", OPTION_PATH, AT(config), "FILE", "none", "a file of `name = value` lines"},
    {"workers", OPTION_WORKERS, AT(workers), "N", "0", "threads that serve; 0: one per core"},
    {"watch", OPTION_FLAG, AT(watch), "on|off", "off",
     "reload when a file changes, show errors to developers"},
    {"strict", OPTION_FLAG, AT(strict), "on|off", "off", "no start from an older generation"},
    {"migrate", OPTION_FLAG, AT(migrate), "on|off", "off",
     "migrate the database at start (SQLite always is)"},
    {"listen", OPTION_LIST, AT(listen), "ADDR", "127.0.0.1:8080",
     "host:port, [::1]:port, :port or unix:/path; may be repeated"},
    {"admin-listen", OPTION_ADDRESS, AT(admin_listen), "ADDR", "127.0.0.1:8081",
     "health, metrics and administration; off for none"},
    {"public-url", OPTION_URL, AT(public_url), "URL", "none",
     "where people reach the server, for links in letters"},
    {"trusted-proxy", OPTION_LIST, AT(trusted_proxy), "CIDR", "none",
     "address, network or unix: of proxies that are believed about the client; may be "
     "repeated"},
    {"connections-per-client", OPTION_CONNECTIONS, AT(client_connections), "N",
     TEXT(LIMIT_CLIENT_CONNECTIONS), "connections of one address at once; 0: any number"},
    {"rate-limits", OPTION_SWITCH, AT(rate_limits), "on|off", "on",
     "limits on what one client may ask for"},
    {"limits", OPTION_SWITCH, AT(limits.on), "on|off", "on",
     "limits of scripts; off for measuring alone"},
    {"limit-cpu", OPTION_DURATION, AT(limits.cpu), "TIME", "1s", "processor time of a request"},
    {"limit-hold", OPTION_DURATION, AT(limits.hold), "TIME", "250ms",
     "processor time for which a script may hold its worker where it cannot be paused"},
    {"limit-time", OPTION_DURATION, AT(limits.time), "TIME", "10s", "wall time of a request"},
    {"limit-timer", OPTION_DURATION, AT(limits.timer), "TIME", "60s",
     "wall time of a timer's run"},
    {"limit-load", OPTION_DURATION, AT(limits.load), "TIME", "5s",
     "processor time of loading the scripts"},
    {"limit-memory", OPTION_SIZE, AT(limits.memory), "SIZE", "16MiB",
     "memory of a request's scripts; four times that for all of a worker"},
    {"database", OPTION_DATABASE, AT(database), "URL", "sqlite:// in the data folder",
     "sqlite:///path/file.db or mariadb://user@host:3306/name"},
    {"database-password-file", OPTION_PATH, AT(database_password_file), "FILE", "none",
     "holds the database user's password (or TIMECAPSULE_DATABASE_PASSWORD does)"},
    {"secret-file", OPTION_PATH, AT(secret_file), "FILE", "secret in the data folder",
     "the server secret"},
    {"time-zone", OPTION_ZONE, AT(time_zone), "ZONE", "the system's",
     "IANA name, such as Europe/Berlin"},
    {"mail", OPTION_MAIL, AT(mail), "URL", "files in the data folder's outbox",
     "smtp://user@host:587, smtps://user@host:465 or file:/path"},
    {"mail-password-file", OPTION_PATH, AT(mail_password_file), "FILE", "none",
     "holds the mail user's password (or TIMECAPSULE_MAIL_PASSWORD does)"},
    {"mail-from", OPTION_MAILBOX, AT(mail_from), "ADDR", "the mail URL's user",
     "the sender of letters; many servers take no other than their user"},
    {"reminders", OPTION_SWITCH, AT(reminders), "on|off", "on",
     "off leaves them to `timecapsule remind`"},
    {"mail-to", OPTION_READER, AT(mail_to), "ADDR", "none",
     "with `doctor` alone: where its trial letter goes"},
    {"log-level", OPTION_LEVEL, AT(log_level), "LEVEL", "info", "debug, info, warn or error"},
    {"log-format", OPTION_FORMAT, AT(log_format), "FORMAT", "text", "text or json"},
};

const size_t option_count = sizeof option_table / sizeof *option_table;

const struct option *option_find(const char *name, size_t len)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
            return option;
    }
    return NULL;
}

const struct option *option_nearest(struct slice name)
{
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < option_count; i++)
        nearest_offer(&nearest, option_table[i].name);
    return nearest.word ? option_find(nearest.word, strlen(nearest.word)) : NULL;
}

bool option_is_flag(const struct option *option)
{
    return option->kind == OPTION_FLAG;
}

void option_list_add(struct option_list *list, const char *text)
{
    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = mem_text(text);
}

void option_list_done(struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct option_list){NULL, 0};
}

char *option_path(const char *path)
{
    if (path[0] == '/')
        return mem_text(path);
    CLEANUP(mem_freep) char *folder = getcwd(NULL, 0);
    return folder ? mem_format("%s/%s", folder, path) : mem_text(path);
}

/* --- readers, one per kind ------------------------------------------------------------- */

/* Takes the new text over, in place of the old one. */
static bool set_text(char **text, char *value)
{
    free(*text);
    *text = value;
    return true;
}

/* Is the word one that the list takes? */
static bool check_word(const struct option *option, const char *word, struct err *err)
{
    if (option->offset == AT(listen))
        return listener_check(word, err);
    CLEANUP(http_proxies_done) struct http_proxies proxies = {0};
    return http_proxies_add(&proxies, word, err);
}

static bool set_list(const struct option *option, struct option_list *list, const char *value,
                     bool first, struct err *err)
{
    static const char dividers[] = ", \t";
    struct option_list words = {NULL, 0};
    for (const char *at = value + strspn(value, dividers); *at; at += strspn(at, dividers)) {
        size_t len = strcspn(at, dividers);
        CLEANUP(mem_freep) char *word = mem_copy(at, len);
        if (!check_word(option, word, err)) {
            option_list_done(&words);
            return false;
        }
        option_list_add(&words, word);
        at += len;
    }
    if (words.count == 0)
        return err_set(err, ERR_INPUT, "names nothing; give at least one %s", option->word);
    if (first)
        option_list_done(list);
    for (size_t i = 0; i < words.count; i++)
        option_list_add(list, words.items[i]);
    option_list_done(&words);
    return true;
}

static bool set_address(char **text, const char *value, struct err *err)
{
    if (strcmp(value, "off") != 0 && !listener_check(value, err))
        return err_set(err, ERR_INPUT,
                       "'%s' is no address; allowed are host:port, [::1]:port, :port, "
                       "unix:/path and off",
                       value);
    return set_text(text, mem_text(value));
}

static bool set_number(int *out, const char *value, int max, struct err *err)
{
    int64_t number = 0;
    if (!str_to_int64(slice_of(value), 0, max, &number))
        return err_set(err, ERR_INPUT, "'%s' is no whole number from 0 to %d", value, max);
    *out = (int)number;
    return true;
}

static bool set_switch(bool *on, const char *value, struct err *err)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return err_set(err, ERR_INPUT, "'%s' is neither on nor off", value);
    *on = strcmp(value, "on") == 0;
    return true;
}

/* The value is not repeated in messages about URLs: it may hold a password. */
static bool set_url(char **text, const char *value, struct err *err)
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
    return set_text(text, mem_copy(value, len));
}

static bool set_database(char **text, const char *value, struct err *err)
{
    if (strncmp(value, "sqlite:", 7) != 0 && strncmp(value, "mariadb:", 8) != 0)
        return err_set(err, ERR_INPUT,
                       "is no database that this program knows; allowed are "
                       "sqlite:///path/file.db and mariadb://user@host:3306/name");
    return set_text(text, mem_text(value));
}

static bool set_mail(char **text, const char *value, struct err *err)
{
    struct mail_url url;
    if (!mail_url_parse(value, &url, err))
        return false;
    mail_url_done(&url);
    return set_text(text, mem_text(value));
}

static bool set_reader(char **text, const char *value, struct err *err)
{
    char address[ADDRESS_MAX + 1];
    return address_read(slice_of(value), address, err) && set_text(text, mem_text(address));
}

static bool set_mailbox(char **text, const char *value, struct err *err)
{
    char address[ADDRESS_MAX + 1], name[PERSON_NAME_MAX + 1];
    return address_person(slice_of(value), address, name, err) &&
           set_text(text, mem_text(value));
}

static bool set_zone(char **text, const char *value, struct err *err)
{
    if (!zone_exists(value))
        return err_set(err, ERR_INPUT,
                       "there is no time zone '%s'; allowed are IANA names such as "
                       "Europe/Berlin, Asia/Shanghai or UTC",
                       value);
    return set_text(text, mem_text(value));
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

static bool set_duration(uint64_t *ns, const char *value, struct err *err)
{
    static const struct unit units[] = {{"ms", NS_PER_MS}, {"s", NS_PER_S}};
    if (!read_amount(value, units, 2, ns))
        return err_set(err, ERR_INPUT, "'%s' is no time such as 250ms or 10s", value);
    return true;
}

static bool set_size(size_t *bytes, const char *value, struct err *err)
{
    static const struct unit units[] = {{"KiB", 1024}, {"MiB", 1024 * 1024}};
    if (!read_amount(value, units, 2, bytes))
        return err_set(err, ERR_INPUT, "'%s' is no size such as 512KiB or 16MiB", value);
    return true;
}

static bool set_level(enum log_level *level, const char *value, struct err *err)
{
    if (!log_level_parse(value, level))
        return err_set(err, ERR_INPUT, "'%s' is not one of debug, info, warn, error", value);
    return true;
}

static bool set_format(enum log_format *format, const char *value, struct err *err)
{
    if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
        return err_set(err, ERR_INPUT, "'%s' is neither text nor json", value);
    *format = strcmp(value, "json") == 0 ? LOG_JSON : LOG_TEXT;
    return true;
}

bool option_set(const struct option *option, struct options *options, const char *value,
                bool first, struct err *err)
{
    void *place = (char *)options + option->offset;
    switch (option->kind) {
    case OPTION_TEXT:
        return set_text(place, mem_text(value));
    case OPTION_PATH:
        return set_text(place, option_path(value));
    case OPTION_LIST:
        return set_list(option, place, value, first, err);
    case OPTION_ADDRESS:
        return set_address(place, value, err);
    case OPTION_WORKERS:
        return set_number(place, value, MAX_WORKERS, err);
    case OPTION_CONNECTIONS:
        return set_number(place, value, MAX_CONNECTIONS, err);
    case OPTION_FLAG:
    case OPTION_SWITCH:
        return set_switch(place, value, err);
    case OPTION_URL:
        return set_url(place, value, err);
    case OPTION_DATABASE:
        return set_database(place, value, err);
    case OPTION_ZONE:
        return set_zone(place, value, err);
    case OPTION_MAIL:
        return set_mail(place, value, err);
    case OPTION_MAILBOX:
        return set_mailbox(place, value, err);
    case OPTION_READER:
        return set_reader(place, value, err);
    case OPTION_DURATION:
        return set_duration(place, value, err);
    case OPTION_SIZE:
        return set_size(place, value, err);
    case OPTION_LEVEL:
        return set_level(place, value, err);
    case OPTION_FORMAT:
        return set_format(place, value, err);
    }
    return false;
}
