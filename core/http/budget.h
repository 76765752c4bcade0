/*
 * How many bytes the server holds for strangers: bodies that it was sent, forms read from them,
 * answers that have not been taken yet.  One budget for the process; each worker counts its own
 * as well, and has an even share.
 *
 * What would pass the budget is refused where a body grows.  An answer is not refused: the
 * worker that is beyond its share cuts those of its clients that take theirs slowest.
 * Files of a generation are not counted, since nothing is held for them.
 */
#pragma once

#include "http/conn.h"

/* The exchange holds so many bytes now.  False, and nothing counted, where it would be more
 * than before and the budget has no room for it. */
bool budget_hold(struct exchange *exchange, size_t bytes);
/* The same for an answer, which is always counted. */
void budget_owe(struct exchange *exchange, size_t bytes);

/* Cuts this worker's slowest readers where the budget is spent and its share too. */
void budget_relieve(struct http_server *server);
