/*
 * Just enough of SQL's lexical rules to find what we look for outside strings, quoted names
 * and comments: parameters, semicolons and leading words.  Used by the loader of named
 * statements and by the splitter of migration files; it understands no grammar.
 *
 * A lexer borrows its text.
 */
#pragma once

#include "db/dialect.h"

#include <stdbool.h>

enum sql_kind {
    SQL_END,
    SQL_SPACE,  /* white space and comments */
    SQL_WORD,   /* names, keywords, numbers */
    SQL_QUOTED, /* a string or a quoted name, with its quotes */
    SQL_PARAM,  /* :name, with its colon */
    SQL_MARK,   /* a parameter of the database's own kind: ?, ?1, $name, @name */
    SQL_SEMICOLON,
    SQL_OTHER, /* one character of anything else */
    SQL_BROKEN /* a string or a comment that never ends */
};

struct sql_token {
    enum sql_kind kind;
    struct slice text;
    int line; /* where it begins, counted from 1 */
};

struct sql_lexer {
    struct slice text;
    size_t at;
    int line; /* of the next token; may be set to where the text stands in its file */
    const struct sql_dialect *dialect;
};

void sql_lexer_init(struct sql_lexer *lexer, struct slice text,
                    const struct sql_dialect *dialect);
/* false at the end, where the token's kind is SQL_END. */
bool sql_lexer_next(struct sql_lexer *lexer, struct sql_token *ret_token);
/* ASCII, without regard to case. */
bool sql_token_is(const struct sql_token *token, const char *word);
