/*
 * What MariaDB's errors mean to us, by number.
 *
 * The server's own sentence may quote a value ("Duplicate entry 'secret' for key …"), so it is
 * passed on only where it cannot: while preparing, when no values are there yet, and for the
 * numbers that are marked here.  Everything else gets a sentence of ours.
 */
#include "db/mariadb/error.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

enum { ER_WSREP_NOT_READY = 1047, ER_IDLE_CLOSED = 4031 }; /* not in the client's header */

struct meaning {
    unsigned code;
    enum err_kind kind;
    enum maria_effect effect;
    const char *text; /* NULL: the server's own */
};

static const char read_only[] = "the server is read-only";
static const char unfit[] = "a value does not fit its column";
static const char full[] =
    "the database server %s cannot write: is its disk full? Make room there";

static const struct meaning meanings[] = {
    {ER_LOCK_DEADLOCK, ERR_CONFLICT, EFFECT_UNDONE, NULL},
    {ER_LOCK_WAIT_TIMEOUT, ERR_CONFLICT, EFFECT_WAITED, NULL},
    {ER_AUTOINC_READ_FAILED, ERR_CONFLICT, EFFECT_WAITED, NULL}, /* the same, for a number */
    {ER_CHECKREAD, ERR_CONFLICT, EFFECT_UNDONE, NULL},

    {ER_QUERY_INTERRUPTED, ERR_TIMEOUT, EFFECT_NONE, "was interrupted on the server"},
    {ER_STATEMENT_TIMEOUT, ERR_TIMEOUT, EFFECT_NONE, "ran longer than the server lets it"},

    {ER_BAD_NULL_ERROR, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_NO_DEFAULT_FOR_FIELD, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_WARN_DATA_OUT_OF_RANGE, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_NO_REFERENCED_ROW_2, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_ROW_IS_REFERENCED_2, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_CONSTRAINT_FAILED, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_DATA_TOO_LONG, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_NO_REFERENCED_ROW, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_ROW_IS_REFERENCED, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_TRUNCATED_WRONG_VALUE, ERR_INPUT, EFFECT_NONE, unfit},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ERR_INPUT, EFFECT_NONE, unfit},
    {WARN_DATA_TRUNCATED, ERR_INPUT, EFFECT_NONE, NULL},
    {ER_DATA_OUT_OF_RANGE, ERR_INPUT, EFFECT_NONE, unfit},
    {ER_SIGNAL_EXCEPTION, ERR_INPUT, EFFECT_NONE, "is refused by a trigger or a routine"},

    {ER_NO_SUCH_TABLE, ERR_IO, EFFECT_NONE, NULL},
    {ER_BAD_FIELD_ERROR, ERR_IO, EFFECT_NONE, NULL},

    {ER_TABLE_EXISTS_ERROR, ERR_STATE, EFFECT_NONE, NULL},
    {ER_DUP_FIELDNAME, ERR_STATE, EFFECT_NONE, NULL},
    {ER_DUP_KEYNAME, ERR_STATE, EFFECT_NONE, NULL},
    {ER_CANT_DROP_FIELD_OR_KEY, ERR_STATE, EFFECT_NONE, NULL},
    {ER_DUP_CONSTRAINT_NAME, ERR_STATE, EFFECT_NONE, NULL},
    {ER_BAD_TABLE_ERROR, ERR_STATE, EFFECT_NONE, NULL},
    {ER_TRG_ALREADY_EXISTS, ERR_STATE, EFFECT_NONE, NULL},

    {ER_NET_PACKET_TOO_LARGE, ERR_INPUT, EFFECT_SIZE,
     "is larger than the server takes (its max_allowed_packet)"},
    {CR_NET_PACKET_TOO_LARGE, ERR_INPUT, EFFECT_SIZE,
     "is larger than the client sends (max_allowed_packet)"},
    {ER_MAX_PREPARED_STMT_COUNT_REACHED, ERR_LIMIT, EFFECT_CROWDED, NULL},
    {ER_UNKNOWN_STMT_HANDLER, ERR_IO, EFFECT_PREPARE, NULL},
    {ER_NEED_REPREPARE, ERR_IO, EFFECT_PREPARE, NULL},
    {CR_NEW_STMT_METADATA, ERR_IO, EFFECT_LOST, "its columns have changed meanwhile"},

    {ER_OPTION_PREVENTS_STATEMENT, ERR_IO, EFFECT_READ_ONLY, read_only},
    {ER_READ_ONLY_MODE, ERR_IO, EFFECT_READ_ONLY, read_only},
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ERR_IO, EFFECT_READ_ONLY, read_only},

    {ER_DISK_FULL, ERR_IO, EFFECT_FULL, full},
    {ER_RECORD_FILE_FULL, ERR_IO, EFFECT_FULL, full},
    {ER_ERROR_ON_WRITE, ERR_IO, EFFECT_FULL, full},
    {ER_GET_ERRNO, ERR_IO, EFFECT_FULL, "its storage engine has failed"},
    {ER_ERROR_DURING_COMMIT, ERR_IO, EFFECT_CUT, NULL}, /* a disk, or a lost quorum */

    {ER_OUTOFMEMORY, ERR_IO, EFFECT_NONE, NULL},
    {ER_OUT_OF_RESOURCES, ERR_IO, EFFECT_NONE, NULL},
    {ER_CON_COUNT_ERROR, ERR_IO, EFFECT_GONE, NULL},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_IO, EFFECT_GONE, NULL},
    {ER_USER_LIMIT_REACHED, ERR_IO, EFFECT_NONE, NULL},
    {ER_HOST_IS_BLOCKED, ERR_IO, EFFECT_GONE, NULL},
    {ER_HOST_NOT_PRIVILEGED, ERR_STATE, EFFECT_GONE, NULL},
    {ER_ACCESS_DENIED_ERROR, ERR_STATE, EFFECT_GONE, NULL},
    {ER_DBACCESS_DENIED_ERROR, ERR_STATE, EFFECT_GONE, NULL},
    {ER_BAD_DB_ERROR, ERR_STATE, EFFECT_GONE, NULL},
    {ER_TABLEACCESS_DENIED_ERROR, ERR_IO, EFFECT_NONE, NULL},
    {ER_COLUMNACCESS_DENIED_ERROR, ERR_IO, EFFECT_NONE, NULL},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, ERR_IO, EFFECT_NONE, NULL},
    {ER_WSREP_NOT_READY, ERR_IO, EFFECT_ASIDE, "is cut off from its cluster"},
    {ER_SERVER_SHUTDOWN, ERR_IO, EFFECT_GONE, NULL},
    {ER_NORMAL_SHUTDOWN, ERR_IO, EFFECT_GONE, NULL},
    {ER_CONNECTION_KILLED, ERR_IO, EFFECT_GONE, NULL},
    {ER_IDLE_CLOSED, ERR_IO, EFFECT_GONE, NULL},
    {CR_SERVER_GONE_ERROR, ERR_IO, EFFECT_GONE, NULL},
    {CR_SERVER_LOST, ERR_IO, EFFECT_LOST, NULL},
};

