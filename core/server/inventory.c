/* See inventory.h. */
#include "server/inventory.h"

#include "base/crypto.h"

#include <stdio.h>
#include <string.h>

static bool add(const char *digest, const char *kind, const char *name, struct buf *out)
{
    if (out->len + strlen(name) > INVENTORY) {
        buf_adds(out, "…\n");
        return false;
    }
    buf_addf(out, "%s %s%s\n", digest, kind, name);
    return true;
}

static bool add_file(const struct vm_file *file, struct buf *out)
{
    unsigned char hash[CRYPTO_HASH] = {0}; /* which fails for a bad context alone */
    char digest[9];
    crypto_hash(file->bytes, "inventory", hash, NULL);
    snprintf(digest, sizeof digest, "%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
    return add(digest, "", file->path, out);
}

void inventory_write(const struct snapshot *snapshot, struct buf *out)
{
    for (size_t i = 0; i < snapshot->files.count; i++)
        if (!add_file(&snapshot->files.items[i], out))
            return;
    for (size_t i = 0; i < snapshot->ngiven; i++)
        if (!add("-", "setting ", snapshot->given[i].name, out))
            return;
}
