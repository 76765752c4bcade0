/*
 * host.random: randomness from the operating system alone, for keys, tokens and ids.
 */
#include "base/random.h"
#include "base/str.h"
#include "bind/bind.h"

#include <string.h>

enum {
    BYTES_MAX = 65536, /* the largest wish is a key of 64 bytes; more is a mistake */
    TOKEN_MAX = 1024,
    ENCODED_MAX = 64,
    ALPHABET_MAX = 128 /* ASCII, so that a token is text */
};

/* random.bytes(n) -> n random bytes */
static int random_bytes_(lua_State *L)
{
    size_t count = (size_t)bind_integer(L, 1, 0, BYTES_MAX);
    luaL_Buffer out;
    random_bytes(luaL_buffinitsize(L, &out, count), count);
    luaL_pushresultsize(&out, count);
    return 1;
}

/* random.base64url(n) -> n random bytes as text */
static int random_base64url(lua_State *L)
{
    char bytes[ENCODED_MAX];
    size_t count = (size_t)bind_integer(L, 1, 1, ENCODED_MAX);
    struct buf *out = bind_buffer(L);
    random_ahead(bytes, count);
    str_base64url((struct slice){bytes, count}, out);
    return bind_push_buffer(L, out);
}

/* The default alphabet, or the given one: 2 to 128 different printable ASCII characters. */
static struct slice check_alphabet(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return slice_of(RANDOM_ALPHABET);
    struct slice alphabet = bind_slice(L, index);
    if (alphabet.len < 2 || alphabet.len > ALPHABET_MAX)
        bind_arg_error(L, index, "an alphabet has 2 to %d characters", (int)ALPHABET_MAX);
    bool seen[256] = {false};
    for (size_t i = 0; i < alphabet.len; i++) {
        unsigned char c = (unsigned char)alphabet.data[i];
        if (c < ' ' || c > '~')
            bind_arg_error(L, index, "an alphabet is printable ASCII");
        if (seen[c])
            bind_arg_error(L, index, "'%c' is in the alphabet twice", c);
        seen[c] = true;
    }
    return alphabet;
}

/* random.token(n, alphabet?) -> text of n characters, each equally likely */
static int random_token(lua_State *L)
{
    size_t count = (size_t)bind_integer(L, 1, 1, TOKEN_MAX);
    struct slice alphabet = check_alphabet(L, 2);
    luaL_Buffer out;
    char *text = luaL_buffinitsize(L, &out, count);
    random_text(alphabet.data, alphabet.len, text, count);
    luaL_pushresultsize(&out, count);
    return 1;
}

/* random.int(a, b) -> an integer from a to b, both included */
static int random_int(lua_State *L)
{
    int64_t low = bind_integer(L, 1, INT64_MIN, INT64_MAX);
    int64_t high = bind_integer(L, 2, INT64_MIN, INT64_MAX);
    if (low > high)
        bind_arg_error(L, 2, "it is below the first");
    uint64_t offset, span = (uint64_t)high - (uint64_t)low;
    if (span == UINT64_MAX) /* every integer: span + 1 would wrap */
        random_bytes(&offset, sizeof offset);
    else
        offset = random_below(span + 1);
    lua_pushinteger(L, (lua_Integer)((uint64_t)low + offset));
    return 1;
}

/* random.uuid() -> "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" (RFC 9562, version 4) */
static int random_uuid(lua_State *L)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    bytes[6] = (unsigned char)(0x40 | (bytes[6] & 0x0f));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));

    char text[36];
    size_t at = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = digits[bytes[i] >> 4];
        text[at++] = digits[bytes[i] & 15];
    }
    lua_pushlstring(L, text, sizeof text);
    return 1;
}

static const struct binding random_list[] = {
    {"bytes", random_bytes_, 1, 1, "string"}, {"base64url", random_base64url, 1, 1, "string"},
    {"token", random_token, 1, 2, "string"},  {"int", random_int, 2, 2, "integer"},
    {"uuid", random_uuid, 0, 0, "string"},    {NULL, NULL, 0, 0, NULL}};

int bind_random_open(lua_State *L)
{
    bind_module(L, "host.random", random_list);
    return 1;
}
