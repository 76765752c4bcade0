/* malloc that does not return NULL: see mem.h for why that is right here. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char line[] = "timecapsule: out of memory, giving up\n";

    /* Not stdio, which may allocate. */
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        _exit(71); /* EX_OSERR; nobody is listening */
    _exit(71);
}

void *mem_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    void *memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

char *mem_copy(const void *data, size_t len)
{
    char *copy = mem_resize(NULL, len + 1, 1);

    if (len)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *mem_text(const char *text)
{
    return mem_copy(text, strlen(text));
}

char *mem_format_list(const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        out_of_memory();
    return text;
}

char *mem_format(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = mem_format_list(format, args);
    va_end(args);
    return text;
}

void mem_freep(void *pointer_to_pointer)
{
    void *pointer;

    /* By bytes: what it points to is a pointer of any type. */
    memcpy(&pointer, pointer_to_pointer, sizeof pointer);
    free(pointer);
}
