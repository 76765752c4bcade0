/* Tokens of SQL; see the header for what they are for. */
#include "db/sql_lexer.h"

#include <string.h>

void sql_lexer_init(struct sql_lexer *lexer, struct slice text,
                    const struct sql_dialect *dialect)
{
    *lexer = (struct sql_lexer){.text = text, .line = 1, .dialect = dialect};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Bytes above ASCII belong to names in both databases. */
static bool is_word(char c)
{
    return begins_name(c) || is_digit(c) || c == '$' || (unsigned char)c >= 0x80;
}

/* The character so many places on, NUL behind the end. */
static char peek(const struct sql_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? lexer->text.data[at] : '\0';
}

static size_t rest(const struct sql_lexer *lexer)
{
    return lexer->text.len - lexer->at;
}

/* How long the white space or comment is that begins here; 0 for none, rest + 1 when it does
 * not end. */
static size_t space_length(const struct sql_lexer *lexer)
{
    const char *from = lexer->text.data + lexer->at;
    char c = peek(lexer, 0);
    size_t len = 0;

    if ((c == '-' && peek(lexer, 1) == '-') || (c == '#' && lexer->dialect->hashes)) {
        const char *end = memchr(from, '\n', rest(lexer));
        return end ? (size_t)(end - from) : rest(lexer);
    }
    if (c == '/' && peek(lexer, 1) == '*') {
        const char *end = rest(lexer) > 2 ? memmem(from + 2, rest(lexer) - 2, "*/", 2) : NULL;
        return end ? (size_t)(end - from) + 2 : rest(lexer) + 1;
    }
    while (len < rest(lexer) && is_space(from[len]))
        len++;
    return len;
}

/* The same for a string or a quoted name; a doubled quote inside stands for itself. */
static size_t quoted_length(const struct sql_lexer *lexer)
{
    char open = peek(lexer, 0);
    char close = open;
    bool escapes = lexer->dialect->backslashes && (open == '\'' || open == '"');

    if (open == '[' && lexer->dialect->brackets)
        close = ']';
    else if (open != '\'' && open != '"' && open != '`')
        return 0;
    for (size_t len = 1; len < rest(lexer); len++) {
        if (escapes && peek(lexer, len) == '\\')
            len++;
        else if (peek(lexer, len) == close && close != ']' && peek(lexer, len + 1) == close)
            len++;
        else if (peek(lexer, len) == close)
            return len + 1;
    }
    return rest(lexer) + 1;
}

static size_t word_length(const struct sql_lexer *lexer, size_t from)
{
    size_t len = from;

    while (len < rest(lexer) && is_word(peek(lexer, len)))
        len++;
    return len - from;
}

/* What is neither space nor quoted. */
static enum sql_kind plain(const struct sql_lexer *lexer, size_t *ret_len)
{
    char c = peek(lexer, 0);

    *ret_len = 1;
    if (c == ';')
        return SQL_SEMICOLON;
    if (c == ':' && begins_name(peek(lexer, 1))) {
        *ret_len = 1 + word_length(lexer, 1);
        return SQL_PARAM;
    }
    if (c == '?' || c == '$' || (c == '@' && !lexer->dialect->variables)) {
        *ret_len = 1 + word_length(lexer, 1);
        return SQL_MARK;
    }
    if (is_word(c)) {
        *ret_len = word_length(lexer, 0);
        return SQL_WORD;
    }
    return SQL_OTHER;
}

bool sql_lexer_next(struct sql_lexer *lexer, struct sql_token *ret_token)
{
    struct sql_token token = {.kind = SQL_END, .line = lexer->line};
    size_t len = 0;

    token.text.data = lexer->text.data + lexer->at;
    if (rest(lexer) > 0) {
        if ((len = space_length(lexer)) > 0)
            token.kind = SQL_SPACE;
        else if ((len = quoted_length(lexer)) > 0)
            token.kind = SQL_QUOTED;
        else
            token.kind = plain(lexer, &len);
    }
    if (len > rest(lexer)) {
        token.kind = SQL_BROKEN;
        len = rest(lexer);
    }
    token.text.len = len;
    for (size_t i = 0; i < len; i++)
        lexer->line += token.text.data[i] == '\n';
    lexer->at += len;
    *ret_token = token;
    return token.kind != SQL_END;
}

bool sql_token_is(const struct sql_token *token, const char *word)
{
    return token->kind == SQL_WORD && slice_is_nocase(token->text, word);
}
