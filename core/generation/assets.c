/* Hashes, names and compresses the files below static/.  See assets.h. */
#include "generation/assets.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/gzip.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = "static/";

/* Images and fonts are compressed already. */
static bool is_text(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strstr(type, "javascript") ||
           strstr(type, "svg") || strstr(type, "json") || strstr(type, "xml");
}

static void compress(struct asset *asset)
{
    struct buf gzip = {0};
    if (is_text(asset->http.type))
        gzip_compress(asset->http.bytes, &gzip);
    if (gzip.len > 0 && gzip.len < asset->http.bytes.len)
        asset->http.gzip.data = buf_take(&gzip, &asset->http.gzip.len);
    buf_done(&gzip);
}

enum { HASH = 12 }; /* digits of it in a URL */

/* "/static/css/site.css" and the hash's first digits → "/static/css/site.HASH.css" */
static char *hashed_url(const char *path, const char *hash)
{
    const char *name = strrchr(path, '/') + 1;
    const char *dot = strrchr(name, '.');
    int stem = (int)(dot && dot != name ? (size_t)(dot - path) : strlen(path));
    return mem_format("/%.*s.%.*s%s", stem, path, HASH, hash, path + stem);
}

/* All but the compressed form. */
static void build(const struct vm_file *file, struct asset *asset)
{
    struct buf hex = {0};
    str_hex((struct slice){(const char *)file->hash, 16}, &hex);
    *asset = (struct asset){.path = file->path, .url = hashed_url(file->path, hex.data)};
    asset->http.modified = clock_now();
    asset->http.bytes = file->bytes;
    asset->http.type = http_content_type(file->path);
    snprintf(asset->http.etag, sizeof asset->http.etag, "\"%s\"", hex.data);
    buf_done(&hex);
}

static bool is_static(const struct snapshot *snapshot, size_t i)
{
    return i < snapshot->files.count &&
           strncmp(snapshot->files.items[i].path, root, sizeof root - 1) == 0;
}

static int by_url(const void *a, const void *b)
{
    return strcmp((*(const struct asset *const *)a)->url,
                  (*(const struct asset *const *)b)->url);
}

static int compare(struct slice name, const char *text)
{
    size_t len = strlen(text);
    int order = memcmp(name.data, text, name.len < len ? name.len : len);
    return order != 0 ? order : (name.len > len) - (name.len < len);
}

static int against_url(const void *name, const void *item)
{
    return compare(*(const struct slice *)name, (*(const struct asset *const *)item)->url);
}

static const struct asset *find_url(const struct assets *assets, struct slice url)
{
    const struct asset *const *found =
        bsearch(&url, assets->by_url, assets->count + assets->ncarried, sizeof(struct asset *),
                against_url);
    return found ? *found : NULL;
}

/* An empty file has bytes too, of which there are none; what was not compressed has not. */
static struct slice copy(struct slice bytes)
{
    return bytes.data ? (struct slice){mem_copy(bytes.data, bytes.len), bytes.len} : bytes;
}

/* As it is in what was served before, where the bytes are the same. */
static void take_compressed(struct asset *asset, const struct assets *before)
{
    const struct asset *old = before ? find_url(before, slice_of(asset->url)) : NULL;
    if (old && strcmp(old->http.etag, asset->http.etag) == 0)
        asset->http.gzip = copy(old->http.gzip);
    else
        compress(asset);
}

static void build_own(const struct snapshot *snapshot, const struct assets *before,
                      struct assets *assets)
{
    size_t from = files_from(&snapshot->files, root), count = 0;
    while (is_static(snapshot, from + count))
        count++;
    assets->items = mem_new(count, sizeof *assets->items);
    for (size_t i = 0; i < count; i++) {
        build(&snapshot->files.items[from + i], &assets->items[i]);
        take_compressed(&assets->items[i], before);
    }
    assets->count = count;
}

static void index_urls(struct assets *assets)
{
    size_t all = 0;
    free(assets->by_url);
    assets->by_url = mem_new(assets->count + assets->ncarried, sizeof(struct asset *));
    for (size_t i = 0; i < assets->count; i++)
        assets->by_url[all++] = &assets->items[i];
    for (size_t i = 0; i < assets->ncarried; i++)
        assets->by_url[all++] = &assets->carried[i];
    qsort(assets->by_url, all, sizeof(struct asset *), by_url);
}

static bool has_url(const struct assets *assets, const char *url)
{
    for (size_t i = 0; i < assets->count; i++)
        if (strcmp(assets->items[i].url, url) == 0)
            return true;
    for (size_t i = 0; i < assets->ncarried; i++)
        if (strcmp(assets->carried[i].url, url) == 0)
            return true;
    return false;
}

