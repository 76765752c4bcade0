/* Where the program begins; everything is in commands.c, so that specs can link it. */
#include "server/commands.h"

int main(int argc, char **argv, char **env)
{
    return commands_main(argc, argv, env);
}
