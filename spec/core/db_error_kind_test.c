/* Whose fault an error is: of all codes of both clients only those that are listed here are the
 * caller's; the others, and those that are not known yet, are the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/mariadb/error.h"
#include "db/sqlite/driver.h"

#include <errmsg.h>
#include <mysqld_error.h>

struct expected {
    enum err_kind kind;
    int codes[24]; /* ended by 0 */
};

static const struct expected sqlite_expected[] = {
    {ERR_INPUT,
     {SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_NOTNULL,
      SQLITE_CONSTRAINT_TRIGGER, SQLITE_CONSTRAINT_DATATYPE, SQLITE_MISMATCH}},
    {ERR_CONFLICT,
     {SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID,
      SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_BUSY_SNAPSHOT, SQLITE_BUSY_TIMEOUT,
      SQLITE_LOCKED, SQLITE_LOCKED_SHAREDCACHE, SQLITE_LOCKED_VTAB}},
    {ERR_TIMEOUT, {SQLITE_INTERRUPT}},
    {ERR_LIMIT, {SQLITE_TOOBIG}}};

static const struct expected maria_expected[] = {
    {ERR_INPUT,
     {ER_BAD_NULL_ERROR, ER_NO_DEFAULT_FOR_FIELD, ER_WARN_DATA_OUT_OF_RANGE,
      ER_NO_REFERENCED_ROW, ER_NO_REFERENCED_ROW_2, ER_ROW_IS_REFERENCED,
      ER_ROW_IS_REFERENCED_2, ER_CONSTRAINT_FAILED, ER_DATA_TOO_LONG, ER_TRUNCATED_WRONG_VALUE,
      ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, WARN_DATA_TRUNCATED, ER_DATA_OUT_OF_RANGE,
      ER_SIGNAL_EXCEPTION, ER_NET_PACKET_TOO_LARGE, CR_NET_PACKET_TOO_LARGE}},
    {ERR_CONFLICT,
     {ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, ER_AUTOINC_READ_FAILED, ER_CHECKREAD,
      ER_DUP_ENTRY, ER_DUP_ENTRY_WITH_KEY_NAME, ER_DUP_KEY}}};

static bool has(const struct expected *expected, int code)
{
    for (size_t i = 0; expected->codes[i] != 0; i++)
        if (expected->codes[i] == code)
            return true;
    return false;
}

static void expect(const struct expected *lists, size_t count, int code, enum err_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        if (has(&lists[i], code) && kind != lists[i].kind)
            fail_msg("%d is %s, not %s", code, err_kind_name(kind),
                     err_kind_name(lists[i].kind));
        if (kind == lists[i].kind && !has(&lists[i], code))
            fail_msg("%d is %s, and nobody says so", code, err_kind_name(kind));
    }
}

/* A primary code has eight bits, an extended one up to eight more. */
static void sqlite_codes(void **state)
{
    (void)state;
    for (int code = 1; code < 0x10000; code++) {
        int primary = code & 0xff;
        if (primary == 0 || (primary == SQLITE_BUSY && code > SQLITE_BUSY_TIMEOUT) ||
            (primary == SQLITE_LOCKED && code > SQLITE_LOCKED_VTAB) ||
            ((primary == SQLITE_INTERRUPT || primary == SQLITE_TOOBIG ||
              primary == SQLITE_MISMATCH) &&
             code > 0xff))
            continue; /* of a later version: as its primary code */
        expect(sqlite_expected, sizeof sqlite_expected / sizeof *sqlite_expected, code,
               sqlite_kind(code));
    }
    assert_int_equal(sqlite_kind(SQLITE_READONLY), ERR_IO);
    assert_int_equal(sqlite_kind(SQLITE_READONLY_DBMOVED), ERR_IO);
    assert_int_equal(sqlite_kind(SQLITE_ERROR), ERR_IO);
}

static void mariadb_codes(void **state)
{
    (void)state;
    for (int code = 1; code < 10000; code++)
        expect(maria_expected, sizeof maria_expected / sizeof *maria_expected, code,
               maria_kind((unsigned)code));
    assert_int_equal(maria_kind(ER_NO_SUCH_TABLE), ERR_IO);
    assert_int_equal(maria_kind(ER_BAD_FIELD_ERROR), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_codes),
        cmocka_unit_test(mariadb_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
