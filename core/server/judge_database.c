/* What judge.h says of the database: each host is asked by itself, as the server would. */
#include "server/judge.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/mem.h"
#include "server/drivers.h"
#include "server/grants.h"
#include "server/instance.h"

#include <stdlib.h>
#include <string.h>

static const char subject[] = "database";

struct asking {
    struct db *db;
    struct db_session *session;
    const char *host; /* as the URL has it; "" where there is none */
    struct verdicts *out;
};

/* The texts of one row, or of one column; all NULL where the question failed. */
enum { CELLS = 16 };
struct answer {
    struct db_result result;
    const char *cells[CELLS];
    size_t count;
};

static bool ask(const struct asking *asking, const char *sql, struct answer *ret_answer)
{
    struct err err;
    *ret_answer = (struct answer){0};
    if (!asking->db->driver->session_run(asking->session, sql, NULL, 0, &ret_answer->result,
                                         &err)) {
        verdict_add(asking->out, VERDICT_LOOK, subject,
                    mem_format("%s does not say how it is: %s", asking->host, err.text),
                    mem_text("ask again; if it stays so, look into its log"));
        return false;
    }
    size_t cells = ret_answer->result.nrows * ret_answer->result.ncolumns;
    for (size_t i = 0; i < cells && i < CELLS; i++) {
        const struct db_value *cell = &ret_answer->result.cells[i];
        bool text = cell->type == DB_TEXT || cell->type == DB_BYTES;
        ret_answer->cells[ret_answer->count++] = text ? cell->bytes.data : NULL;
    }
    return true;
}

static void answer_done(struct answer *answer)
{
    db_result_done(&answer->result);
}

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* ---- MariaDB ---- */

enum {
    VERSION,
    COLLATION,
    READ_ONLY,
    PACKET,
    CIPHER,
    NOT_AFTER,
    WSREP,
    ACCOUNT,
    DATABASE,
    CLOCK
};

static const char state_sql[] =
    "SELECT VERSION(), @@collation_database, CAST(@@global.read_only + 0 AS CHAR),"
    " CAST(@@global.max_allowed_packet AS CHAR),"
    " (SELECT variable_value FROM information_schema.session_status"
    " WHERE variable_name = 'SSL_CIPHER'),"
    " (SELECT variable_value FROM information_schema.session_status"
    " WHERE variable_name = 'SSL_SERVER_NOT_AFTER'),"
    " (SELECT ready.variable_value FROM information_schema.global_status ready"
    " JOIN information_schema.global_variables clustered ON clustered.variable_name = "
    "'WSREP_ON'"
    " AND clustered.variable_value = 'ON' WHERE ready.variable_name = 'WSREP_READY'),"
    " CURRENT_USER(), DATABASE(), CAST(UNIX_TIMESTAMP() AS CHAR)";

static unsigned grants_of(const struct answer *lines, const char *database)
{
    unsigned grants = 0;
    for (size_t i = 0; i < lines->result.nrows; i++) {
        const struct db_value *cell = &lines->result.cells[i * lines->result.ncolumns];
        if (cell->type == DB_TEXT || cell->type == DB_BYTES)
            grants |= grants_read((struct slice){cell->bytes.data, cell->bytes.len}, database);
    }
    return grants;
}

/* What an account that may read and write rows may do to tables. */
static char *tables_of(unsigned grants)
{
    CLEANUP(buf_done) struct buf lacks = {0};
    grants_name(GRANT_SITE_TABLES & ~grants, &lacks);
    if ((grants & GRANT_TABLES) != GRANT_TABLES)
        return mem_text("; `timecapsule migrate` needs another account");
    if (lacks.len > 0)
        return mem_format(", and migrate, unless a site's migration needs %s", lacks.data);
    return mem_text(", and migrate");
}

static void judge_grants(const struct asking *asking, const char *account, unsigned grants)
{
    CLEANUP(buf_done) struct buf lacks = {0};
    CLEANUP(mem_freep) char *tables = tables_of(grants);
    grants_name(GRANT_ROWS & ~grants, &lacks);
    if (lacks.len > 0)
        verdict_add(
            asking->out, VERDICT_BROKEN, subject,
            mem_format("%s: the account %s may not %s", asking->host, account, lacks.data),
            mem_text("as an account that may: GRANT SELECT, INSERT, UPDATE, DELETE, see "
                     "docs/databases.md"));
    else if (grants & GRANT_SERVER)
        verdict_add(
            asking->out, VERDICT_LOOK, subject,
            mem_format("%s: the account %s may do more than the server needs: rule the "
                       "database server",
                       asking->host, account),
            mem_text("an account of its own, with SELECT, INSERT, UPDATE, DELETE on this "
                     "database alone: docs/databases.md"));
    else
        verdict_add(asking->out, VERDICT_GOOD, subject,
                    mem_format("%s: the account %s may read and write rows%s", asking->host,
                               account, tables),
                    NULL);
}

static void judge_rights(const struct asking *asking, const struct answer *state)
{
    CLEANUP(answer_done) struct answer lines;
    if (ask(asking, "SHOW GRANTS", &lines))
        judge_grants(asking, state->cells[ACCOUNT], grants_of(&lines, state->cells[DATABASE]));
}

/* Why the host is not to be written to now; NULL where it is. */
static const char *unfit(const struct answer *state)
{
    if (is(state->cells[WSREP], "OFF"))
        return "it is no part of its cluster's majority";
    return is(state->cells[READ_ONLY], "0") ? NULL : "it is read-only";
}

