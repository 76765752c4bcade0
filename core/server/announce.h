/* What a start says: where it listens and what runs. */
#pragma once

#include "server/instance.h"
#include "server/listeners.h"

/* "listening on URL" on standard output, for whoever has started it; with --log-format json
 * lines of the log instead, so that everything is JSON.  Then one line of the log: version,
 * generation, database and its host, workers. */
void announce_start(const struct instance *instance, const struct listeners *listeners,
                    int workers);
/* Why nothing was started, on standard error: as JSON where the log is.  faults:
 * lines before, or NULL. */
void announce_failure(const struct options *options, const char *faults, const char *text);
