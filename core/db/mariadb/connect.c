/*
 * Making a connection: the walk over the hosts, what each is asked for, and what every
 * connection is set up with.
 *
 * The client's own list of hosts is not used: it does not go on behind a host that hangs.
 * Name resolution, connecting and the TLS handshake are left to the client, which waits at
 * most MARIA_CONNECT_S for each read of it; from then on only its non-blocking calls are used.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OLDEST = 100600 }; /* 10.6: FOR UPDATE SKIP LOCKED, atomic schema changes */
enum { LONGEST_STATEMENT_S = 365 * 24 * 3600 }; /* the server takes no more */

/* Names of authentication plugins that show nobody the password; the others (PAM's dialog)
 * are for TLS. */
static const char blind_plugins[] =
    "mysql_native_password,client_ed25519,parsec,caching_sha2_password,sha256_password,"
    "auth_gssapi_client";

/* Strict: what does not fit is refused and never cut.  FOUND_ROWS (below) and PIPES_AS_CONCAT
 * make the two databases mean the same by the same words. */
static const char set_up[] =
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin, SESSION autocommit = 1, wait_timeout = 3600,"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT',"
    " max_statement_time = %.3f, innodb_lock_wait_timeout = %d";

static const char ask[] =
    "SELECT @@character_set_database, @@collation_database, @@global.read_only";

static const char *find_bundle(void)
{
    static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}

static enum maria_tls tls_of(const struct maria_place *place, const struct maria_host *host)
{
    if (place->tls != TLS_DEFAULT)
        return place->tls;
    return maria_host_is_near(host) ? TLS_OFF : TLS_VERIFY;
}

/* Without an authority named, the client would verify nothing: so one always is. */
static bool set_tls(MYSQL *my, const struct maria_place *place, const struct maria_host *host,
                    struct err *err)
{
    enum maria_tls tls = tls_of(place, host);
    const my_bool on = 1, verify = tls == TLS_VERIFY;

