/* Walks the tokens of every script below scripts/.  See uses.h. */
#include "generation/uses.h"

#include "base/mem.h"
#include "vm/compiled.h"
#include "vm/lexer.h"

#include <stdlib.h>
#include <string.h>

/* What scripts call the handle of a transaction: `db.tx(function(tx) … end)`. */
struct handles {
    struct slice *names; /* in the files */
    size_t count;
};

struct checking {
    const char *file;
    const struct statement_set *set;
    const struct handles *handles;
    struct faults *faults;
};

static bool is_name(const struct token *token, const char *name)
{
    return token->type == TOKEN_NAME && slice_is(token->text, name);
}

static void fault(const struct checking *checking, int line, char *message)
{
    faults_add(checking->faults, checking->file, line, message);
    free(message);
}

/* The token behind the bracket that closes the one at `token`; stops at the end. */
static const struct token *skip_brackets(const struct token *token)
{
    int depth = 0;
    for (; token->type != TOKEN_END; token++) {
        if (token->type != TOKEN_SIGN)
            continue;
        if (strchr("([{", token->text.data[0]))
            depth++;
        else if (strchr(")]}", token->text.data[0]) && --depth == 0)
            return token + 1;
    }
    return token;
}

/* The key at the start of a table's field: `name =` or `["name"] =`. */
static bool read_key(const struct token *token, struct slice *ret_key,
                     const struct token **ret_value)
{
    if (token[0].type == TOKEN_NAME && token_is_sign(&token[1], '=') &&
        !token_is_sign(&token[2], '=')) {
        *ret_key = token[0].text;
        *ret_value = token + 2;
        return true;
    }
    if (token_is_sign(&token[0], '[') && token[1].type == TOKEN_STRING &&
        token_is_sign(&token[2], ']') && token_is_sign(&token[3], '=')) {
        *ret_key = token[1].text;
        *ret_value = token + 4;
        return true;
    }
    return false;
}

static const struct token *skip_value(const struct token *token)
{
    while (token->type != TOKEN_END && !token_is_sign(token, ',') &&
           !token_is_sign(token, ';') && !token_is_sign(token, '}')) {
        bool opens = token->type == TOKEN_SIGN && strchr("([{", token->text.data[0]);
        token = opens ? skip_brackets(token) : token + 1;
    }
    return token;
}

static void check_key(const struct checking *checking, const struct statement *statement,
                      const struct token *token, struct slice key, bool *seen)
{
    CLEANUP(mem_freep) char *name = mem_copy(key.data, key.len);
    int index = statement_param(statement, name);
    if (index >= 0)
        seen[index] = true;
    else
        fault(checking, token->line,
              mem_format("the statement '%s' (%s:%d) has no parameter '%s'", statement->name,
                         statement->file, statement->line, name));
}

/* The literal argument table that begins at `open`. */
static void check_arguments(const struct checking *checking, const struct statement *statement,
                            const struct token *open)
{
    CLEANUP(mem_freep) bool *seen = mem_new(statement->nparams, sizeof *seen);
    const struct token *token = open + 1;
    while (token->type != TOKEN_END && !token_is_sign(token, '}')) {
        struct slice key;
        const struct token *value = token;
        if (read_key(token, &key, &value))
            check_key(checking, statement, token, key, seen);
        else
            fault(checking, token->line,
                  mem_format("arguments of the statement '%s' are written name = value",
                             statement->name));
        token = skip_value(value);
        if (!token_is_sign(token, '}') && token->type != TOKEN_END)
            token++;
    }
    for (size_t i = 0; i < statement->nparams; i++)
        if (!seen[i])
            fault(checking, open->line,
                  mem_format("the statement '%s' (%s:%d) needs the parameter '%s'",
                             statement->name, statement->file, statement->line,
                             statement->params[i].name));
}

/* `name`, then maybe `, {`. */
static void check_use(const struct checking *checking, const struct token *name)
{
    CLEANUP(mem_freep) char *text = mem_copy(name->text.data, name->text.len);
    const struct statement *statement = statement_find(checking->set, text);
    if (!statement)
        fault(checking, name->line,
              mem_format("there is no statement '%s' in sql/queries", text));
    else if (token_is_sign(&name[1], ',') && token_is_sign(&name[2], '{'))
        check_arguments(checking, statement, &name[2]);
    else if (token_is_sign(&name[1], ')') && statement->nparams > 0)
        fault(checking, name->line,
              mem_format("the statement '%s' (%s:%d) needs arguments", text, statement->file,
                         statement->line));
}

static bool is_verb(const struct token *token)
{
    return is_name(token, "one") || is_name(token, "all") || is_name(token, "exec");
}

