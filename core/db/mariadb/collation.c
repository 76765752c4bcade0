/*
 * Tables whose text has the collation that the database happens to have; see db.h.  One
 * word is looked for in a CREATE TABLE outside its parentheses, which is where the table's
 * own options stand, and in each column that holds text.
 */
#include "db/mariadb/collation.h"

#include "base/mem.h"
#include "db/mariadb/mariadb.h"
#include "db/migrate_file.h"
#include "db/sql_lexer.h"

#include <string.h>

enum { WORDS = 9 }; /* within which a table is named: CREATE OR REPLACE TABLE IF NOT EXISTS … */

/* A statement as it is read, one token after the other. */
struct reading {
    struct sql_lexer lexer;
    struct sql_token token;
    int depth; /* of parentheses */
};

static bool next(struct reading *reading)
{
    do
        if (!sql_lexer_next(&reading->lexer, &reading->token))
            return false;
    while (reading->token.kind == SQL_SPACE);
    reading->depth += slice_is(reading->token.text, "(") - slice_is(reading->token.text, ")");
    return true;
}

static bool is_any(const struct sql_token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (sql_token_is(token, *words))
            return true;
    return false;
}

static struct slice bare(struct slice name)
{
    bool quoted = name.len > 2 && name.data[0] == '`';

    return quoted ? (struct slice){name.data + 1, name.len - 2} : name;
}

/* The table that a statement creates or alters: the first name behind TABLE. */
static bool find_table(struct reading *reading, const char *verb, struct slice *ret_name)
{
    static const char *const between[] = {"TABLE", "IF", "NOT", "EXISTS", NULL};
    bool table = false;

    if (!next(reading) || !sql_token_is(&reading->token, verb))
        return false;
    for (int i = 0; i < WORDS && next(reading); i++) {
        table |= sql_token_is(&reading->token, "TABLE");
        if (table && !is_any(&reading->token, between)) {
            *ret_name = bare(reading->token.text);
            return true;
        }
    }
    return false;
}

static void start(struct reading *reading, const struct migration_statement *statement)
{
    *reading = (struct reading){0};
    sql_lexer_init(&reading->lexer, slice_of(statement->sql), &mariadb_dialect);
}

/* Is there text whose collation neither its column nor the table names?  BINARY and VARBINARY,
 * BLOBs and numbers have none; JSON has a fixed one. */
static bool leaves_open(struct reading *reading)
{
    static const char *const texts[] = {
        "CHAR",     "VARCHAR", "CHARACTER",  "NCHAR",    "TEXT",     "TINYTEXT", "ENUM",
        "NVARCHAR", "SET",     "MEDIUMTEXT", "LONGTEXT", "NATIONAL", NULL};
    static const char *const named[] = {"COLLATE", "BINARY", "BYTE", NULL};
    bool open = false, text = false;
    size_t word = 0; /* of the column's definition */

    while (next(reading)) {
        const struct sql_token *token = &reading->token;
        if (reading->depth == 0 &&
            (sql_token_is(token, "COLLATE") || sql_token_is(token, "LIKE")))
            return false;
        if (reading->depth == 1 && (slice_is(token->text, ",") || slice_is(token->text, "("))) {
            open |= text;
            text = false;
            word = 0;
            continue;
        }
        word++;
        if (reading->depth == 1 && word == 2)
            text = is_any(token, texts);
        text &= !is_any(token, named);
    }
    return open || text;
}

/* Does a later statement say it of a table that is there already? */
static bool is_said_later(const struct migration_list *list, size_t from, struct slice table)
{
    for (size_t i = from; i < list->count; i++)
        for (size_t k = 0; k < list->items[i].count; k++) {
            struct reading reading;
            struct slice name;
            start(&reading, &list->items[i].statements[k]);
            if (!find_table(&reading, "ALTER", &name) || name.len != table.len ||
                memcmp(name.data, table.data, table.len) != 0)
                continue;
            while (next(&reading))
                if (reading.depth == 0 && sql_token_is(&reading.token, "COLLATE"))
                    return true;
        }
    return false;
}

static void tell(const struct migration *migration, const struct migration_statement *statement,
                 struct slice table, statement_fault *fault, void *owner)
{
    CLEANUP(mem_freep) char *name = mem_copy(table.data, table.len);
    CLEANUP(mem_freep)
    char *message = mem_format(
        "the table %s names no collation, and the database's may take texts that differ for "
        "one "
        "key: end it with COLLATE = utf8mb4_nopad_bin, or use BINARY, VARBINARY and BLOB "
        "(where "
        "it was applied already, a new migration says ALTER TABLE %s CONVERT TO CHARACTER SET "
        "utf8mb4 COLLATE utf8mb4_nopad_bin)",
        name, name);

    fault(owner, migration->file, statement->line, message);
}

static void check_file(const struct migration_list *list, size_t index, statement_fault *fault,
                       void *owner)
{
    const struct migration *migration = &list->items[index];

    for (size_t k = 0; k < migration->count; k++) {
        struct reading reading;
        struct slice table;
        start(&reading, &migration->statements[k]);
        if (find_table(&reading, "CREATE", &table) && leaves_open(&reading) &&
            !is_said_later(list, index, table))
            tell(migration, &migration->statements[k], table, fault, owner);
    }
}

void maria_judge_migrations(const struct migration_source *sources, size_t count,
                            const struct db_driver *const *drivers, bool shared,
                            statement_fault *fault, void *owner)
{
    struct migration_list list;

    if (!migration_list_read(sources, count, &mariadb_dialect, drivers, &list, NULL))
        return; /* which is told where they are applied */
    for (size_t i = 0; i < list.count; i++)
        if (shared || strstr(list.items[i].file, ".mariadb.sql") != NULL)
            check_file(&list, i, fault, owner);
    migration_list_done(&list);
}
