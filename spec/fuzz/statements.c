/*
 * Files of named statements and of migrations, for both drivers.  Whatever they hold, faults
 * have a line of the file, a statement's slots are its question marks, and the statements of a
 * migration are parts of its text, in order.
 */
#include "fuzz.h"

#include "base/str.h"
#include "db/migrate_file.h"
#include "db/sql_lexer.h"
#include "db/statement.h"
#include "server/drivers.h"

#include <string.h>

static int count_lines(struct slice text)
{
    int lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static void on_a_line(void *owner, const char *file, int line, const char *message)
{
    MUST(strcmp(file, "sql/queries/fuzz.sql") == 0);
    MUST(line >= 1 && line <= *(int *)owner);
    MUST(message[0] && str_is_utf8(slice_of(message)));
}

/* Tokens cover the text without a gap, and lines only grow. */
static void lex(struct slice text, const struct sql_dialect *dialect)
{
    struct sql_lexer lexer;
    struct sql_token token;
    const char *at = text.data;
    int line = 1;

    sql_lexer_init(&lexer, text, dialect);
    while (sql_lexer_next(&lexer, &token)) {
        MUST(token.text.data == at && token.text.len > 0);
        MUST(token.line >= line);
        at += token.text.len;
        line = token.line;
    }
    MUST(at == text.data + text.len);
    MUST(line <= count_lines(text));
}

static void judge_statement(const struct statement *statement,
                            const struct sql_dialect *dialect)
{
    struct sql_lexer lexer;
    struct sql_token token;
    size_t marks = 0;

    sql_lexer_init(&lexer, slice_of(statement->sql), dialect);
    while (sql_lexer_next(&lexer, &token))
        marks += token.kind == SQL_MARK;
    MUST(marks == statement->nslots);
    for (size_t i = 0; i < statement->nslots; i++)
        MUST(statement->slots[i] < statement->nparams);
    for (size_t i = 0; i < statement->nparams; i++)
        MUST(statement_param(statement, statement->params[i].name) == (int)i);
}

static void load(struct slice text, const struct sql_dialect *dialect)
{
    struct statement_source source = {"sql/queries/fuzz.sql", text};
    int lines = count_lines(text);
    struct statement_set *set =
        statement_set_new(&source, 1, dialect, server_drivers, on_a_line, &lines);

    for (size_t i = 0; i < set->count; i++) {
        MUST(statement_find(set, set->items[i]->name) == set->items[i]);
        judge_statement(set->items[i], dialect);
    }
    statement_set_unref(set);
}

static void split(struct slice text, const struct sql_dialect *dialect)
{
    struct migration_source source = {"sql/migrations/0001_fuzz.sql", text};
    struct migration_list list = {0};
    struct err err;
    int line = 0;

    if (!migration_list_read(&source, 1, dialect, server_drivers, &list, &err)) {
        MUST(str_is_utf8(slice_of(err.text)));
        return;
    }
    for (size_t i = 0; i < list.count; i++)
        for (size_t k = 0; k < list.items[i].count; k++) {
            const struct migration_statement *statement = &list.items[i].statements[k];
            MUST(statement->sql[0] && strstr(text.data, statement->sql));
            MUST(statement->line >= line && statement->line <= count_lines(text));
            line = statement->line;
        }
    migration_list_done(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf copy = {0}; /* with a NUL behind it, for strstr() */

    buf_add(&copy, data, size);
    for (size_t i = 0; server_drivers[i]; i++) {
        const struct sql_dialect *dialect = server_drivers[i]->dialect;
        struct slice text = {copy.data ? copy.data : "", copy.len};
        lex(text, dialect);
        load(text, dialect);
        split(text, dialect);
    }
    buf_done(&copy);
    return 0;
}
