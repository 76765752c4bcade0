/*
 * Reads what lua_dump() wrote: a tree of functions, each with its code, its constants, what
 * its upvalues are, the functions in it, and what is known for debugging.  The chunk's one
 * upvalue is its environment; a function has it where its upvalue is the one around it.
 */
#include "vm/globals.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(LUA_VERSION_NUM == 504, "what is compiled looks otherwise in another Lua");

/* Its lopcodes.h */
enum opcode {
    OP_LOADK = 3,
    OP_GETUPVAL = 9,
    OP_GETTABUP = 11,
    OP_GETTABLE = 12,
    OP_SETTABUP = 15,
    OP_SETTABLE = 16,
    OP_JMP = 56,
    OP_TEST = 66,
    OP_TESTSET = 67
};

/* Its lobject.h and lundump.c */
enum { FLOAT = 0x13, INTEGER = 0x03, SHORT_STRING = 0x04, LONG_STRING = 0x14 };
enum { HEADER = 4 + 1 + 1 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number) };
enum { ABSOLUTE = -128 };

struct global_scope {
    const struct global_scope *around;
    size_t ncode, nconstants, nupvalues, nlines, nabsolutes, nlocals;
    const unsigned char *code;
    const signed char *lines;
    int first_line;
    int (*absolutes)[2];     /* instruction, line */
    struct slice *constants; /* in the dump; without data where one is no string */
    char **locals;
    bool *is_environment; /* each upvalue */
    size_t nfunctions;
    struct global_scope *functions;
};

/* ---- reading ---- */

static size_t read_size(const unsigned char **at)
{
    size_t size = 0;
    unsigned char byte;
    do {
        byte = *(*at)++;
        size = size << 7 | (byte & 0x7f);
    } while (!(byte & 0x80));
    return size;
}

static const void *skip(const unsigned char **at, size_t size)
{
    const unsigned char *from = *at;
    *at += size;
    return from;
}

/* In the dump; without data where there is none. */
static struct slice read_string(const unsigned char **at)
{
    size_t size = read_size(at);
    return size ? (struct slice){skip(at, size - 1), size - 1} : (struct slice){0};
}

static struct slice read_constant(const unsigned char **at)
{
    switch (*(*at)++) {
    case SHORT_STRING:
    case LONG_STRING:
        return read_string(at);
    case INTEGER:
        skip(at, sizeof(lua_Integer));
        break;
    case FLOAT:
        skip(at, sizeof(lua_Number));
        break;
    default: /* nil, false, true */
        break;
    }
    return (struct slice){0};
}

static void read_upvalues(const unsigned char **at, struct global_scope *scope)
{
    scope->nupvalues = read_size(at);
    scope->is_environment = mem_new(scope->nupvalues, sizeof *scope->is_environment);
    for (size_t i = 0; i < scope->nupvalues; i++) {
        const unsigned char *upvalue = skip(at, 3); /* in the stack around, which, kind */
        scope->is_environment[i] =
            !scope->around || (!upvalue[0] && scope->around->is_environment[upvalue[1]]);
    }
}

static void read_debug(const unsigned char **at, struct global_scope *scope)
{
    scope->nlines = read_size(at);
    scope->lines = skip(at, scope->nlines);
    scope->nabsolutes = read_size(at);
    scope->absolutes = mem_new(scope->nabsolutes, sizeof *scope->absolutes);
    for (size_t i = 0; i < scope->nabsolutes; i++) {
        scope->absolutes[i][0] = (int)read_size(at);
        scope->absolutes[i][1] = (int)read_size(at);
    }
    scope->nlocals = read_size(at);
    scope->locals = mem_new(scope->nlocals, sizeof *scope->locals);
    for (size_t i = 0; i < scope->nlocals; i++) {
        struct slice name = read_string(at);
        scope->locals[i] = mem_copy(name.data, name.len);
        read_size(at); /* from which instruction … */
        read_size(at); /* … to which it is there */
    }
    for (size_t names = read_size(at); names > 0; names--)
        read_string(at);
}

static void read_function(const unsigned char **at, struct global_scope *scope)
{
    read_string(at); /* its source */
    scope->first_line = (int)read_size(at);
    read_size(at); /* its last line */
    skip(at, 3);   /* parameters, whether there are more, registers */
    scope->ncode = read_size(at);
    scope->code = skip(at, scope->ncode * 4);
    scope->nconstants = read_size(at);
    scope->constants = mem_new(scope->nconstants, sizeof *scope->constants);
    for (size_t i = 0; i < scope->nconstants; i++)
        scope->constants[i] = read_constant(at);
    read_upvalues(at, scope);
    scope->nfunctions = read_size(at);
    scope->functions = mem_new(scope->nfunctions, sizeof *scope->functions);
    for (size_t i = 0; i < scope->nfunctions; i++) {
        scope->functions[i].around = scope;
        read_function(at, &scope->functions[i]);
    }
    read_debug(at, scope);
}

