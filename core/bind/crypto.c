/*
 * host.crypto: hashes, key derivation, sealing, and bytes as text; all of it base/crypto's and
 * base/str's.  Keys and hashes are raw bytes.
 *
 * The server secret never reaches a script: only subkeys derived from it for a context do.
 */
#include "base/crypto.h"
#include "base/str.h"
#include "bind/bind.h"
#include "bind/state.h"

#include <string.h>

enum { CONTEXT_MAX = 16, HMAC_KEY_MIN = 16, HMAC_KEY_MAX = 64 };

/* Wiped here: what is left is Lua's copy. */
static int push_key(lua_State *L, bool good, unsigned char key[CRYPTO_KEY],
                    const struct err *err)
{
    if (!good)
        return bind_fail(L, err);
    lua_pushlstring(L, (const char *)key, CRYPTO_KEY);
    crypto_wipe(key, CRYPTO_KEY);
    return 1;
}

/* crypto.hash(data, context?) -> 32 bytes */
static int l_hash(lua_State *L)
{
    struct slice data = bind_slice(L, 1);
    const char *context = NULL;
    if (!lua_isnoneornil(L, 2)) {
        context = bind_text(L, 2);
        if (strlen(context) > CONTEXT_MAX)
            bind_arg_error(L, 2, "a context has at most %d bytes", (int)CONTEXT_MAX);
    }
    unsigned char hash[CRYPTO_HASH];
    struct err err;
    return push_key(L, crypto_hash(data, context, hash, &err), hash, &err);
}

/* crypto.sha256(data) -> 32 bytes */
static int l_sha256(lua_State *L)
{
    unsigned char hash[CRYPTO_HASH];
    crypto_sha256(bind_slice(L, 1), hash);
    lua_pushlstring(L, (const char *)hash, sizeof hash);
    return 1;
}

/* crypto.hmac(key, data) -> 32 bytes */
static int l_hmac(lua_State *L)
{
    struct slice key = bind_slice(L, 1), data = bind_slice(L, 2);
    if (key.len < HMAC_KEY_MIN || key.len > HMAC_KEY_MAX)
        bind_arg_error(L, 1, "a key of %d to %d bytes expected, got %zu", (int)HMAC_KEY_MIN,
                       (int)HMAC_KEY_MAX, key.len);
    unsigned char mac[CRYPTO_HASH];
    struct err err;
    return push_key(L, crypto_hmac(key, data, mac, &err), mac, &err);
}

/* crypto.equal(a, b) -> boolean, in constant time for equal lengths */
static int l_equal(lua_State *L)
{
    lua_pushboolean(L, crypto_equal(bind_slice(L, 1), bind_slice(L, 2)));
    return 1;
}

/* The purpose of a derived key: not empty, so that two uses cannot share one by neglect. */
static struct slice check_purpose(lua_State *L, int index)
{
    struct slice context = bind_slice(L, index);
    if (context.len == 0)
        bind_arg_error(L, index, "a context says what the key is for; it cannot be empty");
    return context;
}

/* crypto.derive(key, context) -> a subkey of 32 bytes */
static int l_derive(lua_State *L)
{
    struct slice key = bind_slice(L, 1), context = check_purpose(L, 2);
    if (key.len == 0)
        bind_arg_error(L, 1, "an empty key");
    unsigned char subkey[CRYPTO_KEY];
    struct err err;
    return push_key(L, crypto_derive(key, context, subkey, &err), subkey, &err);
}

static struct slice check_key(lua_State *L, int index)
{
    struct slice key = bind_slice(L, index);
    if (key.len != CRYPTO_KEY)
        bind_arg_error(L, index, "a key of %d bytes expected, got %zu", (int)CRYPTO_KEY,
                       key.len);
    return key;
}

/* crypto.seal(key, plain, ad?) -> sealed bytes */
static int l_seal(lua_State *L)
{
    struct slice key = check_key(L, 1), plain = bind_slice(L, 2), ad = bind_opt_slice(L, 3);
    struct buf *out = bind_buffer(L);
    struct err err;
    if (!crypto_seal(key, plain, ad, out, &err))
        return bind_fail(L, &err);
    return bind_push_buffer(L, out);
}

