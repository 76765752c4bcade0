/*
 * What an admin does to the generations of a running server, as words: on the line of a
 * command, on the control socket, and from a page.
 *
 *     reload [--confirm SECONDS]   the files become the next generation; on trial for that time
 *     reload --preview             … are built beside the one that runs, for one browser
 *     reload --accept              what is on trial stays; or the candidate becomes current
 *     reload --discard             … goes
 *     rollback  upgrade
 *
 * Each may say by --digest what its asker has seen: the generation that is current, or, for
 * --accept and --discard, the one that is on trial or the candidate.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum act_kind { ACT_RELOAD, ACT_PREVIEW, ACT_ACCEPT, ACT_DISCARD, ACT_ROLLBACK, ACT_UPGRADE };

enum { ACT_DIGEST = 16 };

struct act {
    enum act_kind kind;
    int confirm_s;               /* on trial for so long; 0: for good */
    char digest[ACT_DIGEST + 1]; /* or its beginning; "": nobody says */
};

/* The command's name, then its words.  ERR_INPUT says what they may be. */
bool act_read(const char *command, const char *words, struct act *ret_act, struct err *err);

/* Has the asker seen this digest?  ERR_CONFLICT where it was another. */
bool act_has_seen(const struct act *act, const char *digest, struct err *err);

/* "reload", "preview" …; static. */
const char *act_name(enum act_kind kind);
