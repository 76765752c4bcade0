/* What `timecapsule COMMAND` does: the host's own commands here, the application's by
 * scripts/commands/NAME.lua. */
#pragma once

/* Returns the exit status: 0, 1 when the command failed, 2 when it was not understood. */
int commands_main(int argc, char **argv, char **env);