/* crypto.open(key, sealed, ad?) -> plain | nil, message, "input" */
static int l_open(lua_State *L)
{
    struct slice key = check_key(L, 1), sealed = bind_slice(L, 2), ad = bind_opt_slice(L, 3);
    struct buf *out = bind_buffer(L);
    struct err err;
    if (!crypto_open(key, sealed, ad, out, &err))
        return bind_fail(L, &err);
    return bind_push_buffer(L, out);
}

static void push_half(lua_State *L, const unsigned char half[CRYPTO_KEY], const char *name)
{
    lua_pushlstring(L, (const char *)half, CRYPTO_KEY);
    lua_setfield(L, -2, name);
}

/* crypto.box_pair(seed) -> {public=, secret=} */
static int l_box_pair(lua_State *L)
{
    struct crypto_pair *pair = lua_newuserdatauv(L, sizeof *pair, 0);
    struct err err;
    if (!crypto_pair_of(check_key(L, 1), pair, &err))
        return bind_fail(L, &err);
    lua_createtable(L, 0, 2);
    push_half(L, pair->public, "public");
    push_half(L, pair->secret, "secret");
    crypto_wipe(pair, sizeof *pair);
    return 1;
}

/* crypto.box_seal(public, plain) -> sealed | nil, message, "input" */
static int l_box_seal(lua_State *L)
{
    struct slice public = check_key(L, 1), plain = bind_slice(L, 2);
    struct buf *out = bind_buffer(L);
    struct err err;
    if (!crypto_seal_to(public, plain, out, &err))
        return bind_fail(L, &err);
    return bind_push_buffer(L, out);
}

static void check_half(lua_State *L, const char *name, unsigned char half[CRYPTO_KEY])
{
    size_t len = 0;
    lua_getfield(L, 1, name);
    const char *bytes = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    if (len != CRYPTO_KEY)
        bind_arg_error(L, 1, "a pair of crypto.box_pair() expected, whose '%s' has %d bytes",
                       name, (int)CRYPTO_KEY);
    memcpy(half, bytes, CRYPTO_KEY);
    lua_pop(L, 1);
}

/* crypto.box_open(pair, sealed) -> plain | nil, message, "input" */
static int l_box_open(lua_State *L)
{
    struct slice sealed = bind_slice(L, 2);
    struct crypto_pair pair;
    luaL_checktype(L, 1, LUA_TTABLE);
    check_half(L, "public", pair.public);
    check_half(L, "secret", pair.secret);
    struct buf *out = bind_buffer(L);
    struct err err;
    bool good = crypto_open_with(&pair, sealed, out, &err);
    crypto_wipe(&pair, sizeof pair);
    return good ? bind_push_buffer(L, out) : bind_fail(L, &err);
}

/* A server secret's subkey for the context of argument 1, pushed. */
static bool push_secret(lua_State *L, const struct secret *secret, struct err *err)
{
    unsigned char subkey[CRYPTO_KEY];
    struct slice key = {(const char *)secret->key, CRYPTO_KEY};
    if (!crypto_derive(key, check_purpose(L, 1), subkey, err))
        return false;
    lua_pushlstring(L, (const char *)subkey, sizeof subkey);
    crypto_wipe(subkey, sizeof subkey);
    return true;
}

static const struct secrets *check_secrets(lua_State *L, struct err *err)
{
    const struct bind_host *host = bind_state_of(L)->host;
    const struct secrets *secrets = host ? bind_host_secrets(host) : NULL;
    if (secrets)
        return secrets;
    err_set(err, ERR_STATE, "there is no server secret before the database is open");
    return NULL;
}

/* crypto.secret(context) -> 32 bytes | nil, message, "state" */
static int l_secret(lua_State *L)
{
    check_purpose(L, 1);
    struct err err;
    const struct secrets *secrets = check_secrets(L, &err);
    if (!secrets || !push_secret(L, &secrets->items[0], &err))
        return bind_fail(L, &err);
    return 1;
}