    if (tls == TLS_OFF) {
        mysql_optionsv(my, MARIADB_OPT_RESTRICTED_AUTH, blind_plugins);
        return true;
    }
    mysql_optionsv(my, MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_optionsv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (!verify)
        return true;
    const char *ca = place->ca ? place->ca : find_bundle();
    if (ca == NULL || access(ca, R_OK) != 0)
        return err_set(err, ERR_INPUT,
                       "cannot read %s, by which the server is verified (ca= in the URL)",
                       ca ? ca : "any bundle of certificate authorities");
    mysql_optionsv(my, MYSQL_OPT_SSL_CA, ca);
    return true;
}

/* From 3.4 on some clients take a server whose certificate is of another authority, once it has
 * shown that it knows the password's hash.  What the handshake found is kept: it decides here.
 * (Such clients compare no name with the certificate of a server on this machine.) */
static bool check_verified(MYSQL *my, const struct maria_place *place,
                           const struct maria_host *host, struct err *err)
{
#if MARIADB_PACKAGE_VERSION_ID >= 30401
    unsigned faults = 0;

    if (tls_of(place, host) == TLS_VERIFY &&
        (mariadb_get_infov(my, MARIADB_TLS_VERIFY_STATUS, &faults) != 0 ||
         faults != MARIADB_TLS_VERIFY_OK))
        return err_set(err, ERR_IO, "its certificate is not one of the given authority's");
#else
    (void)my;
    (void)place;
    (void)host;
    (void)err;
#endif
    return true;
}

static void set_options(MYSQL *my, const struct maria_host *host)
{
    const unsigned seconds = MARIA_CONNECT_S;
    const unsigned protocol = host->name != NULL ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    const unsigned no_files = 0; /* a server must not ask for ours */
    const my_bool off = 0;

    mysql_optionsv(my, MYSQL_OPT_NONBLOCK, 0);
    mysql_optionsv(my, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_optionsv(my, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(my, MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_optionsv(my, MYSQL_REPORT_DATA_TRUNCATION, &off);
    mysql_optionsv(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(my, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "timecapsule");
}

/* The client must not block on it any more; a TLS connection would, otherwise. */
static bool unblock(MYSQL *my, struct err *err)
{
    int fd = mysql_get_socket(my);
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_set(err, ERR_IO, "cannot use the connection: %s", strerror(errno));
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return true;
}

static bool check_server(MYSQL *my, struct err *err)
{
    const char *version = mysql_get_server_info(my);

    if (!mariadb_connection(my) || mysql_get_server_version(my) < OLDEST)
        return err_set(err, ERR_STATE, "this is version %s; MariaDB 10.6 or newer is needed",
                       version ? version : "unknown");
    return true;
}

static bool is(const char *cell, const char *word)
{
    return cell != NULL && strcmp(cell, word) == 0;
}

/* Letters that differ must never compare equal, and every one must find room. */
static bool check_row(MYSQL_ROW row, const struct maria_place *place, bool *ret_read_only,
                      struct err *err)
{
    if (!is(row[1], "utf8mb4_bin") && !is(row[1], "utf8mb4_nopad_bin"))
        return err_set(err, ERR_STATE,
                       "the database %s has the character set %s and the collation %s; run: "
                       "ALTER DATABASE %s CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                       place->database, row[0] ? row[0] : "?", row[1] ? row[1] : "?",
                       place->database);
    *ret_read_only = !is(row[2], "0") && !is(row[2], "OFF");
    return true;
}

static bool check_database(MYSQL *my, const struct maria_place *place, uint64_t deadline,
                           bool *ret_read_only, struct err *err)
{
    if (maria_block_query(my, ask, deadline) != 0) {
        maria_failure(my, NULL, true, err);
        return false;
    }
    MYSQL_RES *rows = maria_block_store(my, deadline);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    bool ok = row != NULL ? check_row(row, place, ret_read_only, err)
                          : err_set(err, ERR_IO, "it does not say what its database is like");
    mysql_free_result(rows);
    return ok;
}

/* For max_statement_time: a statement whose caller has given up does not stay on the server.
 * Migrations, which are not of a loop, take their time: 0. */
static double statement_limit(const struct maria_db *db, bool for_loop)
{
    double seconds = for_loop ? (double)db->base.longest / (double)NS_PER_S : 0;

    return seconds < LONGEST_STATEMENT_S ? seconds : LONGEST_STATEMENT_S;
}

static bool prepare_session(MYSQL *my, const struct maria_db *db, bool for_loop,
                            bool *ret_read_only, struct err *err)
{
    uint64_t deadline = clock_monotonic() + MARIA_CONNECT_S * NS_PER_S;
    CLEANUP(mem_freep)
    char *sql = mem_format(set_up, statement_limit(db, for_loop), MARIA_LOCK_WAIT_S);

    if (!unblock(my, err) || !check_server(my, err))
        return false;
    if (maria_block_query(my, sql, deadline) != 0) {
        maria_failure(my, NULL, true, err);
        return false;
    }
    return check_database(my, &db->place, deadline, ret_read_only, err);
}

static bool dial(const struct maria_db *db, const struct maria_host *host, bool for_loop,
                 MYSQL **ret_my, bool *ret_read_only, struct err *err)
{
    const struct maria_place *place = &db->place;
    MYSQL *my = mysql_init(NULL);

    if (my == NULL)
        return err_set(err, ERR_IO, "no memory for a connection");
    set_options(my, host);
    bool ok = set_tls(my, place, host, err);
    if (ok && mysql_real_connect(my, host->name, place->user, place->password, place->database,
                                 host->port, place->socket, CLIENT_FOUND_ROWS) == NULL) {
        maria_failure(my, NULL, true, err);
        ok = false;
    }
    if (!ok || !check_verified(my, place, host, err) ||
        !prepare_session(my, db, for_loop, ret_read_only, err)) {
        mysql_close(my);
        return false;
    }
    *ret_my = my;
    return true;
}

/* Adds one host's failure to those before it. */
static void collect(struct err *all, const struct maria_place *place,
                    const struct maria_host *host, const struct err *one)
{
    struct err before = *all;
    const char *between = before.text[0] != '\0' ? "; " : "";

    if (host->name != NULL)
        err_set(all, one->kind, "%s%s%s:%u: %s", before.text, between, host->name, host->port,
                one->text);
    else
        err_set(all, one->kind, "%s: %s", place->socket, one->text);
}

/* One round.  *any_read_only: NULL takes such a server, too; else it counts as out of reach and
 * sets this. */
static bool walk(struct maria_db *db, bool for_loop, bool *any_read_only, const int *stop,
                 MYSQL **ret_my, size_t *ret_host, struct err *err)
{
    const struct maria_place *place = &db->place;
    size_t first = __atomic_load_n(&db->first_host, __ATOMIC_RELAXED);
    struct err all = {.kind = ERR_IO};

    for (size_t i = 0; i < place->nhosts && !__atomic_load_n(stop, __ATOMIC_RELAXED); i++) {
        size_t index = (first + i) % place->nhosts;
        bool read_only = false;
        struct err one;
        MYSQL *my = NULL;
        if (dial(db, &place->hosts[index], for_loop, &my, &read_only, &one)) {
            if (!read_only || any_read_only == NULL) {
                *ret_my = my;
                *ret_host = index;
                return true;
            }
            mysql_close(my);
            *any_read_only = true;
            err_set(&one, ERR_IO, "is read-only");
        }
        collect(&all, place, &place->hosts[index], &one);
    }
    if (err != NULL)
        *err = all;
    return err_prefix(err, "the database cannot be reached");
}

bool maria_connect(struct maria_db *db, bool for_loop, const int *stop, MYSQL **ret_my,
                   size_t *ret_host, struct err *err)
{
    static const int never = 0;
    bool several = db->place.nhosts > 1;
    bool any_read_only = false;

    if (stop == NULL)
        stop = &never;
    if (!walk(db, for_loop, several ? &any_read_only : NULL, stop, ret_my, ret_host, err) &&
        !(any_read_only && walk(db, for_loop, NULL, stop, ret_my, ret_host, err)))
        return false;
    __atomic_store_n(&db->first_host, *ret_host, __ATOMIC_RELAXED);
    return true;
}
