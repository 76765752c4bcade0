/* One pass over the bytes.  Signs are single characters; "..", "::" and the like come as two
 * or three tokens, which no check minds. */
#include "vm/lexer.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct lexer {
    const char *at, *end;
    int line;
};

enum { BLANK = 1, LETTER = 2, DIGIT = 4 };

/* Every script is read several times while a generation is judged. */
static const unsigned char kinds[256] = {
    [' '] = BLANK,          ['\t'] = BLANK,         ['\r'] = BLANK,        ['\n'] = BLANK,
    ['\f'] = BLANK,         ['\v'] = BLANK,         ['0' ... '9'] = DIGIT, ['_'] = LETTER,
    ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER,
};

static bool is_of(char c, unsigned kind)
{
    return kinds[(unsigned char)c] & kind;
}

/* How many '=' stand in a "[==[" that begins here; -1 where none does. */
static int long_bracket(const struct lexer *lexer)
{
    const char *p = lexer->at + 1;
    while (p < lexer->end && *p == '=')
        p++;
    return p < lexer->end && *p == '[' ? (int)(p - lexer->at - 1) : -1;
}

static struct slice long_text(struct lexer *lexer, int level)
{
    const char *from = lexer->at + level + 2;
    for (const char *p = from; p < lexer->end; p++) {
        if (*p == '\n')
            lexer->line++;
        if (*p != ']' || lexer->end - p < level + 2 || p[level + 1] != ']')
            continue;
        if ((int)strspn(p + 1, "=") == level) {
            lexer->at = p + level + 2;
            return (struct slice){from, (size_t)(p - from)};
        }
    }
    lexer->at = lexer->end;
    return (struct slice){from, (size_t)(lexer->end - from)};
}

static struct slice quoted(struct lexer *lexer)
{
    char quote = *lexer->at++;
    const char *from = lexer->at;
    while (lexer->at < lexer->end && *lexer->at != quote) {
        if (*lexer->at == '\\' && lexer->at + 1 < lexer->end)
            lexer->at++;
        if (*lexer->at == '\n')
            lexer->line++;
        lexer->at++;
    }
    struct slice text = {from, (size_t)(lexer->at - from)};
    if (lexer->at < lexer->end)
        lexer->at++;
    return text;
}

static void skip_comment(struct lexer *lexer)
{
    lexer->at += 2;
    int level = lexer->at < lexer->end && *lexer->at == '[' ? long_bracket(lexer) : -1;
    if (level >= 0) {
        long_text(lexer, level);
        return;
    }
    const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
    lexer->at = newline ? newline : lexer->end;
}

static void skip_blank(struct lexer *lexer)
{
    while (lexer->at < lexer->end) {
        if (is_of(*lexer->at, BLANK))
            lexer->line += *lexer->at++ == '\n';
        else if (lexer->end - lexer->at >= 2 && lexer->at[0] == '-' && lexer->at[1] == '-')
            skip_comment(lexer);
        else
            return;
    }
}

static struct token word(struct lexer *lexer, enum token_type type)
{
    const char *from = lexer->at;
    while (lexer->at < lexer->end &&
           (is_of(*lexer->at, LETTER | DIGIT) || (type == TOKEN_NUMBER && *lexer->at == '.')))
        lexer->at++;
    return (struct token){type, {from, (size_t)(lexer->at - from)}, lexer->line};
}

static struct token next(struct lexer *lexer)
{
    skip_blank(lexer);
    int line = lexer->line;
    if (lexer->at >= lexer->end)
        return (struct token){TOKEN_END, {"", 0}, line};
    char c = *lexer->at;
    if (is_of(c, LETTER))
        return word(lexer, TOKEN_NAME);
    if (is_of(c, DIGIT))
        return word(lexer, TOKEN_NUMBER);
    if (c == '"' || c == '\'')
        return (struct token){TOKEN_STRING, quoted(lexer), line};
    int level = c == '[' ? long_bracket(lexer) : -1;
    if (level >= 0)
        return (struct token){TOKEN_STRING, long_text(lexer, level), line};
    return (struct token){TOKEN_SIGN, {lexer->at++, 1}, line};
}

void tokens_read(struct slice source, struct tokens *ret_tokens)
{
    struct lexer lexer = {source.data, source.data + source.len, 1};
    struct tokens tokens = {0};
    size_t cap = 0;
    for (;;) {
        struct token token = next(&lexer);
        if (tokens.count == cap) {
            cap = cap ? cap * 2 : source.len / 6 + 16; /* enough for nearly every one */
            tokens.items = mem_resize(tokens.items, cap, sizeof *tokens.items);
        }
        tokens.items[tokens.count] = token;
        if (token.type == TOKEN_END)
            break;
        tokens.count++;
    }
    *ret_tokens = tokens;
}

void tokens_done(struct tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct tokens){0};
}