static void scope_done(struct global_scope *scope)
{
    for (size_t i = 0; i < scope->nfunctions; i++)
        scope_done(&scope->functions[i]);
    free(scope->functions);
    for (size_t i = 0; i < scope->nlocals; i++)
        free(scope->locals[i]);
    free(scope->locals);
    free(scope->constants);
    free(scope->is_environment);
    free(scope->absolutes);
}

/* ---- its instructions ---- */

struct instruction {
    unsigned op, a, b, c, bx;
};

/* One past the end is none that anybody looks for. */
static struct instruction instruction_at(const struct global_scope *scope, size_t i)
{
    uint32_t word = 0;
    if (i >= scope->ncode)
        return (struct instruction){0};
    memcpy(&word, scope->code + i * 4, sizeof word);
    return (struct instruction){word & 0x7f, word >> 7 & 0xff, word >> 16 & 0xff, word >> 24,
                                word >> 15};
}

static int line_at(const struct global_scope *scope, size_t at)
{
    int line = scope->first_line;
    size_t absolute = 0;
    for (size_t i = 0; i <= at && i < scope->nlines; i++)
        line = scope->lines[i] == ABSOLUTE ? scope->absolutes[absolute++][1]
                                           : line + scope->lines[i];
    return line;
}

static bool is_test(struct instruction instruction)
{
    return instruction.op == OP_TEST || instruction.op == OP_TESTSET;
}

/* Is what instruction `i` puts into a register tested by the next one, or stands it behind the
 * jump of a test: the other side of an `or`? */
static bool is_asked(const struct global_scope *scope, size_t i, unsigned into, size_t len)
{
    struct instruction next = instruction_at(scope, i + len);
    bool tested =
        (next.op == OP_TEST && next.a == into) || (next.op == OP_TESTSET && next.b == into);
    return tested || (i >= 2 && instruction_at(scope, i - 1).op == OP_JMP &&
                      is_test(instruction_at(scope, i - 2)));
}

struct walking {
    void (*use)(void *owner, const struct global_use *use);
    void *owner;
};

static void tell(const struct walking *walking, const struct global_scope *scope, size_t i,
                 struct slice name, bool writes, bool asks)
{
    struct global_use use = {.name = name,
                             .line = line_at(scope, i),
                             .writes = writes,
                             .in_function = scope->around,
                             .asks = asks,
                             .scope = scope};
    if (name.data)
        walking->use(walking->owner, &use);
}

/* A name that is long or among many constants goes through a register, and so does the
 * environment: GETUPVAL, LOADK, then GETTABLE, or SETTABLE somewhere behind it. */
static void look_at_distance(const struct walking *walking, const struct global_scope *scope,
                             size_t i)
{
    struct instruction environment = instruction_at(scope, i),
                       key = instruction_at(scope, i + 1), get = instruction_at(scope, i + 2);
    if (key.op != OP_LOADK)
        return;
    bool reads = get.op == OP_GETTABLE && get.b == environment.a && get.c == key.a;
    bool writes = false;
    for (size_t j = i + 2; !reads && !writes && j < scope->ncode; j++) {
        struct instruction set = instruction_at(scope, j);
        writes = set.op == OP_SETTABLE && set.a == environment.a && set.b == key.a;
    }
    if (reads || writes)
        tell(walking, scope, i, scope->constants[key.bx], writes,
             reads && is_asked(scope, i, get.a, 3));
}

static void walk(const struct walking *walking, const struct global_scope *scope)
{
    for (size_t i = 0; i < scope->ncode; i++) {
        struct instruction it = instruction_at(scope, i);
        if (it.op == OP_GETTABUP && scope->is_environment[it.b])
            tell(walking, scope, i, scope->constants[it.c], false, is_asked(scope, i, it.a, 1));
        else if (it.op == OP_SETTABUP && scope->is_environment[it.a])
            tell(walking, scope, i, scope->constants[it.b], true, false);
        else if (it.op == OP_GETUPVAL && scope->is_environment[it.b])
            look_at_distance(walking, scope, i);
    }
    for (size_t i = 0; i < scope->nfunctions; i++)
        walk(walking, &scope->functions[i]);
}

/* ---- all of it ---- */

static int write(lua_State *L, const void *data, size_t size, void *into)
{
    (void)L;
    buf_add(into, data, size);
    return 0;
}

void globals_walk(lua_State *L, void (*use)(void *owner, const struct global_use *use),
                  void *owner)
{
    struct buf dump = {0};
    struct walking walking = {use, owner};
    struct global_scope main = {0};
    lua_dump(L, write, &dump, 0);
    const unsigned char *at = (const unsigned char *)dump.data + HEADER + 1; /* its upvalues */
    read_function(&at, &main);
    walk(&walking, &main);
    scope_done(&main);
    buf_done(&dump);
}

void globals_offer(const struct global_scope *scope, struct nearest *nearest)
{
    for (; scope; scope = scope->around)
        for (size_t i = 0; i < scope->nlocals; i++)
            nearest_offer(nearest, scope->locals[i]);
}
