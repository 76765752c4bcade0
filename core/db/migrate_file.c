/* Names, order and statements of migration files. */
#include "db/migrate_file.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/sql_lexer.h"

#include <stdlib.h>
#include <string.h>

static bool checksum(struct slice text, char ret_sum[MIGRATION_SUM], struct err *err)
{
    unsigned char hash[CRYPTO_HASH];
    struct buf hex = {0};

    if (!crypto_hash(text, "migration", hash, err))
        return false;
    str_hex((struct slice){(const char *)hash, sizeof hash}, &hex);
    memcpy(ret_sum, hex.data, MIGRATION_SUM);
    buf_done(&hex);
    return true;
}

/* A statement while it is read.  A trigger's body holds semicolons: it is over at the one
 * behind an END that follows another semicolon. */
struct cutter {
    struct migration *migration;
    const char *begin, *end; /* of what counts; begin is NULL between statements */
    int line;
    bool create, trigger, body; /* CREATE, CREATE … TRIGGER, its BEGIN were seen */
    bool after_semicolon, after_end;
    size_t words;
};

static bool finish(struct cutter *cutter, struct err *err)
{
    struct migration *migration = cutter->migration;
    struct slice sql = {cutter->begin, (size_t)(cutter->end - cutter->begin)};
    struct migration_statement statement = {.line = cutter->line};

    if (!checksum(sql, statement.sum, err))
        return false;
    statement.sql = mem_copy(sql.data, sql.len);
    migration->statements =
        mem_resize(migration->statements, migration->count + 1, sizeof *migration->statements);
    migration->statements[migration->count++] = statement;
    *cutter = (struct cutter){.migration = migration};
    return true;
}

static void judge(struct cutter *cutter, const struct sql_token *token)
{
    if (token->kind == SQL_WORD) {
        cutter->create |= cutter->words == 0 && sql_token_is(token, "CREATE");
        cutter->trigger |=
            cutter->create && cutter->words < 6 && sql_token_is(token, "TRIGGER");
        cutter->body |= cutter->trigger && sql_token_is(token, "BEGIN");
        cutter->words++;
    }
    cutter->after_end = cutter->after_semicolon && sql_token_is(token, "END");
    cutter->after_semicolon = token->kind == SQL_SEMICOLON;
}

static bool take(struct cutter *cutter, const struct sql_token *token, struct err *err)
{
    if (token->kind == SQL_SPACE)
        return true;
    if (token->kind == SQL_BROKEN)
        return err_set(err, ERR_INPUT, "%s:%d: a string or comment begins here and never ends",
                       cutter->migration->file, token->line);
    if (token->kind == SQL_SEMICOLON && (!cutter->body || cutter->after_end))
        return cutter->begin == NULL || finish(cutter, err);
    if (cutter->begin == NULL) {
        cutter->begin = token->text.data;
        cutter->line = token->line;
    }
    cutter->end = token->text.data + token->text.len;
    judge(cutter, token);
    return true;
}

bool migration_split(struct migration *migration, struct slice text,
                     const struct sql_dialect *dialect, struct err *err)
{
    struct cutter cutter = {.migration = migration};
    struct sql_lexer lexer;
    struct sql_token token;

    if (!str_is_utf8(text) || (text.len > 0 && memchr(text.data, '\0', text.len) != NULL))
        return err_set(err, ERR_INPUT, "%s is not UTF-8 text", migration->file);
    sql_lexer_init(&lexer, text, dialect);
    while (sql_lexer_next(&lexer, &token))
        if (!take(&cutter, &token, err))
            return false;
    return cutter.begin == NULL || finish(&cutter, err);
}

