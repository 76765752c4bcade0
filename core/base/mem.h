/*
 * Memory of the house.  Running out of it outside Lua ends the process with one clear line:
 * everything a stranger controls is bounded before it is allocated (base/limits.h), so a
 * failing malloc means a broken machine, and no half-done state is worth carrying on with.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Zeroed memory of count × size bytes; never NULL, not even for 0.  Free with free(). */
void *mem_new(size_t count, size_t size);
/* As realloc, never NULL; new bytes are not zeroed. */
void *mem_resize(void *old, size_t count, size_t size);
/* A copy of len bytes with a NUL behind it. */
char *mem_copy(const void *data, size_t len);
char *mem_text(const char *text);
/* A heap string made as printf does. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_format_list(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Clean-up on leaving the scope: `CLEANUP(mem_freep) char *p = …`.  Never in a file with a
 * lua_State: attributes do not run past a Lua error. */
#define CLEANUP(function) __attribute__((cleanup(function)))
void mem_freep(void *pointer_to_pointer);

/* Moves a pointer out of a variable, leaving NULL. */
#define TAKE(pointer)                                                                          \
    ({                                                                                         \
        __typeof__(pointer) taken_ = (pointer);                                                \
        (pointer) = NULL;                                                                      \
        taken_;                                                                                \
    })

#define CONTAINER(pointer, type, member)                                                       \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