/* crypto.secrets(context) -> {32 bytes, …}, current first | nil, message, "state" */
static int l_secrets(lua_State *L)
{
    check_purpose(L, 1);
    struct err err;
    const struct secrets *secrets = check_secrets(L, &err);
    if (!secrets)
        return bind_fail(L, &err);
    lua_createtable(L, (int)secrets->count, 0);
    for (size_t i = 0; i < secrets->count; i++) {
        if (!push_secret(L, &secrets->items[i], &err))
            return bind_fail(L, &err);
        lua_rawseti(L, 2, (lua_Integer)i + 1);
    }
    return 1;
}

static void push_about(lua_State *L, const struct secret *secret)
{
    static const char *const states[] = {"current", "previous", "next"};
    lua_createtable(L, 0, 3);
    lua_pushstring(L, secret->id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, states[secret->state]);
    lua_setfield(L, -2, "state");
    if (secret->since > 0) {
        lua_pushinteger(L, secret->since);
        lua_setfield(L, -2, "since");
    }
}

/* crypto.known() -> {{id=, state=, since=}, …, lost=}, as crypto.secrets() | nil, message,
 * "state" */
static int l_known(lua_State *L)
{
    struct err err;
    const struct secrets *secrets = check_secrets(L, &err);
    if (!secrets)
        return bind_fail(L, &err);
    lua_createtable(L, (int)secrets->count, 1);
    for (size_t i = 0; i < secrets->count; i++) {
        push_about(L, &secrets->items[i]);
        lua_rawseti(L, 1, (lua_Integer)i + 1);
    }
    lua_pushboolean(L, secrets->lost);
    lua_setfield(L, 1, "lost");
    return 1;
}

static int encode(lua_State *L, void (*encoder)(struct slice bytes, struct buf *out))
{
    struct slice bytes = bind_slice(L, 1);
    struct buf *out = bind_buffer(L);
    encoder(bytes, out);
    return bind_push_buffer(L, out);
}

static int decode(lua_State *L, bool (*decoder)(struct slice text, struct buf *out),
                  const char *form)
{
    struct slice text = bind_slice(L, 1);
    struct buf *out = bind_buffer(L);
    if (decoder(text, out))
        return bind_push_buffer(L, out);
    struct err err;
    err_set(&err, ERR_INPUT, "it is not %s", form);
    return bind_fail(L, &err);
}

static int l_base64(lua_State *L)
{
    return encode(L, str_base64);
}

static int l_from_base64(lua_State *L)
{
    return decode(L, str_unbase64, "base64 with padding");
}

static int l_base64url(lua_State *L)
{
    return encode(L, str_base64url);
}

static int l_from_base64url(lua_State *L)
{
    return decode(L, str_unbase64url, "base64url without padding");
}

static int l_hex(lua_State *L)
{
    return encode(L, str_hex);
}

static int l_from_hex(lua_State *L)
{
    return decode(L, str_unhex, "pairs of hexadecimal digits");
}

static const struct binding crypto_list[] = {
    {"hash", l_hash, 1, 2, "string"},
    {"sha256", l_sha256, 1, 1, "string"},
    {"hmac", l_hmac, 2, 2, "string"},
    {"equal", l_equal, 2, 2, "boolean"},
    {"derive", l_derive, 2, 2, "string"},
    {"seal", l_seal, 2, 3, "string"},
    {"open", l_open, 2, 3, "string?,string?,string?"},
    {"box_pair", l_box_pair, 1, 1, "table"},
    {"box_seal", l_box_seal, 2, 2, "string?,string?,string?"},
    {"box_open", l_box_open, 2, 2, "string?,string?,string?"},
    {"secret", l_secret, 1, 1, "string?,string?,string?"},
    {"secrets", l_secrets, 1, 1, "table?,string?,string?"},
    {"known", l_known, 0, 0, "table?,string?,string?"},
    {"base64", l_base64, 1, 1, "string"},
    {"from_base64", l_from_base64, 1, 1, "string?,string?,string?"},
    {"base64url", l_base64url, 1, 1, "string"},
    {"from_base64url", l_from_base64url, 1, 1, "string?,string?,string?"},
    {"hex", l_hex, 1, 1, "string"},
    {"from_hex", l_from_hex, 1, 1, "string?,string?,string?"},
    {NULL, NULL, 0, 0, NULL}};

int bind_crypto_open(lua_State *L)
{
    bind_module(L, "host.crypto", crypto_list);
    return 1;
}