static void carry(struct assets *assets, const struct asset *old)
{
    if (old->age >= ASSETS_CARRIED || has_url(assets, old->url))
        return;
    struct asset *kept = &assets->carried[assets->ncarried++];
    *kept = *old;
    kept->path = NULL;
    kept->url = mem_text(old->url);
    kept->http.bytes = copy(old->http.bytes);
    kept->http.gzip = copy(old->http.gzip);
    kept->age = old->age + 1;
}

void assets_build(const struct snapshot *snapshot, const struct assets *before,
                  struct assets *ret_assets)
{
    struct assets assets = {0};
    build_own(snapshot, before, &assets);
    if (before) {
        assets.carried = mem_new(before->count + before->ncarried, sizeof *assets.carried);
        for (size_t i = 0; i < before->count; i++)
            carry(&assets, &before->items[i]);
        for (size_t i = 0; i < before->ncarried; i++)
            carry(&assets, &before->carried[i]);
    }
    *ret_assets = assets;
    index_urls(ret_assets);
}

static void carry_file(struct assets *assets, const struct vm_file *file, int age)
{
    struct asset asset;
    build(file, &asset);
    if (has_url(assets, asset.url)) {
        free(asset.url);
        return;
    }
    asset.path = NULL;
    asset.http.bytes = copy(file->bytes);
    asset.age = age;
    compress(&asset);
    assets->carried =
        mem_resize(assets->carried, assets->ncarried + 1, sizeof *assets->carried);
    assets->carried[assets->ncarried++] = asset;
}

void assets_carry(struct assets *assets, const struct snapshot *earlier, int age)
{
    for (size_t i = files_from(&earlier->files, root); is_static(earlier, i); i++)
        carry_file(assets, &earlier->files.items[i], age);
    index_urls(assets);
}

void assets_done(struct assets *assets)
{
    for (size_t i = 0; i < assets->count; i++) {
        free(assets->items[i].url);
        free((char *)assets->items[i].http.gzip.data);
    }
    for (size_t i = 0; i < assets->ncarried; i++) {
        free(assets->carried[i].url);
        free((char *)assets->carried[i].http.bytes.data);
        free((char *)assets->carried[i].http.gzip.data);
    }
    free(assets->items);
    free(assets->carried);
    free(assets->by_url);
    *assets = (struct assets){0};
}

static int against_path(const void *name, const void *item)
{
    return compare(*(const struct slice *)name, ((const struct asset *)item)->path);
}

static const struct asset *find_path(const struct assets *assets, struct slice path)
{
    return bsearch(&path, assets->items, assets->count, sizeof *assets->items, against_path);
}

const struct asset *assets_find(const struct assets *assets, const char *path)
{
    char full[512];
    int len = snprintf(full, sizeof full, "%s%s", root, path);
    if (len < 0 || (size_t)len >= sizeof full)
        return NULL;
    return find_path(assets, (struct slice){full, (size_t)len});
}

static bool is_hash(const char *text)
{
    return strspn(text, "0123456789abcdef") >= HASH;
}

/* What another node, or a later generation, calls by another hash.  Cuts the hash out. */
static const struct asset *find_other(const struct assets *assets, struct slice path)
{
    char plain[512];
    if (path.len >= sizeof plain || memchr(path.data, '\0', path.len))
        return NULL;
    memcpy(plain, path.data, path.len);
    plain[path.len] = '\0';
    char *name = strrchr(plain, '/'), *end = strrchr(plain, '.');
    if (!name || !end || end < name)
        return NULL;
    char *hash = end;
    if (strlen(end + 1) != HASH && end - name > HASH + 1)
        hash = end - HASH - 1; /* before what the name ends with */
    if (*hash != '.' || !is_hash(hash + 1))
        return NULL;
    memmove(hash, hash + 1 + HASH, strlen(hash + 1 + HASH) + 1);
    return find_path(assets, slice_of(plain));
}

const struct asset *assets_at(const struct assets *assets, struct slice url,
                              bool *ret_immutable)
{
    if (url.len <= sizeof root || memcmp(url.data, "/static/", sizeof root) != 0)
        return NULL;
    const struct asset *hashed = find_url(assets, url);
    *ret_immutable = hashed != NULL;
    if (hashed)
        return hashed;
    struct slice path = {url.data + 1, url.len - 1};
    const struct asset *asset = find_path(assets, path);
    return asset ? asset : find_other(assets, path);
}
