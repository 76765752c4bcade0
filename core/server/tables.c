/* See tables.h. */
#include "server/tables.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

static const char has_mark[] = "SELECT 1 FROM meta WHERE name = 'restored_at'";
static const char forget_mark[] = "DELETE FROM meta WHERE name = 'restored_at'";
static const char set_mark[] = "INSERT INTO meta (name, value) VALUES ('restored_at', ?)";

static bool ask(struct db *db, struct db_session *session, const char *sql,
                struct db_result *ret_result, struct err *err)
{
    return db->driver->session_run(session, sql, NULL, 0, ret_result, err);
}

static bool count_rows(struct db *db, struct db_session *session, const struct db_value *name,
                       uint64_t *rows, struct err *err)
{
    struct db_result result = {0};
    CLEANUP(mem_freep)
    char *sql =
        mem_format("SELECT count(*) FROM \"%.*s\"", (int)name->bytes.len, name->bytes.data);
    bool ok = ask(db, session, sql, &result, err);
    *rows += ok ? (uint64_t)result.cells[0].integer : 0;
    db_result_done(&result);
    return ok;
}

bool tables_count(struct db *db, struct db_session *session, struct tally *ret_tally,
                  struct err *err)
{
    struct db_result names = {0};
    bool ok = ask(db, session,
                  "SELECT name FROM sqlite_schema WHERE type = 'table' "
                  "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                  &names, err);
    *ret_tally = (struct tally){.tables = names.nrows};
    for (size_t i = 0; ok && i < names.nrows; i++)
        ok = count_rows(db, session, &names.cells[i], &ret_tally->rows, err);
    db_result_done(&names);
    return ok;
}

bool tables_are_sound(struct db *db, struct db_session *session, struct err *err)
{
    struct db_result result = {0};
    if (!ask(db, session, "PRAGMA integrity_check(1)", &result, err))
        return false;
    const struct db_value *said = &result.cells[0];
    bool ok = result.nrows == 1 && said->type == DB_TEXT && said->bytes.len == 2 &&
              memcmp(said->bytes.data, "ok", 2) == 0;
    if (!ok)
        err_set(err, ERR_IO, "the file is damaged: %.*s",
                (int)(said->type == DB_TEXT ? said->bytes.len : 0), said->bytes.data);
    db_result_done(&result);
    return ok;
}

bool tables_mark_restored(struct db *db, struct db_session *session, struct err *err)
{
    struct db_value now = {.type = DB_NULL};
    CLEANUP(mem_freep) char *text = mem_format("%lld", (long long)clock_now());
    if (!tables_forget_restored(db, session, err))
        return false;
    db_value_set_bytes(&now, DB_BYTES, text, strlen(text));
    bool ok = db->driver->session_run(session, set_mark, &now, 1, NULL, err);
    db_value_done(&now);
    return ok;
}

bool tables_is_restored(struct db *db, struct db_session *session, bool *ret_restored,
                        struct err *err)
{
    struct db_result result = {0};
    bool ok = ask(db, session, has_mark, &result, err);
    *ret_restored = ok && result.nrows > 0;
    db_result_done(&result);
    return ok;
}

bool tables_forget_restored(struct db *db, struct db_session *session, struct err *err)
{
    return ask(db, session, forget_mark, NULL, err);
}
