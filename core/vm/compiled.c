/* See compiled.h. */
#include "vm/compiled.h"

#include "base/limits.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

enum kind { CODE, FOUND_BY_HOST, FOUND_BY_SCRIPTS };

struct entry {
    struct entry *next;
    enum kind kind;
    char *text, *name;
    size_t len;
    struct buf become; /* the compiled form, or what was found out */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *buckets[BUCKETS];
static size_t held; /* bytes */

/* By name, length and the last bytes: the many pieces of one template differ at their end. */
static struct entry **bucket_of(struct slice text, const char *name)
{
    uint32_t hash = (uint32_t)text.len;
    size_t from = text.len > 64 ? text.len - 64 : 0;
    for (; *name; name++)
        hash = hash * 31 + (unsigned char)*name;
    for (; from < text.len; from++)
        hash = hash * 31 + (unsigned char)text.data[from];
    return &buckets[hash % BUCKETS];
}

/* Where its entry hangs, or would. */
static struct entry **place_of(enum kind kind, struct slice text, const char *name)
{
    struct entry **place = bucket_of(text, name);
    for (; *place; place = &(*place)->next)
        if ((*place)->kind == kind && (*place)->len == text.len &&
            strcmp((*place)->name, name) == 0 &&
            memcmp((*place)->text, text.data, text.len) == 0)
            break;
    return place;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + strlen(entry->name) + entry->len + entry->become.len;
}

static void drop(struct entry **place)
{
    struct entry *entry = *place;
    *place = entry->next;
    held -= size_of(entry);
    buf_done(&entry->become);
    free(entry->text);
    free(entry->name);
    free(entry);
}

static void clear(void)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (buckets[i])
            drop(&buckets[i]);
}

static const char *whole(lua_State *L, void *given, size_t *ret_len)
{
    (void)L;
    struct slice *code = given;
    *ret_len = code->len;
    code->len = 0;
    return code->data;
}

bool compiled_load(lua_State *L, struct slice text, const char *name)
{
    bool good = false;
    pthread_mutex_lock(&lock);
    const struct entry *entry = *place_of(CODE, text, name);
    if (entry) {
        struct slice code = {entry->become.data, entry->become.len};
        good = lua_load(L, whole, &code, name, "b") == LUA_OK; /* raises nothing */
        if (!good)
            lua_pop(L, 1);
    }
    pthread_mutex_unlock(&lock);
    return good;
}

static int add(lua_State *L, const void *bytes, size_t len, void *given)
{
    (void)L;
    buf_add(given, bytes, len);
    return 0;
}

/* In place of the one before. */
static void insert(struct entry *entry, struct slice text)
{
    if (held + size_of(entry) > LIMIT_COMPILED)
        clear();
    struct entry **place = place_of(entry->kind, text, entry->name);
    if (*place)
        drop(place);
    entry->next = *place;
    *place = entry;
    held += size_of(entry);
}

/* Takes what the text has become. */
static void keep(enum kind kind, struct slice text, const char *name, struct buf *become)
{
    if (text.len + become->len > LIMIT_COMPILED / 8) {
        buf_done(become);
        return;
    }
    struct entry *entry = mem_new(1, sizeof *entry);
    *entry = (struct entry){.kind = kind,
                            .text = mem_copy(text.data, text.len),
                            .name = mem_text(name),
                            .len = text.len,
                            .become = *become};
    pthread_mutex_lock(&lock);
    insert(entry, text);
    pthread_mutex_unlock(&lock);
}

void compiled_keep(lua_State *L, struct slice text, const char *name)
{
    struct buf code = {0};
    lua_dump(L, add, &code, 0);
    keep(CODE, text, name, &code);
}

static enum kind found_by(enum compiled_by by)
{
    return by == BY_HOST ? FOUND_BY_HOST : FOUND_BY_SCRIPTS;
}

bool compiled_recall(enum compiled_by by, struct slice text, const char *name, struct buf *out)
{
    pthread_mutex_lock(&lock);
    const struct entry *entry = *place_of(found_by(by), text, name);
    if (entry && out)
        buf_add(out, entry->become.data, entry->become.len);
    pthread_mutex_unlock(&lock);
    return entry != NULL;
}

void compiled_remember(enum compiled_by by, struct slice text, const char *name,
                       struct slice found)
{
    struct buf copy = {0};
    buf_add(&copy, found.data, found.len);
    keep(found_by(by), text, name, &copy);
}
