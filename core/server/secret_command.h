/* `timecapsule secret [add|rotate|lost]`: which server secrets there are and who knows them;
 * another one; making it current; beginning anew where the old one is lost for good. */
#pragma once

struct options;

int secret_run(const struct options *options); /* 0, 1: in part, 2: nothing was done */
