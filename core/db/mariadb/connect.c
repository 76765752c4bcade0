/*
 * One connection to one host; see the header.
 *
 * Name resolution, connecting and the TLS handshake are left to the client, which waits at most
 * MARIA_CONNECT_S for each read of it; from then on only its non-blocking calls are used.
 */
#include "db/mariadb/connect.h"

#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/error.h"
#include "db/mariadb/step.h"

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
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, SESSION autocommit = 1, wait_timeout = 3600,"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT',"
    " max_statement_time = %.3f, innodb_lock_wait_timeout = %d";

/* Which of them are variables of the server, and which of its status, differs: so they are
 * looked up.  A node that has lost its cluster answers this, and little else. */
static const char ask[] =
    "SELECT @@character_set_database, EXISTS (SELECT 1 FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE()), @@global.read_only,"
    " @@max_allowed_packet,"
    " (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES"
    " WHERE VARIABLE_NAME = 'WSREP_ON'),"
    " (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
    " WHERE VARIABLE_NAME = 'WSREP_READY')";

static const char ask_schema[] =
    "SELECT MAX(number) FROM migration WHERE space = 'app' AND statement = 0";

/* Without an authority named, the client would verify nothing: so one always is. */
static bool set_tls(MYSQL *my, const struct maria_place *place, const struct maria_host *host,
                    struct err *err)
{
    enum maria_tls tls = maria_place_tls(place, host);
    const my_bool on = 1, verify = tls == TLS_VERIFY;

    if (tls == TLS_OFF) {
        mysql_optionsv(my, MARIADB_OPT_RESTRICTED_AUTH, blind_plugins);
        return true;
    }
    mysql_optionsv(my, MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_optionsv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (!verify)
        return true;
    const char *ca = maria_place_authorities(place);
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

    if (maria_place_tls(place, host) == TLS_VERIFY &&
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

/* The tables name their own collations.  What is empty may be made fit; see lease.c. */
static bool holds_text(MYSQL_ROW row)
{
    return is(row[0], "utf8mb4") || is(row[0], "utf16") || is(row[0], "utf32") ||
           is(row[1], "0");
}

static bool check_row(MYSQL_ROW row, const struct maria_place *place, struct maria_found *found,
                      struct err *err)
{
    if (!holds_text(row))
        return err_set(err, ERR_STATE,
                       "the database %s has the character set %s, which cannot hold every "
                       "text; run: ALTER DATABASE %s CHARACTER SET utf8mb4 COLLATE "
                       "utf8mb4_nopad_bin",
                       place->database, row[0] ? row[0] : "?", place->database);
    found->clustered = is(row[4], "ON");
    if (found->clustered && !is(row[5], "ON")) {
        found->use = MARIA_CUT_OFF;
        return err_set(err, ERR_IO, "is cut off from its cluster (wsrep_ready is %s)",
                       row[5] ? row[5] : "not there");
    }
    found->use = is(row[2], "0") || is(row[2], "OFF") ? MARIA_USED : MARIA_READ_ONLY;
    return true;
}

/* What the server takes at once is what the client sends at most: it keeps the number, for
 * maria_fits(). */
static void keep_packet(MYSQL *my, const char *cell)
{
    unsigned long most = cell != NULL ? strtoul(cell, NULL, 10) : 0;

    if (most > 0)
        mysql_optionsv(my, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
}

static bool run(MYSQL *my, const char *sql, uint64_t deadline, struct err *err)
{
    struct maria_step step = {.my = my};

    if (maria_step_wait(&step, maria_step_query(&step, sql), deadline) == 0)
        return true;
    maria_failure(my, NULL, true, err);
    return false;
}

/* One row; judged while it is there. */
static bool ask_row(MYSQL *my, const char *sql, uint64_t deadline, MYSQL_RES **ret_rows,
                    MYSQL_ROW *ret_row, struct err *err)
{
    struct maria_step step = {.my = my};

    if (!run(my, sql, deadline, err))
        return false;
    maria_step_wait(&step, maria_step_store(&step), deadline);
    *ret_rows = step.rows;
    *ret_row = step.rows ? mysql_fetch_row(step.rows) : NULL;
    if (*ret_row != NULL)
        return true;
    mysql_free_result(step.rows);
    return err_set(err, ERR_IO, "it does not say what its database is like");
}

static bool check_database(MYSQL *my, const struct maria_place *place, uint64_t deadline,
                           struct maria_found *found, struct err *err)
{
    MYSQL_RES *rows;
    MYSQL_ROW row;

    if (!ask_row(my, ask, deadline, &rows, &row, err))
        return false;
    bool ok = check_row(row, place, found, err);
    if (ok)
        keep_packet(my, row[3]);
    mysql_free_result(rows);
    return ok;
}

/* One that lags behind the others has not heard of the newest migration yet. */
static bool check_schema(MYSQL *my, int schema, uint64_t deadline, struct maria_found *found,
                         struct err *err)
{
    MYSQL_RES *rows;
    MYSQL_ROW row;

    if (schema == 0)
        return true;
    if (!ask_row(my, ask_schema, deadline, &rows, &row, err))
        return false;
    long has = row[0] != NULL ? strtol(row[0], NULL, 10) : 0;
    mysql_free_result(rows);
    if (has >= schema)
        return true;
    found->use = MARIA_OLDER;
    return err_set(err, ERR_IO, "has an older schema: migration %ld, and %d is needed", has,
                   schema);
}

/* For max_statement_time: a statement whose caller has given up does not stay on the server. */
static double statement_limit(uint64_t longest)
{
    double seconds = (double)longest / (double)NS_PER_S;

    return seconds < (double)LONGEST_STATEMENT_S ? seconds : (double)LONGEST_STATEMENT_S;
}

static bool prepare_session(MYSQL *my, const struct maria_place *place,
                            struct maria_wants wants, struct maria_found *found,
                            struct err *err)
{
    uint64_t deadline = clock_monotonic() + MARIA_CONNECT_S * NS_PER_S;
    CLEANUP(mem_freep)
    char *sql = mem_format(set_up, statement_limit(wants.longest), MARIA_LOCK_WAIT_S);

    return check_server(my, err) && run(my, sql, deadline, err) &&
           check_database(my, place, deadline, found, err) &&
           check_schema(my, wants.schema, deadline, found, err);
}

bool maria_connect_guest(const struct maria_place *place, const struct maria_host *host,
                         MYSQL **ret_my, struct err *err)
{
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
    if (!ok || !check_verified(my, place, host, err) || !unblock(my, err)) {
        mysql_close(my);
        return false;
    }
    *ret_my = my;
    return true;
}

bool maria_connect(const struct maria_place *place, const struct maria_host *host,
                   struct maria_wants wants, MYSQL **ret_my, struct maria_found *found,
                   struct err *err)
{
    MYSQL *my;

    if (!maria_connect_guest(place, host, &my, err))
        return false;
    if (!prepare_session(my, place, wants, found, err)) {
        mysql_close(my);
        return false;
    }
    *ret_my = my;
    return true;
}