/* The largest value that a body may bring, sealed, with the rest of its row, in one packet. */
enum { PACKET_MIN = 4 * 1024 * 1024 };

static void judge_packet(const struct asking *asking, const char *packet)
{
    if (packet && strtoull(packet, NULL, 10) < PACKET_MIN)
        verdict_add(
            asking->out, VERDICT_LOOK, subject,
            mem_format("%s: max_allowed_packet is %s bytes: large values are refused",
                       asking->host, packet),
            mem_text("max_allowed_packet = 16M in the database server's configuration"));
}

/* Asking takes a moment, and clocks of several machines differ by a little. */
enum { CLOCK_LOOK_S = 5, CLOCK_BROKEN_S = 60 };

static void judge_clock(const struct asking *asking, const char *theirs)
{
    long long ahead = theirs ? (long long)clock_now() - strtoll(theirs, NULL, 10) : 0;
    if (llabs(ahead) > CLOCK_LOOK_S)
        verdict_add(
            asking->out, llabs(ahead) > CLOCK_BROKEN_S ? VERDICT_BROKEN : VERDICT_LOOK, "clock",
            ahead > 0 ? mem_format("this machine's clock is %lld s ahead of that of %s", ahead,
                                   asking->host)
                      : mem_format("this machine's clock is %lld s behind that of %s", -ahead,
                                   asking->host),
            mem_text("set the one that is wrong, and let a time service keep both (chrony, "
                     "systemd-timesyncd): docs/runbook.md, night 6"));
}

static void judge_state(const struct asking *asking, const struct answer *state)
{
    const char *why = unfit(state), *cipher = state->cells[CIPHER];
    int64_t not_after;
    if (why)
        verdict_add(
            asking->out, VERDICT_LOOK, subject,
            mem_format("%s answers, but %s", asking->host, why),
            mem_text("nothing is written there; another host of the URL takes it, if one "
                     "is"));
    verdict_add(asking->out, VERDICT_GOOD, subject,
                mem_format("%s is MariaDB %s, its text %s, %s", asking->host,
                           state->cells[VERSION], state->cells[COLLATION],
                           cipher && *cipher ? cipher : "without TLS"),
                NULL);
    if (cipher && *cipher && state->cells[NOT_AFTER] &&
        clock_of_certificate(state->cells[NOT_AFTER], &not_after))
        judge_certificate(subject, asking->host, not_after, asking->out);
    judge_packet(asking, state->cells[PACKET]);
    judge_clock(asking, state->cells[CLOCK]);
}

static void judge_mariadb(const struct asking *asking)
{
    CLEANUP(answer_done) struct answer state;
    if (!ask(asking, state_sql, &state))
        return;
    judge_state(asking, &state);
    judge_rights(asking, &state);
}

/* ---- SQLite ---- */

static void judge_sqlite(const struct asking *asking, const char *path)
{
    CLEANUP(answer_done) struct answer state;
    if (ask(asking, "SELECT sqlite_version()", &state) && state.count == 1)
        verdict_add(asking->out, VERDICT_GOOD, subject,
                    mem_format("SQLite %s on %s", state.cells[0], path), NULL);
}

/* ---- hosts ---- */

static bool judge_host(const struct url *url, const char *host, struct verdicts *out,
                       struct err *err)
{
    struct asking asking = {.host = host, .out = out};
    bool good =
        db_find(server_drivers, url, err) && db_open(server_drivers, url, &asking.db, err);
    if (good && asking.db->driver->session_open(asking.db, &asking.session, err)) {
        if (is(url->scheme, "sqlite"))
            judge_sqlite(&asking, url->path);
        else
            judge_mariadb(&asking);
        asking.db->driver->session_close(asking.session);
    } else {
        good = false;
    }
    db_close(asking.db);
    return good;
}

static void tell_unreached(const char *text, bool another, struct verdicts *out)
{
    verdict_add(out, another ? VERDICT_LOOK : VERDICT_BROKEN, subject, mem_text(text),
                another
                    ? mem_text("the other hosts of the URL are used meanwhile")
                    : mem_text("mend what the line says, or --database; a running server goes "
                               "on by itself then"));
}

/* Lines about hosts that failed come last, when it is known whether another answers. */
static bool judge_hosts(struct url *url, struct verdicts *out)
{
    CLEANUP(mem_freep) char *all = url->hosts;
    CLEANUP(buf_done) struct buf failures = {0};
    struct slice rest = slice_of(all);
    bool any = false;
    while (rest.len > 0) {
        struct slice host = cut_until(&rest, ',');
        CLEANUP(mem_freep) char *name = mem_copy(host.data, host.len);
        struct err err;
        url->hosts = name;
        if (judge_host(url, name, out, &err))
            any = true;
        else
            buf_addf(&failures, "%s\n", err.text);
    }
    url->hosts = NULL;
    struct slice lines = {failures.data, failures.len};
    while (lines.len > 0) {
        struct slice line = cut_until(&lines, '\n');
        CLEANUP(mem_freep) char *text = mem_copy(line.data, line.len);
        tell_unreached(text, any, out);
    }
    return any;
}

bool judge_database(const struct options *options, struct verdicts *out)
{
    CLEANUP(url_done) struct url url = {0};
    struct err err;
    bool good = instance_database_url(options, &url, &err);
    if (good && url.hosts)
        return judge_hosts(&url, out);
    const char *socket = good ? url_option(&url, "socket") : NULL;
    good = good && judge_host(&url, socket ? socket : "", out, &err);
    if (!good)
        tell_unreached(err.text, false, out);
    return good;
}
