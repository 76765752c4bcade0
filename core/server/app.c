/* See app.h. */
#include "server/app.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const char main_lua[] =
    "--- A whole application: what `handle` returns is the answer.\n"
    "local M = {}\n"
    "\n"
    "function M.handle(req)\n"
    "  if req.path ~= \"/\" then\n"
    "    return { status = 404, body = \"there is nothing at \" .. req.path .. \"\\n\" }\n"
    "  end\n"
    "  return { headers = { [\"Content-Type\"] = \"text/plain\" }, body = \"Hello.\\n\" }\n"
    "end\n"
    "\n"
    "return M\n";

static int make(const char *folder)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/scripts/main.lua", folder);
    struct err err;
    if (!file_write(path, slice_of(main_lua), &err)) {
        fprintf(stderr, "timecapsule: %s\n", err.text);
        return 1;
    }
    printf("%s is an application.  Now:\n"
           "  timecapsule check --app %s\n"
           "  timecapsule serve --app %s --data %s/data --watch\n",
           folder, folder, folder, folder);
    return 0;
}

int app_run(const struct options *options)
{
    const struct option_list *args = &options->args;
    if (args->count != 2 || strcmp(args->items[0], "new") != 0) {
        fprintf(stderr, "timecapsule: app new DIR makes one folder; name it\n");
        return 2;
    }
    if (!file_is_vacant(args->items[1])) {
        fprintf(
            stderr,
            "timecapsule: %s is there and not empty; an application begins in a new folder\n",
            args->items[1]);
        return 1;
    }
    return make(args->items[1]);
}