/* "folder/0001_tables.DRIVER.sql" → 1, "DRIVER", which is empty for any of them. */
static bool parse_name(const char *file, int *ret_number, struct slice *ret_driver)
{
    static const char digits[] = "0123456789";
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    int64_t number;

    size_t len = strspn(name, digits);
    if (len != 4 || name[len] != '_' ||
        !str_to_int64((struct slice){name, len}, 1, 9999, &number))
        return false;
    name += len + 1;
    len = strspn(name, plain);
    if (len == 0 || name[len] != '.')
        return false;
    name += len + 1;
    const char *dot = strchr(name, '.');
    *ret_driver = (struct slice){name, dot ? (size_t)(dot - name) : 0};
    if (strcmp(dot ? dot + 1 : name, "sql") != 0)
        return false;
    *ret_number = (int)number;
    return true;
}

/* A file is one transaction, which its statements may not end, where they do not anyway. */
static bool check_frame(const struct migration *migration, const struct sql_dialect *dialect,
                        struct err *err)
{
    static const char *const words[] = {"BEGIN",    "COMMIT",    "END",
                                        "ROLLBACK", "SAVEPOINT", "RELEASE"};

    for (size_t i = 0; !dialect->commits && i < migration->count; i++) {
        struct sql_lexer lexer;
        struct sql_token first;
        sql_lexer_init(&lexer, slice_of(migration->statements[i].sql), dialect);
        sql_lexer_next(&lexer, &first); /* where it begins was looked for when it was cut */
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (sql_token_is(&first, words[k]))
                return err_set(err, ERR_INPUT,
                               "%s:%d: %s: a migration is one transaction by itself",
                               migration->file, migration->statements[i].line, words[k]);
    }
    return true;
}

static bool refuse_name(const char *file, const struct db_driver *const *drivers,
                        struct err *err)
{
    struct buf names = {0};

    dialect_names(drivers, "0001_what.", ".sql or ", &names);
    err_set(err, ERR_INPUT, "%s: a migration is named 0001_what.sql, %s.sql", file, names.data);
    buf_done(&names);
    return false;
}

static bool read_source(const struct migration_source *source,
                        const struct sql_dialect *dialect,
                        const struct db_driver *const *drivers, struct migration_list *list,
                        struct err *err)
{
    struct migration migration = {.file = source->file};
    size_t len = strlen(source->file);
    struct slice suffix;

    if (len < 4 || strcmp(source->file + len - 4, ".sql") != 0)
        return true;
    if (!parse_name(source->file, &migration.number, &suffix) ||
        !(suffix.len == 0 || dialect_find(drivers, suffix) != NULL))
        return refuse_name(source->file, drivers, err);
    if (suffix.len > 0 && !slice_is(suffix, dialect->name))
        return true;
    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = migration;
    struct migration *added = &list->items[list->count - 1];
    return checksum(source->text, added->sum, err) &&
           migration_split(added, source->text, dialect, err) &&
           check_frame(added, dialect, err);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;

    return x->number - y->number;
}

static bool check_order(const struct migration_list *list, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct migration *each = &list->items[i];
        if (i > 0 && each->number == list->items[i - 1].number)
            return err_set(err, ERR_INPUT, "%s and %s have the same number",
                           list->items[i - 1].file, each->file);
        if (each->number != (int)i + 1)
            return err_set(err, ERR_INPUT, "%s: there is no migration %04d before it",
                           each->file, (int)i + 1);
    }
    return true;
}

bool migration_list_read(const struct migration_source *sources, size_t count,
                         const struct sql_dialect *dialect,
                         const struct db_driver *const *drivers,
                         struct migration_list *ret_list, struct err *err)
{
    struct migration_list list = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < count; i++)
        ok = read_source(&sources[i], dialect, drivers, &list, err);
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, compare_numbers);
    if (!ok || !check_order(&list, err)) {
        migration_list_done(&list);
        return false;
    }
    *ret_list = list;
    return true;
}

void migration_list_done(struct migration_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < list->items[i].count; k++)
            free(list->items[i].statements[k].sql);
        free(list->items[i].statements);
    }
    free(list->items);
    *list = (struct migration_list){0};
}