static const struct meaning *find(unsigned code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return &meanings[i];
    return NULL;
}

static bool is_duplicate(unsigned code)
{
    return code == ER_DUP_ENTRY || code == ER_DUP_ENTRY_WITH_KEY_NAME || code == ER_DUP_KEY;
}

enum err_kind maria_kind(unsigned code)
{
    const struct meaning *known = find(code);

    if (known != NULL)
        return known->kind;
    return is_duplicate(code) ? ERR_CONFLICT : ERR_IO;
}

/* "Duplicate entry 'VALUE' for key 'NAME'": the value is left out. */
static bool duplicate(const char *text, struct err *err)
{
    static const char before[] = " for key ";
    const char *key = NULL;

    for (const char *at = text; (at = strstr(at, before)) != NULL; at++)
        key = at + strlen(before);
    return err_set(err, ERR_CONFLICT, "there is a row with the same key already%s%s",
                   key ? ": " : "", key ? key : "");
}

enum maria_effect maria_failure(MYSQL *my, MYSQL_STMT *stmt, bool preparing, struct err *err)
{
    bool own = stmt != NULL && mysql_stmt_errno(stmt) != 0;
    unsigned code = own ? mysql_stmt_errno(stmt) : mysql_errno(my);
    const char *text = own ? mysql_stmt_error(stmt) : mysql_error(my);
    const struct meaning *known = find(code);

    if (known != NULL && known->text == full) {
        err_set(err, known->kind, full, my->host ? my->host : "localhost");
        return known->effect;
    }
    if (known != NULL) {
        err_set(err, known->kind, "%s", known->text ? known->text : text);
        return known->effect;
    }
    if (is_duplicate(code)) {
        duplicate(text, err);
        return EFFECT_NONE;
    }
    /* The client's own errors: from 2000 and, newer ones, from 5000 on. */
    if (code == 0 || (code >= CR_MIN_ERROR && code < 3000) || code >= 5000) {
        err_set(err, ERR_IO, "%s", code == 0 ? "the connection has failed" : text);
        return EFFECT_LOST;
    }
    err_set(err, maria_kind(code), "%s", text);
    if (!preparing)
        err_set(err, maria_kind(code), "the server refuses it with error %u", code);
    return EFFECT_NONE;
}
