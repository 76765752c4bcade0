/*
 * What a MariaDB URL says:
 *
 *     mariadb://user@host:3306,host2:3306/database?tls=verify&ca=FILE&pool=16&queue=1024
 *     mariadb://user@/database?socket=/run/mysqld/mysqld.sock
 *
 * With hosts it is always TCP, `localhost` too.  Without `tls` a host on the loopback is
 * spoken to in the clear and every other one over TLS, verified.
 */
#include "db/mariadb/place.h"

#include "base/cut.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/db.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* POOL: connections of the process, unless ?pool= says otherwise */
enum { POOL = 16, PORT = 3306, MAX_POOL = 1000, MAX_QUEUE = 1000000 };

void maria_place_done(struct maria_place *place)
{
    for (size_t i = 0; i < place->nhosts; i++)
        free(place->hosts[i].name);
    if (place->password != NULL)
        explicit_bzero(place->password, strlen(place->password));
    free(place->hosts);
    free(place->socket);
    free(place->user);
    free(place->password);
    free(place->database);
    free(place->ca);
    *place = (struct maria_place){0};
}

static bool is_near(const struct maria_host *host)
{
    return host->name == NULL || url_is_loopback(slice_of(host->name));
}

enum maria_tls maria_place_tls(const struct maria_place *place, const struct maria_host *host)
{
    if (place->tls != TLS_DEFAULT)
        return place->tls;
    return is_near(host) ? TLS_OFF : TLS_VERIFY;
}

const char *maria_place_authorities(const struct maria_place *place)
{
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

    if (place->ca != NULL)
        return place->ca;
    for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++)
        if (access(bundles[i], R_OK) == 0)
            return bundles[i];
    return NULL;
}

/* "host", "host:3306", "[::1]:3306" */
static bool read_host(struct slice text, struct maria_host *ret_host, struct err *err)
{
    struct url_host host;
    int64_t number = PORT;

    if (text.len > 0 && text.data[0] == '[' && !cut_has(text, ']'))
        return err_set(err, ERR_INPUT, "a host of the database URL lacks its ']'");
    bool good = url_host(text, &host);
    if (good && host.name.len == 0)
        return err_set(err, ERR_INPUT, "the database URL has a host without a name");
    if (!good || (host.port.data != NULL && !str_to_int64(host.port, 1, 65535, &number)))
        return err_set(err, ERR_INPUT,
                       "'%.*s' of the database URL is no host: host, host:3306 or [::1]:3306",
                       (int)text.len, text.data);
    *ret_host = (struct maria_host){mem_copy(host.name.data, host.name.len), (unsigned)number};
    return true;
}

static void add_host(struct maria_place *place, struct maria_host host)
{
    place->hosts = mem_resize(place->hosts, place->nhosts + 1, sizeof *place->hosts);
    place->hosts[place->nhosts++] = host;
}

static bool read_hosts(const char *text, struct maria_place *place, struct err *err)
{
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma ? (size_t)(comma - at) : strlen(at);
        struct maria_host host = {0};
        if (place->nhosts == MARIA_MAX_HOSTS)
            return err_set(err, ERR_INPUT, "the database URL has more than %d hosts",
                           MARIA_MAX_HOSTS);
        if (!read_host((struct slice){at, len}, &host, err))
            return false;
        add_host(place, host);
        at = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool read_path(const struct url_option *option, char **path, struct err *err)
{
    if (option->value[0] != '/')
        return err_set(err, ERR_INPUT, "%s=%s: a path from the root is meant", option->name,
                       option->value);
    free(*path);
    *path = mem_text(option->value);
    return true;
}

static bool read_tls(const struct url_option *option, enum maria_tls *tls, struct err *err)
{
    if (strcmp(option->value, "verify") == 0)
        *tls = TLS_VERIFY;
    else if (strcmp(option->value, "encrypt") == 0)
        *tls = TLS_ENCRYPT;
    else if (strcmp(option->value, "off") == 0)
        *tls = TLS_OFF;
    else
        return err_set(err, ERR_INPUT,
                       "tls=%s: there are verify, encrypt (without asking who answers) and off",
                       option->value);
    return true;
}

static bool read_option(const struct url_option *option, struct maria_place *place,
                        struct err *err)
{
    if (strcmp(option->name, "tls") == 0)
        return read_tls(option, &place->tls, err);
    if (strcmp(option->name, "ca") == 0)
        return read_path(option, &place->ca, err);
    if (strcmp(option->name, "socket") == 0)
        return read_path(option, &place->socket, err);
    if (strcmp(option->name, "pool") == 0 || strcmp(option->name, "queue") == 0)
        return true; /* read below */
    return err_set(err, ERR_INPUT,
                   "MariaDB has no option '%s'; there are: tls, ca, socket, pool, queue",
                   option->name);
}

static bool read_place(const struct url *url, struct maria_place *place, struct err *err)
{
    for (size_t i = 0; i < url->noptions; i++)
        if (!read_option(&url->options[i], place, err))
            return false;
    if (!db_url_number(url, "pool", MAX_POOL, &place->pool, err) ||
        !db_url_number(url, "queue", MAX_QUEUE, &place->queue, err))
        return false;
    if (url->user == NULL || url->user[0] == '\0')
        return err_set(err, ERR_INPUT, "a MariaDB URL names a user: mariadb://user@host/name");
    if (url->path[0] != '/' || url->path[1] == '\0' || strchr(url->path + 1, '/') != NULL)
        return err_set(err, ERR_INPUT,
                       "a MariaDB URL names a database: mariadb://user@host/name");
    if ((url->hosts != NULL) == (place->socket != NULL))
        return err_set(err, ERR_INPUT,
                       "a MariaDB URL has either hosts (mariadb://user@host:3306/name) or a "
                       "socket (mariadb://user@/name?socket=/path)");
    place->user = mem_text(url->user);
    place->password = mem_text(url->password ? url->password : "");
    place->database = mem_text(url->path + 1);
    if (url->hosts != NULL)
        return read_hosts(url->hosts, place, err);
    add_host(place, (struct maria_host){0});
    return true;
}

bool maria_place_read(const struct url *url, struct maria_place *ret_place, struct err *err)
{
    struct maria_place place = {.pool = POOL, .queue = LIMIT_DB_QUEUE};

    if (!read_place(url, &place, err)) {
        maria_place_done(&place);
        return false;
    }
    *ret_place = place;
    return true;
}
