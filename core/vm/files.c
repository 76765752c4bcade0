/* See files.h. */
#include "vm/files.h"

#include <string.h>

size_t files_from(const struct vm_files *files, const char *prefix)
{
    size_t low = 0, high = files->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(files->items[middle].path, prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct vm_file *files_find(const struct vm_files *files, const char *path)
{
    size_t i = files_from(files, path);
    bool found = i < files->count && strcmp(files->items[i].path, path) == 0;
    return found ? &files->items[i] : NULL;
}
