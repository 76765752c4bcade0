/*
 * The tokens of a Lua source, enough to find calls and literal tables in it (Lua 5.4 manual,
 * section 3.1).  For checks while scripts load; Lua itself compiles the code.
 */
#pragma once

#include "base/buf.h"

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SIGN };

struct token {
    enum token_type type;
    struct slice text; /* of a string: what is between its quotes, escapes not resolved */
    int line;
};

static inline bool token_is_sign(const struct token *token, char sign)
{
    return token->type == TOKEN_SIGN && token->text.data[0] == sign;
}

struct tokens {
    size_t count; /* the TOKEN_END behind them not counted */
    struct token *items;
};

/* The source must outlive the tokens.  Never fails: what is no Lua gives odd signs. */
void tokens_read(struct slice source, struct tokens *ret_tokens);
void tokens_done(struct tokens *tokens);
