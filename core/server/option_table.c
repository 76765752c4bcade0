/* What every host option is called, how it is read and kept, and what holds without it. */
#include "server/option_table.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "server/option_readers.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(enum log_level) == sizeof(int) &&
                   sizeof(enum log_format) == sizeof(int) && sizeof(size_t) == sizeof(uint64_t),
               "OPTION_INT and OPTION_AMOUNT hold them");

#define AT(member) offsetof(struct options, member)
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const struct option option_table[] = {
    {"app", option_read_path, OPTION_TEXT, AT(app), "DIR",
     "the tree the program was built or installed with",
     "scripts, templates, static and sql of the application"},
    {"site", option_read_path, OPTION_TEXT, AT(site), "DIR", "none",
     "an overlay whose files win over the app's"},
    {"data", option_read_path, OPTION_TEXT, AT(data), "DIR",
     "$STATE_DIRECTORY, else ~/.local/state/timecapsule", "what the server writes"},
    {"config", option_read_path, OPTION_TEXT, AT(config), "FILE", "none",
     "a file of `name = value` lines"},
    {"workers", option_read_workers, OPTION_INT, AT(workers), "N", "0",
     "threads that serve; 0: one per core"},
    {"watch", option_read_flag, OPTION_BOOL, AT(watch), "on|off", "off",
     "reload when a file changes, show errors to developers"},
    {"strict", option_read_flag, OPTION_BOOL, AT(strict), "on|off", "off",
     "no start from an older generation"},
    {"migrate", option_read_flag, OPTION_BOOL, AT(migrate), "on|off", "off",
     "migrate the database at start (SQLite always is)"},
    {"listen", option_read_listen, OPTION_LIST, AT(listen), "ADDR", "127.0.0.1:8080",
     "host:port, [::1]:port, :port or unix:/path; may be repeated"},
    {"admin-listen", option_read_address, OPTION_TEXT, AT(admin_listen), "ADDR",
     "127.0.0.1:8081", "health, metrics and administration; off for none"},
    {"admin-host", option_read_host, OPTION_LIST, AT(admin_host), "NAME", "none",
     "name by which the admin listener is asked, beside addresses and localhost; may be "
     "repeated"},
    {"metrics-token-file", option_read_path, OPTION_TEXT, AT(metrics_token_file), "FILE",
     "none", "a file with a token a line: who sends one may read /metrics from other machines"},
    {"user", option_read_account, OPTION_TEXT, AT(user), "NAME", "none",
     "the account that root becomes before anything is opened"},
    {"core-dumps", option_read_flag, OPTION_BOOL, AT(core_dumps), "on|off", "off",
     "let the system write the memory down when the server crashes"},
    {"public-url", option_read_url, OPTION_TEXT, AT(public_url), "URL", "none",
     "where people reach the server, for links in letters"},
    {"trusted-proxy", option_read_proxy, OPTION_LIST, AT(trusted_proxy), "CIDR", "none",
     "address, network or unix: of proxies that are believed about the client; may be "
     "repeated"},
    {"client-header", option_read_header, OPTION_TEXT, AT(client_header), "NAME",
     "x-forwarded-for, forwarded",
     "the header by which trusted proxies tell the client, such as x-real-ip"},
    {"connections-per-client", option_read_connections, OPTION_INT, AT(client_connections), "N",
     TEXT(LIMIT_CLIENT_CONNECTIONS), "connections of one address at once; 0: any number"},
    {"rate-limits", option_read_switch, OPTION_BOOL, AT(rate_limits), "on|off", "on",
     "limits on what one client may ask for"},
    {"limit-body", option_read_size, OPTION_AMOUNT, AT(limit_body), "SIZE", "1MiB",
     "of a request's body; routes may take less"},
    {"limit-fields", option_read_fields, OPTION_INT, AT(limit_fields), "N",
     TEXT(LIMIT_FORM_FIELDS), "fields of a form, of a query, cookies"},
    {"limit-buffered", option_read_size, OPTION_AMOUNT, AT(limit_buffered), "SIZE", "256MiB",
     "bodies and answers held for all clients at once"},
    {"limit-answer", option_read_duration, OPTION_AMOUNT, AT(limit_answer), "TIME", "300s",
     "time in which a client has to take an answer"},
    {"limits", option_read_switch, OPTION_BOOL, AT(limits.on), "on|off", "on",
     "limits of scripts; off for measuring alone"},
    {"limit-cpu", option_read_duration, OPTION_AMOUNT, AT(limits.cpu), "TIME", "1s",
     "processor time of a request"},
    {"limit-hold", option_read_duration, OPTION_AMOUNT, AT(limits.hold), "TIME", "250ms",
     "processor time for which a script may hold its worker where it cannot be paused"},
    {"limit-time", option_read_duration, OPTION_AMOUNT, AT(limits.time), "TIME", "10s",
     "wall time of a request"},
    {"limit-timer", option_read_duration, OPTION_AMOUNT, AT(limits.timer), "TIME", "60s",
     "wall time of a timer's run"},
    {"limit-load", option_read_duration, OPTION_AMOUNT, AT(limits.load), "TIME", "5s",
     "processor time of loading the scripts"},
    {"limit-memory", option_read_size, OPTION_AMOUNT, AT(limits.memory), "SIZE", "16MiB",
     "memory of a request's scripts; four times that for all of a worker"},
    {"database", option_read_database, OPTION_TEXT, AT(database), "URL",
     "sqlite:// in the data folder", "sqlite:///path/file.db or mariadb://user@host:3306/name"},
    {"database-password-file", option_read_path, OPTION_TEXT, AT(database_password_file),
     "FILE", "none",
     "holds the database user's password (or TIMECAPSULE_DATABASE_PASSWORD does)"},
    {"wait-database", option_read_seconds, OPTION_INT, AT(wait_database), "SECONDS",
     TEXT(LIMIT_WAIT_DATABASE_S),
     "how long `serve` waits for a MariaDB that is away when it starts; 0: not at all"},
    {"secret-file", option_read_path, OPTION_TEXT, AT(secret_file), "FILE",
     "secret in the data folder", "the server secret"},
    {"time-zone", option_read_zone, OPTION_TEXT, AT(time_zone), "ZONE", "the system's",
     "IANA name, such as Europe/Berlin"},
    {"mail", option_read_mail, OPTION_TEXT, AT(mail), "URL",
     "files in the data folder's outbox",
     "smtp://user@host:587, smtps://user@host:465 or file:/path"},
    {"mail-password-file", option_read_path, OPTION_TEXT, AT(mail_password_file), "FILE",
     "none", "holds the mail user's password (or TIMECAPSULE_MAIL_PASSWORD does)"},
    {"mail-from", option_read_mailbox, OPTION_TEXT, AT(mail_from), "ADDR",
     "the mail URL's user",
     "the sender of letters; many servers take no other than their user"},
    {"fetch-allow", option_read_network, OPTION_LIST, AT(fetch_allow), "CIDR", "none",
     "address or network that scripts may fetch from besides the public Internet; may be "
     "repeated"},
    {"fetch-ca", option_read_path, OPTION_TEXT, AT(fetch_ca), "FILE", "none",
     "certificates of servers to fetch from that are trusted besides the system's"},
    {"reminders", option_read_switch, OPTION_BOOL, AT(reminders), "on|off", "on",
     "off leaves them to `timecapsule remind`"},
    {"mail-to", option_read_reader, OPTION_TEXT, AT(mail_to), "ADDR", "none",
     "with `doctor` alone: where its trial letter goes"},
    {"still", option_read_flag, OPTION_BOOL, AT(still), "on|off", "off",
     "with `check` alone: how much of each page is made once for everybody"},
    {"log-level", option_read_level, OPTION_INT, AT(log_level), "LEVEL", "info",
     "debug, info, warn or error"},
    {"access-log", option_read_access, OPTION_TEXT, AT(access_log), "WHERE", "info",
     "the line of each request: a level among the others, a file (with a slash), or off"},
    {"log-format", option_read_format, OPTION_INT, AT(log_format), "FORMAT", "text",
     "text or json"},
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
    return option->read == option_read_flag;
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

/* --- values ---------------------------------------------------------------------------- */

static bool set_list(const struct option *option, struct option_list *list, const char *value,
                     bool first, struct err *err)
{
    static const char dividers[] = ", \t";
    struct option_list words = {NULL, 0};
    for (const char *at = value + strspn(value, dividers); *at; at += strspn(at, dividers)) {
        size_t len = strcspn(at, dividers);
        CLEANUP(mem_freep) char *word = mem_copy(at, len);
        if (!option->read(word, NULL, err)) {
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

bool option_set(const struct option *option, struct options *options, const char *value,
                bool first, struct err *err)
{
    void *place = (char *)options + option->offset;
    return option->storage == OPTION_LIST ? set_list(option, place, value, first, err)
                                          : option->read(value, place, err);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct option_list *a, const struct option_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

bool option_is_same(const struct option *option, const struct options *a,
                    const struct options *b)
{
    static const size_t sizes[] = {[OPTION_BOOL] = sizeof(bool),
                                   [OPTION_INT] = sizeof(int),
                                   [OPTION_AMOUNT] = sizeof(uint64_t)};
    const void *left = (const char *)a + option->offset;
    const void *right = (const char *)b + option->offset;
    switch (option->storage) {
    case OPTION_TEXT:
        return same_text(*(char *const *)left, *(char *const *)right);
    case OPTION_LIST:
        return same_list(left, right);
    default:
        return memcmp(left, right, sizes[option->storage]) == 0;
    }
}

void option_free(const struct option *option, struct options *options)
{
    void *place = (char *)options + option->offset;
    if (option->storage == OPTION_TEXT)
        free(*(char **)place);
    else if (option->storage == OPTION_LIST)
        option_list_done(place);
}
