/* See command_files.h. */
#include "server/command_files.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char root[] = "scripts/commands/", end[] = ".lua";

static void replace(char *text, char from, char to)
{
    for (; (text = strchr(text, from)); text++)
        *text = to;
}

static bool has_file(const char *folder, const char *stem)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/%s%s%s", folder, root, stem, end);
    return access(path, R_OK) == 0;
}

static bool has_script(const char *folder, const char *command)
{
    CLEANUP(mem_freep) char *stem = mem_text(command);
    replace(stem, '-', '_');
    return folder && (has_file(folder, stem) || has_file(folder, command));
}

bool command_files_has(const struct options *options, const char *command)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    bool plain = command[strspn(command, letters)] == '\0' && strcmp(command, "init") != 0;
    return plain && (has_script(options->app, command) || has_script(options->site, command));
}

/* The text of `help = "…"`. */
static struct slice help_of(struct slice script)
{
    static const char mark[] = "help = \"";
    const char *at = memmem(script.data, script.len, mark, sizeof mark - 1);
    if (!at)
        return (struct slice){"", 0};
    at += sizeof mark - 1;
    const char *close = memchr(at, '"', script.len - (size_t)(at - script.data));
    return (struct slice){at, close ? (size_t)(close - at) : 0};
}

/* The command that a path is; NULL where it is none. */
static char *name_of(const char *path)
{
    const char *name = path + sizeof root - 1;
    size_t len = strlen(name), tail = sizeof end - 1;
    if (len <= tail || strcmp(name + len - tail, end) != 0 || strchr(name, '/') ||
        strcmp(name, "init.lua") == 0)
        return NULL;
    char *typed = mem_copy(name, len - tail);
    replace(typed, '_', '-');
    return typed;
}

void command_files_of(const struct vm_files *files, struct command_files *ret_list)
{
    *ret_list = (struct command_files){mem_new(files->count + 1, sizeof *ret_list->items), 0};
    for (size_t i = files_from(files, root); i < files->count; i++) {
        const struct vm_file *file = &files->items[i];
        if (strncmp(file->path, root, sizeof root - 1) != 0)
            break;
        char *name = name_of(file->path);
        if (name)
            ret_list->items[ret_list->count++] =
                (struct command_file){name, help_of(file->bytes)};
    }
}

void command_files_done(struct command_files *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].name);
    free(list->items);
    *list = (struct command_files){0};
}
