/* See inventory.h. */
#include "server/inventory.h"

#include "base/crypto.h"

#include <string.h>

static bool add(const char *kind, const char *name, struct slice bytes, struct buf *out)
{
    unsigned char hash[CRYPTO_HASH];
    if (out->len + strlen(name) > INVENTORY || !crypto_hash(bytes, "inventory", hash, NULL)) {
        buf_adds(out, "…\n");
        return false;
    }
    buf_addf(out, "%02x%02x%02x%02x %s%s\n", hash[0], hash[1], hash[2], hash[3], kind, name);
    return true;
}

void inventory_write(const struct snapshot *snapshot, struct buf *out)
{
    for (size_t i = 0; i < snapshot->files.count; i++)
        if (!add("", snapshot->files.items[i].path, snapshot->files.items[i].bytes, out))
            return;
    for (size_t i = 0; i < snapshot->ngiven; i++)
        if (!add("setting ", snapshot->given[i].name, slice_of(snapshot->given[i].value), out))
            return;
}
