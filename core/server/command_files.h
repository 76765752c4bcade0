/*
 * Commands that are scripts: scripts/commands/NAME.lua of the application or its site, whose
 * name has '_' where the command has '-'.  Nothing of them is run here.
 */
#pragma once

#include "base/buf.h"
#include "server/options.h"
#include "vm/files.h"

struct command_file {
    char *name;        /* as it is typed */
    struct slice help; /* of the script's bytes; empty where it says none literally */
};

struct command_files {
    struct command_file *items;
    size_t count;
};

/* Is there a script for that, in either spelling?  A file named with '-' counts: whoever loads
 * it is told how it is to be named. */
bool command_files_has(const struct options *options, const char *command);

/* Those of a generation's files, which are borrowed. */
void command_files_of(const struct vm_files *files, struct command_files *ret_list);
void command_files_done(struct command_files *list);
