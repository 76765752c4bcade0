/*
 * Feeds files to a fuzz target, each once: the main program of a target that is not linked with
 * libFuzzer.  Arguments are files and folders; a folder that is not there is passed over, but
 * no input at all is a failure.  What a file holds is copied to memory of exactly its size, so
 * that AddressSanitizer sees a read behind it.
 */
#include "fuzz.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int count;

/* Targets that need none have none. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static void feed(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(size > 0 ? size : 1);

    if (!file || !bytes || fread(bytes, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
        exit(2);
    }
    fclose(file);
    if (getenv("FUZZ_VERBOSE"))
        fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    count++;
}

static void visit(const char *path)
{
    struct stat found;
    DIR *folder;

    if (stat(path, &found) != 0)
        return;
    if (S_ISREG(found.st_mode)) {
        feed(path, (size_t)found.st_size);
        return;
    }
    folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        char *below = mem_format("%s/%s", path, entry->d_name);
        visit(below);
        free(below);
    }
    if (folder)
        closedir(folder);
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        visit(argv[i]);
    printf("%d inputs\n", count);
    if (count == 0)
        fprintf(stderr, "%s: no inputs\n", argv[0]);
    return count > 0 ? 0 : 2;
}
