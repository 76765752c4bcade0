/*
 * What is typed at a prompt, run in a state: an expression shows its values, and names that are
 * assigned to stay for what is typed later, in an environment of the console's own before _G.
 *
 * Each entry is a task.  Blocks; the loop of the state turns meanwhile.
 */
#pragma once

#include "base/buf.h"
#include "vm/vm.h"

struct console;

/* The state lives on a loop already.  `opening` is Lua that makes the first names. */
struct console *console_new(struct vm *vm, const char *opening);
void console_free(struct console *console); /* before its state; NULL is fine */

enum console_outcome {
    CONSOLE_GOOD,
    CONSOLE_FAILED,
    CONSOLE_MORE /* it is the beginning of something */
};

/* Appends what the entry returned, or why it failed, by lines: its first one has that number.
 */
enum console_outcome console_run(struct console *console, struct slice entry, int line,
                                 struct buf *out);
/* Ends the entry that runs; from within the loop. */
void console_interrupt(struct console *console);
