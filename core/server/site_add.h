/* `timecapsule site add page|migration NAME`: what such a thing is made of, from the folder
 * starter/.add of the application, with the name in it. */
#pragma once

#include "server/options.h"

int site_add(const struct options *options); /* the exit status */
