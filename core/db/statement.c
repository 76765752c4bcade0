/*
 * The loader of named statements.
 *
 * A source is cut at its `-- name:` lines.  Each block becomes a candidate: a statement and
 * the driver that it is for, if it says so.  When all sources are read, the candidates of
 * each name are weighed and the set is made of the winners; what has a fault is dropped on
 * the way, so that one run reports every fault there is.
 */
#include "db/statement.h"

#include "base/mem.h"
#include "base/str.h"
#include "db/sql_form.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    struct statement *statement;
    const struct sql_dialect *dialect; /* NULL: any */
};

struct loading {
    const struct sql_dialect *dialect;
    const struct db_driver *const *drivers;
    statement_fault *fault;
    void *owner;
    const char *file; /* that is being read */
    struct candidate *items;
    size_t count;
};

/* A block while it is read. */
struct block {
    struct loading *loading;
    struct statement *statement;
    const struct sql_dialect *dialect; /* that it names, or NULL */
    struct buf sql;
    size_t significant; /* length of sql up to its last token that is not space */
    bool ended;         /* a semicolon was seen */
    bool first_seen;    /* its first word */
    bool verb_seen;     /* the word that decides whether it writes */
    int depth;          /* of parentheses */
    struct sql_token bytes[8];
    size_t nbytes;
};

