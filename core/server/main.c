/* Where the program begins; the rest is in commands.c, so that specs can link it. */
#include "server/commands.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* Whose command it is, for the audit: where the environment says nothing (cron, a container) it
 * is the account. */
static void name_account(void)
{
    static const char *const names[] = {"SUDO_USER", "USER", "LOGNAME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *name = getenv(names[i]);
        if (name && *name)
            return;
    }
    const struct passwd *entry = getpwuid(getuid());
    if (entry)
        setenv("LOGNAME", entry->pw_name, 1);
}

int main(int argc, char **argv, char **env)
{
    name_account();
    return commands_main(argc, argv, env);
}
