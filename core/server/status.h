/* Lines of `timecapsule status` that need no more than what they are about. */
#pragma once

#include "base/buf.h"
#include "db/db.h"

void status_zones(struct buf *out);
void status_database(struct db *db, struct buf *out);
/* What scripts say there: the keys and texts of host.shared's space "status". */
void status_notes(struct buf *out);
/* A key of them of the host's own; an empty text is none.  Any thread. */
void status_note(const char *key, const struct buf *text);
