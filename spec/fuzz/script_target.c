/* A target in Lua: the file that FUZZ_SCRIPT names is given the input as a string. */
#include "fuzz.h"
#include "script.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    script_open(FUZZ_SCRIPT);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script_feed(data, size);
    return 0;
}
