/* `timecapsule console`: a prompt inside a generation, whose writes are rolled back unless they
 * are committed. */
#pragma once

struct options;

int console_command(const struct options *options);
