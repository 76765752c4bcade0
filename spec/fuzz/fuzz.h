/*
 * What fuzz targets share.  A target is one file: spec/fuzz/NAME.c, or
 * spec/fuzz/scripts/NAME.lua, which spec/fuzz/script.c feeds.  It is handed bytes, gives them
 * to what it tests, and checks what must hold whatever they are.  A failed check, a sanitizer's
 * finding or a leak is a crash.
 *
 * Each target is linked twice: with libFuzzer (preset `fuzz`), which makes up inputs, and with
 * replay.c (every other preset), which reads those of spec/fuzz/corpus/NAME and
 * spec/fuzz/regression/NAME.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define MUST(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                           \
        }                                                                                      \
    } while (0)
