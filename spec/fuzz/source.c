/* The lexer that looks for statements and settings in Lua sources: tokens lie in the source, in
 * order, each on its line. */
#include "fuzz.h"

#include "vm/lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice source = {(const char *)data, size};
    const char *at = source.data, *end = source.data + size;
    struct tokens tokens;
    int line = 1;

    tokens_read(source, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.items[i];
        MUST(token->type != TOKEN_END);
        MUST(token->text.data >= at && token->text.data + token->text.len <= end);
        MUST(token->line >= line);
        at = token->text.data + token->text.len;
        line = token->line;
    }
    MUST(tokens.items[tokens.count].type == TOKEN_END);
    tokens_done(&tokens);
    return 0;
}
