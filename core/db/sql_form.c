/* Recognisers for one form of INSERT and one of SELECT; see the header. */
#include "db/sql_form.h"

struct reader {
    struct sql_lexer lexer;
    struct sql_token token; /* the one looked at; never space */
};

static void step(struct reader *reader)
{
    while (sql_lexer_next(&reader->lexer, &reader->token) && reader->token.kind == SQL_SPACE)
        continue;
}

/* Goes on where the token is the one that was wanted. */
static bool take(struct reader *reader, bool found)
{
    if (found)
        step(reader);
    return found;
}

static bool take_word(struct reader *reader, const char *word)
{
    return take(reader, sql_token_is(&reader->token, word));
}

static bool is_char(const struct reader *reader, char c)
{
    return reader->token.kind == SQL_OTHER && reader->token.text.data[0] == c;
}

static bool take_char(struct reader *reader, char c)
{
    return take(reader, is_char(reader, c));
}

static bool take_name(struct reader *reader)
{
    return take(reader, reader->token.kind == SQL_WORD || reader->token.kind == SQL_QUOTED);
}

/* With or without its schema. */
static bool take_table(struct reader *reader, struct slice *ret_table)
{
    const char *from = reader->token.text.data;
    const char *past = from + reader->token.text.len;

    if (!take_name(reader))
        return false;
    if (take_char(reader, '.')) {
        past = reader->token.text.data + reader->token.text.len;
        if (!take_name(reader))
            return false;
    }
    *ret_table = (struct slice){from, (size_t)(past - from)};
    return true;
}

/* Parentheses without others inside: no function is called, nothing is looked up. */
static bool take_list(struct reader *reader)
{
    if (!take_char(reader, '('))
        return false;
    while (!is_char(reader, '(') && !is_char(reader, ')') && !is_char(reader, '@')) {
        if (reader->token.kind == SQL_END || reader->token.kind == SQL_BROKEN)
            return false;
        step(reader);
    }
    return take_char(reader, ')');
}

struct slice sql_insert_table(struct slice sql, const struct sql_dialect *dialect)
{
    struct reader reader = {0};
    struct slice table = {0};

    sql_lexer_init(&reader.lexer, sql, dialect);
    step(&reader);
    if (!take_word(&reader, "INSERT") || !take_word(&reader, "INTO") ||
        !take_table(&reader, &table))
        return (struct slice){0};
    if (is_char(&reader, '(') && !take_list(&reader))
        return (struct slice){0};
    if (!take_word(&reader, "VALUES") || !take_list(&reader) || reader.token.kind != SQL_END)
        return (struct slice){0};
    return table;
}

/* ---- lookups ---- */

static bool is_parameter(const struct reader *reader)
{
    return slice_is(reader->token.text, "?");
}

/* Up to the FROM that is of the statement itself; nothing is looked up or kept on the way. */
static bool take_expressions(struct reader *reader)
{
    bool compares = false;
    int depth = 0;

    while (depth > 0 || !sql_token_is(&reader->token, "FROM")) {
        if (reader->token.kind == SQL_END || reader->token.kind == SQL_BROKEN ||
            is_char(reader, '@') || sql_token_is(&reader->token, "SELECT") ||
            sql_token_is(&reader->token, "INTO") || (is_parameter(reader) && !compares))
            return false;
        compares = is_char(reader, '<') || is_char(reader, '=') || is_char(reader, '>');
        depth += is_char(reader, '(') - is_char(reader, ')');
        step(reader);
    }
    return true;
}

static bool take_condition(struct reader *reader, struct sql_lookup *lookup)
{
    struct slice column = reader->token.text;

    if (!take_name(reader))
        return false;
    if (take_word(reader, "IS")) {
        take_word(reader, "NOT");
        return take_word(reader, "NULL");
    }
    bool less = take_char(reader, '<'), more = take_char(reader, '>');
    bool equal = take_char(reader, '=');
    if (equal && !less && !more && lookup->nkeys < SQL_LOOKUP_KEYS)
        lookup->keys[lookup->nkeys++] = column;
    return (equal || less || more) && take(reader, is_parameter(reader));
}

bool sql_is_lookup(struct slice sql, const struct sql_dialect *dialect,
                   struct sql_lookup *ret_lookup)
{
    struct reader reader = {0};
    struct sql_lookup lookup = {0};

    sql_lexer_init(&reader.lexer, sql, dialect);
    step(&reader);
    if (!sql_token_is(&reader.token, "SELECT"))
        return false;
    lookup.rest = (struct slice){sql.data + reader.lexer.at, sql.len - reader.lexer.at};
    step(&reader);
    if (!take_expressions(&reader) || !take_word(&reader, "FROM") ||
        !take_table(&reader, &lookup.table) || !take_word(&reader, "WHERE"))
        return false;
    do {
        if (!take_condition(&reader, &lookup))
            return false;
    } while (take_word(&reader, "AND"));
    *ret_lookup = lookup;
    return reader.token.kind == SQL_END && lookup.nkeys > 0;
}
