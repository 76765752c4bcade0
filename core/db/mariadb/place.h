/* Where a database is and how it is spoken to: what a MariaDB URL says. */
#pragma once

#include "base/err.h"
#include "base/url.h"

enum { MARIA_MAX_HOSTS = 16 };

enum maria_tls { TLS_DEFAULT, TLS_OFF, TLS_ENCRYPT, TLS_VERIFY };

struct maria_host {
    char *name;
    unsigned port;
};

struct maria_place {
    struct maria_host *hosts; /* one without a name where there is a socket */
    size_t nhosts;
    char *socket, *user, *password, *database, *ca;
    enum maria_tls tls;
    size_t pool, queue;
};

bool maria_place_read(const struct url *url, struct maria_place *ret_place, struct err *err);
void maria_place_done(struct maria_place *place);
/* How that host is spoken to, never TLS_DEFAULT. */
enum maria_tls maria_place_tls(const struct maria_place *place, const struct maria_host *host);
/* The file of those by whom a server is verified: the URL's, or the system's; NULL: none. */
const char *maria_place_authorities(const struct maria_place *place);