/* "item" of "item.find": does any statement begin like that? */
static bool is_known_space(const struct statement_set *set, struct slice name)
{
    const char *dot = memchr(name.data, '.', name.len);
    size_t len = dot ? (size_t)(dot - name.data) + 1 : 0;
    for (size_t i = 0; len > 0 && i < set->count; i++)
        if (strncmp(set->items[i]->name, name.data, len) == 0)
            return true;
    return false;
}

static bool is_handle(const struct handles *handles, const struct token *token)
{
    for (size_t i = 0; i < handles->count; i++)
        if (token->type == TOKEN_NAME && token->text.len == handles->names[i].len &&
            memcmp(token->text.data, handles->names[i].data, token->text.len) == 0)
            return true;
    return false;
}

/* req:all("tag"): every value of a field.  The handle of a transaction has the same method: it
 * is meant where its name says so, or where arguments follow. */
static bool is_field(const struct handles *handles, const struct token *verb)
{
    return token_is_sign(&verb[-1], ':') && is_name(verb, "all") &&
           token_is_sign(&verb[3], ')') && !is_handle(handles, &verb[-2]);
}

static void check_token(const struct checking *checking, const struct token *tokens, size_t i)
{
    const struct token *token = &tokens[i];
    bool method =
        i >= 2 && (token_is_sign(&tokens[i - 1], '.') || token_is_sign(&tokens[i - 1], ':'));
    if (is_verb(token) && method && token_is_sign(&token[1], '(')) {
        if (token[2].type == TOKEN_STRING && !is_field(checking->handles, token))
            check_use(checking, &token[2]);
        else if (token[2].type != TOKEN_STRING && is_name(&tokens[i - 2], "db"))
            fault(checking, token->line,
                  mem_text("a statement's name is written literally at its call"));
    } else if (token_is_sign(token, '{') && token[1].type == TOKEN_STRING &&
               (token_is_sign(&token[2], ',') || token_is_sign(&token[2], '}')) &&
               is_known_space(checking->set, token[1].text) &&
               (token_is_sign(&token[2], '}') || token_is_sign(&token[3], '{'))) {
        check_use(checking, &token[1]);
    }
}

static bool is_script(const struct vm_file *file)
{
    static const char root[] = "scripts/";
    size_t len = strlen(file->path);
    return strncmp(file->path, root, sizeof root - 1) == 0 && len > 4 &&
           strcmp(file->path + len - 4, ".lua") == 0;
}

/* `tx(function(NAME` */
static void find_handles(const struct tokens *tokens, struct handles *handles)
{
    for (size_t i = 0; i + 4 < tokens->count; i++) {
        const struct token *at = &tokens->items[i];
        if (!is_name(at, "tx") || !token_is_sign(&at[1], '(') || !is_name(&at[2], "function") ||
            !token_is_sign(&at[3], '(') || at[4].type != TOKEN_NAME ||
            is_handle(handles, &at[4]))
            continue;
        handles->names = mem_resize(handles->names, handles->count + 1, sizeof *handles->names);
        handles->names[handles->count++] = at[4].text;
    }
}

/* Of all that is judged: the scripts' hashes, the statements and their parameters. */
static void describe(const struct vm_files *files, const struct statement_set *set,
                     struct buf *out)
{
    for (size_t f = 0; f < files->count; f++)
        if (is_script(&files->items[f]))
            buf_add(out, files->items[f].hash, sizeof files->items[f].hash);
    for (size_t i = 0; i < set->count; i++) {
        buf_add(out, set->items[i]->name, strlen(set->items[i]->name) + 1);
        for (size_t p = 0; p < set->items[i]->nparams; p++)
            buf_addf(out, ":%s", set->items[i]->params[p].name);
        buf_addc(out, '\0');
    }
}

static void check_all(const struct vm_files *files, const struct statement_set *set,
                      struct faults *faults)
{
    struct tokens *tokens = mem_new(files->count, sizeof *tokens);
    struct handles handles = {0};
    for (size_t f = 0; f < files->count; f++)
        if (is_script(&files->items[f])) {
            tokens_read(files->items[f].bytes, &tokens[f]);
            find_handles(&tokens[f], &handles);
        }
    for (size_t f = 0; f < files->count; f++) {
        struct checking checking = {files->items[f].origin, set, &handles, faults};
        for (size_t i = 0; i < tokens[f].count; i++)
            check_token(&checking, tokens[f].items, i);
        tokens_done(&tokens[f]);
    }
    free(tokens);
    free(handles.names);
}

void uses_check(const struct snapshot *snapshot, const struct statement_set *set,
                struct faults *faults)
{
    static const char known[] = "uses its statements well";
    CLEANUP(buf_done) struct buf text = {0};
    describe(&snapshot->files, set, &text);
    struct slice all = {text.data, text.len};
    if (compiled_recall(BY_HOST, all, known, NULL))
        return;
    int before = faults->count;
    check_all(&snapshot->files, set, faults);
    if (faults->count == before)
        compiled_remember(BY_HOST, all, known, (struct slice){0});
}
