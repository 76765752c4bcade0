/* What failures of the server and the client mean to us. */
#pragma once

#include "base/err.h"

#include <mysql.h>

enum maria_effect {
    EFFECT_NONE,      /* the statement failed and changed nothing, the rest is as before */
    EFFECT_UNDONE,    /* its transaction was rolled back; running it again may succeed */
    EFFECT_WAITED,    /* it waited too long for a lock; running it again may succeed */
    EFFECT_READ_ONLY, /* likewise, on another server */
    EFFECT_FULL,      /* the server cannot write */
    EFFECT_PREPARE,   /* the prepared statement is of no use any more */
    EFFECT_CROWDED,   /* the server holds too many prepared statements */
    EFFECT_SIZE,      /* it is larger than a server takes, this one or another */
    EFFECT_GONE,      /* the connection is over; the server has not run the statement */
    EFFECT_ASIDE,  /* likewise, and the server takes part in nothing: no part of its cluster */
    EFFECT_LOST,   /* the connection is over; nobody knows */
    EFFECT_CUT,    /* likewise: the server could not commit */
    EFFECT_BROKEN, /* we have ended the connection: it is in no state that we know … */
    EFFECT_LATE    /* … or has said nothing in time */
};

/* What the connection's (or statement's) last failure is; err gets a kind and a sentence
 * without any value.  preparing: no values are involved, the server's own words will do. */
enum maria_effect maria_failure(MYSQL *my, MYSQL_STMT *stmt, bool preparing, struct err *err);
/* The kind alone; of a code that is not known here the world's fault. */
enum err_kind maria_kind(unsigned code);