static bool fault(struct loading *loading, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fault(struct loading *loading, int line, const char *format, ...)
{
    char text[ERR_TEXT];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    loading->fault(loading->owner, loading->file, line, text);
    return false;
}

static void statement_free(struct statement *statement)
{
    if (statement == NULL)
        return;
    for (size_t i = 0; i < statement->nparams; i++)
        free(statement->params[i].name);
    free(statement->params);
    free(statement->slots);
    free(statement->sql);
    free(statement->adds_to);
    free(statement->finds_in);
    free(statement->array_sql);
    free(statement->columns);
    free(statement->file);
    free(statement->name);
    free(statement);
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && strchr(" \t\r\n\v\f", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\r\n\v\f", text.data[text.len - 1]) != NULL)
        text.len--;
    return text;
}

/* The rest of a comment line `-- word: rest`; false if it is another line. */
static bool directive(struct slice line, const char *word, struct slice *ret_rest)
{
    size_t len = strlen(word);

    line = trim(line);
    if (line.len < 2 || memcmp(line.data, "--", 2) != 0)
        return false;
    line = trim((struct slice){line.data + 2, line.len - 2});
    if (line.len <= len || memcmp(line.data, word, len) != 0 || line.data[len] != ':')
        return false;
    *ret_rest = trim((struct slice){line.data + len + 1, line.len - len - 1});
    return true;
}

static int param_index(const struct statement *statement, struct slice name)
{
    for (size_t i = 0; i < statement->nparams; i++)
        if (slice_is(name, statement->params[i].name))
            return (int)i;
    return -1;
}

static void add_slot(struct statement *statement, struct slice name)
{
    int index = param_index(statement, name);

    if (index < 0) {
        index = (int)statement->nparams++;
        statement->params =
            mem_resize(statement->params, statement->nparams, sizeof *statement->params);
        statement->params[index] =
            (struct statement_param){.name = mem_copy(name.data, name.len)};
    }
    statement->slots =
        mem_resize(statement->slots, statement->nslots + 1, sizeof *statement->slots);
    statement->slots[statement->nslots++] = (size_t)index;
}

/* WITH is followed by names and parentheses until the word that counts. */
static void judge_word(struct block *block, const struct sql_token *word)
{
    static const char *const reads[] = {"SELECT", "VALUES", "EXPLAIN"};
    static const char *const writes[] = {"INSERT", "UPDATE", "DELETE", "REPLACE"};
    bool first = !block->first_seen;

    if (block->verb_seen || block->depth > 0)
        return;
    block->first_seen = true;
    if (first && sql_token_is(word, "WITH"))
        return;
    for (size_t i = 0; i < 3; i++)
        if (sql_token_is(word, reads[i])) {
            block->verb_seen = true;
            block->statement->writes = false;
        }
    for (size_t i = 0; i < 4; i++)
        if (sql_token_is(word, writes[i]))
            block->verb_seen = true;
    block->verb_seen |= first;
}

/* A comment may be a `-- bytes:` line, which is looked at when all parameters are known. */
static bool take_space(struct block *block, const struct sql_token *token)
{
    struct slice rest;

    buf_add(&block->sql, token->text.data, token->text.len);
    if (!directive(token->text, "bytes", &rest))
        return true;
    if (block->nbytes == sizeof block->bytes / sizeof *block->bytes)
        return fault(block->loading, token->line, "too many `-- bytes:` lines");
    block->bytes[block->nbytes++] =
        (struct sql_token){.kind = SQL_SPACE, .text = rest, .line = token->line};
    return true;
}

static bool take_token(struct block *block, const struct sql_token *token)
{
    struct loading *loading = block->loading;

    if (token->kind == SQL_SPACE)
        return take_space(block, token);
    if (token->kind == SQL_BROKEN)
        return fault(loading, token->line, "a string or comment begins here and never ends");
    if (token->kind == SQL_MARK)
        return fault(loading, token->line, "'%.*s': a parameter is written :name",
                     (int)token->text.len, token->text.data);
    if (token->kind == SQL_SEMICOLON) {
        block->ended = block->sql.len > 0;
        return true;
    }
    if (block->ended)
        return fault(loading, token->line, "more than one statement under one name");
    if (token->kind == SQL_PARAM) {
        struct slice name = {token->text.data + 1, token->text.len - 1};
        add_slot(block->statement, name);
        buf_addc(&block->sql, '?');
    } else {
        buf_add(&block->sql, token->text.data, token->text.len);
    }
    if (token->kind == SQL_WORD)
        judge_word(block, token);
    if (token->kind == SQL_OTHER)
        block->depth += token->text.data[0] == '(' ? 1 : token->text.data[0] == ')' ? -1 : 0;
    block->significant = block->sql.len;
    return true;
}

static bool mark_bytes(struct block *block)
{
    for (size_t i = 0; i < block->nbytes; i++) {
        struct slice rest = block->bytes[i].text;
        while (rest.len > 0) {
            const char *comma = memchr(rest.data, ',', rest.len);
            struct slice name = rest;
            name.len = comma ? (size_t)(comma - rest.data) : rest.len;
            size_t past = comma ? name.len + 1 : name.len;
            rest = (struct slice){rest.data + past, rest.len - past};
            name = trim(name);
            int index = param_index(block->statement, name);
            if (index < 0)
                return fault(block->loading, block->bytes[i].line,
                             "`-- bytes:` names '%.*s', which is no parameter of %s",
                             (int)name.len, name.data, block->statement->name);
            block->statement->params[index].bytes = true;
        }
    }
    return true;
}

/* Words of letters, digits and `_`, joined by dots. */
static bool is_name(struct slice name)
{
    bool inside = false;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '_';
        if (!word && !(c == '.' && inside))
            return false;
        inside = word;
    }
    return inside;
}

static bool refuse_driver(struct loading *loading, struct slice name, int line)
{
    struct buf names = {0};

    dialect_names(loading->drivers, "@", " or ", &names);
    fault(loading, line, "'@%.*s' is no driver: %s", (int)name.len, name.data, names.data);
    buf_done(&names);
    return false;
}

static bool read_name(struct block *block, struct slice text, int line)
{
    const char *at = text.len > 0 ? memchr(text.data, '@', text.len) : NULL;
    struct slice name = text;
    struct slice suffix = {0};

    if (at != NULL) {
        suffix = (struct slice){at + 1, (size_t)(text.data + text.len - at) - 1};
        name.len = (size_t)(at - text.data);
        name = trim(name);
    }
    if (!is_name(name))
        return fault(block->loading, line,
                     "'%.*s' is no name: letters, digits and _, joined by dots", (int)name.len,
                     name.data);
    block->statement->name = mem_copy(name.data, name.len);
    if (at == NULL)
        return true;
    block->dialect = dialect_find(block->loading->drivers, suffix);
    return block->dialect != NULL || refuse_driver(block->loading, suffix, line);
}

static void take_form(struct statement *statement, const struct sql_dialect *dialect)
{
    struct slice table = sql_insert_table(slice_of(statement->sql), dialect);
    struct sql_lookup lookup;

    if (table.len > 0)
        statement->adds_to = mem_copy(table.data, table.len);
    else if (sql_is_lookup(slice_of(statement->sql), dialect, &lookup))
        statement->finds_in = mem_copy(lookup.table.data, lookup.table.len);
}

static bool read_body(struct block *block, struct slice body, int line)
{
    struct loading *loading = block->loading;
    struct sql_lexer lexer;
    struct sql_token token;

    sql_lexer_init(&lexer, body, block->dialect ? block->dialect : loading->dialect);
    lexer.line = line + 1;
    while (sql_lexer_next(&lexer, &token))
        if (!take_token(block, &token))
            return false;
    if (block->significant == 0)
        return fault(loading, line, "%s has no SQL", block->statement->name);
    block->statement->sql = mem_copy(block->sql.data, block->significant);
    take_form(block->statement, loading->dialect);
    return mark_bytes(block);
}

/* One `-- name:` line and what follows it. */
static void read_block(struct loading *loading, struct slice name, struct slice body, int line)
{
    struct block block = {.loading = loading, .statement = mem_new(1, sizeof *block.statement)};

    block.statement->file = mem_text(loading->file);
    block.statement->line = line;
    block.statement->writes = true;
    if (read_name(&block, name, line) && read_body(&block, body, line)) {
        loading->items = mem_resize(loading->items, loading->count + 1, sizeof *loading->items);
        loading->items[loading->count++] =
            (struct candidate){.statement = TAKE(block.statement), .dialect = block.dialect};
    }
    statement_free(block.statement);
    buf_done(&block.sql);
}

/* What stands before the first name may be comments. */
static void read_preface(struct loading *loading, struct slice text)
{
    struct sql_lexer lexer;
    struct sql_token token;

    sql_lexer_init(&lexer, text, loading->dialect);
    while (sql_lexer_next(&lexer, &token))
        if (token.kind != SQL_SPACE) {
            fault(loading, token.line, "SQL before the first `-- name:` line");
            return;
        }
}

static void read_source(struct loading *loading, const struct statement_source *source)
{
    struct slice text = source->text;
    struct slice name = {0};
    size_t begin = 0; /* of the block that is open */
    int begin_line = 0, line = 1;

    loading->file = source->file;
    if (text.len == 0)
        return;
    if (!str_is_utf8(text) || memchr(text.data, '\0', text.len) != NULL) {
        fault(loading, 1, "is not UTF-8 text");
        return;
    }
    for (size_t at = 0; at <= text.len; line++) {
        const char *end = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;
        size_t next = end ? (size_t)(end - text.data) + 1 : text.len;
        struct slice rest = {0};
        bool named = directive((struct slice){text.data + at, next - at}, "name", &rest);
        if (named || end == NULL) {
            struct slice body = {text.data + begin, (named ? at : text.len) - begin};
            if (begin_line > 0)
                read_block(loading, name, body, begin_line);
            else
                read_preface(loading, body);
        }
        if (named) {
            name = rest;
            begin = next;
            begin_line = line;
            if (end == NULL)
                read_block(loading, name, (struct slice){text.data + next, 0}, line);
        }
        at = end ? next : text.len + 1;
    }
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = strcmp(x->statement->name, y->statement->name);

    return order != 0 ? order : x->statement->line - y->statement->line;
}

/* Of the candidates of one name: the driver's own, else the plain one. */
static struct statement *elect(struct loading *loading, struct candidate *items, size_t count)
{
    struct candidate *winner = NULL;

    for (size_t i = 0; i < count; i++) {
        struct statement *statement = items[i].statement;
        loading->file = statement->file;
        for (size_t k = 0; k < i; k++)
            if (items[i].dialect == items[k].dialect)
                fault(loading, statement->line, "%s is defined twice, also at %s:%d",
                      statement->name, items[k].statement->file, items[k].statement->line);
        if (items[i].dialect != NULL && items[i].dialect != loading->dialect)
            continue;
        if (winner == NULL || (winner->dialect == NULL && items[i].dialect != NULL))
            winner = &items[i];
    }
    if (winner == NULL)
        fault(loading, items[0].statement->line, "%s is given for %s only, not for %s",
              items[0].statement->name, items[0].dialect->name, loading->dialect->name);
    return winner ? TAKE(winner->statement) : NULL;
}

struct statement_set *statement_set_new(const struct statement_source *sources, size_t count,
                                        const struct sql_dialect *dialect,
                                        const struct db_driver *const *drivers,
                                        statement_fault *report, void *owner)
{
    static uint64_t last_uid;
    struct statement_set *set = mem_new(1, sizeof *set);
    struct loading loading = {
        .dialect = dialect, .drivers = drivers, .fault = report, .owner = owner};

    for (size_t i = 0; i < count; i++)
        read_source(&loading, &sources[i]);
    if (loading.count > 0)
        qsort(loading.items, loading.count, sizeof *loading.items, compare_candidates);
    set->uid = __atomic_add_fetch(&last_uid, 1, __ATOMIC_RELAXED);
    set->refs = 1;
    set->items = mem_new(loading.count, sizeof *set->items);
    for (size_t i = 0, n; i < loading.count; i += n) {
        const char *name = loading.items[i].statement->name;
        for (n = 1; i + n < loading.count; n++)
            if (strcmp(loading.items[i + n].statement->name, name) != 0)
                break;
        struct statement *winner = elect(&loading, loading.items + i, n);
        if (winner != NULL) {
            winner->index = set->count;
            set->items[set->count++] = winner;
        }
    }
    for (size_t i = 0; i < loading.count; i++)
        statement_free(loading.items[i].statement);
    free(loading.items);
    return set;
}

struct statement_set *statement_set_ref(struct statement_set *set)
{
    if (set != NULL)
        __atomic_add_fetch(&set->refs, 1, __ATOMIC_RELAXED);
    return set;
}

void statement_set_unref(struct statement_set *set)
{
    if (set == NULL || __atomic_sub_fetch(&set->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < set->count; i++)
        statement_free(set->items[i]);
    free(set->items);
    free(set);
}

static int compare_name(const void *name, const void *item)
{
    const struct statement *const *statement = item;

    return strcmp(name, (*statement)->name);
}

const struct statement *statement_find(const struct statement_set *set, const char *name)
{
    struct statement **found = set->count == 0 ? NULL
                                               : bsearch(name, set->items, set->count,
                                                         sizeof *set->items, compare_name);
    return found ? *found : NULL;
}

int statement_param(const struct statement *statement, const char *name)
{
    return param_index(statement, slice_of(name));
}
