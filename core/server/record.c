/* See record.h. */
#include "server/record.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sql[] = "INSERT INTO audit (at, via, actor, act, detail, outcome) "
                          "VALUES (?, 'command', ?, ?, ?, ?)";

enum { AT, ACTOR, ACT, DETAIL, OUTCOME, COLUMNS };

/* As much as the column takes; bytes that are no text are '?'. */
static void set_text(struct db_value *value, const char *text, size_t most)
{
    struct slice fit = {text, strnlen(text, most)};
    bool good = str_is_utf8(fit);
    db_value_set_bytes(value, DB_TEXT, fit.data, fit.len);
    for (size_t i = 0; i < fit.len && !good; i++)
        if ((unsigned char)text[i] >= 0x80)
            value->bytes.data[i] = '?';
}

static const char *account(void)
{
    static const char *const names[] = {"SUDO_USER", "USER", "LOGNAME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *name = getenv(names[i]);
        if (name && *name)
            return name;
    }
    return "unknown";
}

static bool insert(struct db *db, const struct record *record, struct err *err)
{
    struct db_value row[COLUMNS] = {{.type = DB_INTEGER, .integer = clock_now()}};
    struct db_session *session;
    if (!db->driver->session_open(db, &session, err))
        return false;
    set_text(&row[ACTOR], account(), 64);
    set_text(&row[ACT], record->act, 64);
    set_text(&row[DETAIL], record->detail, 2048);
    set_text(&row[OUTCOME], record->outcome, 255);
    bool good = db->driver->session_run(session, sql, row, COLUMNS, NULL, err);
    for (size_t i = 0; i < COLUMNS; i++)
        db_value_done(&row[i]);
    db->driver->session_close(session);
    return good;
}

bool record_command(const struct options *options, const struct record *record, struct err *err)
{
    struct instance instance = {.options = options};
    bool good =
        instance_open_database(&instance, false, err) && insert(instance.db, record, err);
    instance_close(&instance);
    return good;
}
