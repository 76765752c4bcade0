/* Cutting slices: what the grammars of http/ share.  None copies; all take empty slices. */
#pragma once

#include "base/buf.h"

struct slice cut_from(struct slice text, size_t from); /* from ≤ its length */
struct slice cut_blanks(struct slice text);            /* without spaces and tabs around it */
/* Takes the text before the first c off the rest, and c; all of it where there is none. */
struct slice cut_until(struct slice *rest, char c);
bool cut_has(struct slice text, char c);
