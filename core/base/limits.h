/* Every bound on what a stranger or a script controls, each with its reason. */
#pragma once

/* HTTP */
#define LIMIT_BODY (1024 * 1024) /* pages' forms are far smaller; escaping makes × 3 */
#define LIMIT_BODY_DISCARD (16 * 1024 * 1024) /* read and thrown away so that 413 arrives */
#define LIMIT_DISCARD_S 10                    /* … for no longer than this */
#define LIMIT_FORM_FIELDS 100                 /* the largest form has eight */
#define LIMIT_BUFFERED (256 * 1024 * 1024)    /* held for all clients at once */
#define LIMIT_CONNECTION_POOL 10240           /* libmicrohttpd's memory for line and headers */
#define LIMIT_REPLY_BODY (16 * 1024 * 1024)   /* one part may stand in it many times */
#define LIMIT_REPLY_HEADERS 64                /* their places are kept on the stack */
#define LIMIT_REPLY_HEAD 4096         /* built in the same memory, beside the request's */
#define LIMIT_HEADER_S 10             /* from accept to the end of the headers */
#define LIMIT_BODY_RATE 1024          /* bytes a second that a sender must reach … */
#define LIMIT_BODY_GRACE_S 10         /* … after this long */
#define LIMIT_IDLE_S 75               /* a keep-alive connection without a request */
#define LIMIT_SEND_S 30               /* plus a second for each LIMIT_BODY_RATE bytes … */
#define LIMIT_ANSWER_S 300            /* … and no longer than this, however large it is */
#define LIMIT_CONNECTIONS 20000       /* per worker, if descriptors allow */
#define LIMIT_WAIT_DATABASE_S 86400   /* that a start waits for a database that is away */
#define LIMIT_CLIENT_CONNECTIONS 1024 /* of one address: an office behind one has so many */
#define LIMIT_DESCRIPTORS_SPARE 256   /* kept for files, databases, the control socket */

/* Requests and tasks */
#define LIMIT_STOP_S 20      /* stopping: beyond the wall time of a handler, for its answer */
#define LIMIT_LOAD_S 5       /* processor time: ours needs a tenth of a second */
#define LIMIT_DRAIN_S 60     /* a retired generation may finish what began in it */
#define LIMIT_GENERATIONS 4  /* live at once: each holds a state per worker */
#define LIMIT_PREVIEW_S 1800 /* a candidate that nobody has decided on holds that much too */
#define LIMIT_TRIAL_S 86400  /* the generation before is held for so long at most */
#define LIMIT_REQUEST_S 10   /* wall time of a handler */
#define LIMIT_TIMER_S 60     /* wall time of a timer's run */
#define LIMIT_STALL_S 5      /* a worker that does not turn for so long tells where it is */
#define LIMIT_TASKS 4096     /* at once per worker: parked requests hold memory */

#define LIMIT_CHILDREN 256 /* of a task at once, theirs included: each is a stack of C too */

/* Scripts: what one that is wrong may cost those beside it */
#define LIMIT_CPU_MS 1000               /* a page takes one to five */
#define LIMIT_HOLD_MS 250               /* others on the worker wait so long at most */
#define LIMIT_MEMORY (16 * 1024 * 1024) /* of a task: fifteen times the largest body */
#define LIMIT_STATE 4                   /* times that for all of a state */
#define LIMIT_TABLE 1000000             /* elements that one call of table.* moves */
#define LIMIT_SORT 200000            /* … or sorts: a tenth of a second, not to be paused */
#define LIMIT_PATTERN_STEPS 20000000 /* of one match: a tenth of a second */
#define LIMIT_CHUNK (1024 * 1024)    /* source for load(), which is not to be paused */
#define LIMIT_COMPILED (8 * 1024 * 1024) /* sources and what they have become, kept */
#define LIMIT_TRACE 16384                /* bytes of stacks in words; so many of an error */
#define LIMIT_FILES 64                   /* that a state has open at once */

/* Databases */
#define LIMIT_DB_QUEUE 1024  /* waiting operations; at 1 ms each a full queue is a second */
#define LIMIT_DB_GROUP 64    /* writes in one commit: more gains nothing (bench/) */
#define LIMIT_DB_TX_S 2      /* an interactive transaction has the writer to itself */
#define LIMIT_DB_ROWS 100000 /* rows of one answer */

/* Mail */
#define LIMIT_MAIL                                                                             \
    (1024 * 1024)              /* a letter with a picture; encoding it holds a loop for 2 ms */
#define LIMIT_MAIL_HEADER 4096 /* one field: a subject of a thousand characters */
#define LIMIT_MAIL_QUEUE 1024  /* letters that wait for a connection, per worker */
#define LIMIT_MAIL_IDLE_S 30   /* an unused connection; servers close theirs after minutes */

/* Fetching from the web */
#define LIMIT_FETCHES 32                   /* under way at once, per worker … */
#define LIMIT_FETCHES_EACH 8               /* … and of one task, its children's included */
#define LIMIT_FETCH_KEPT 16                /* connections that are kept, per worker */
#define LIMIT_FETCH_BODY (8 * 1024 * 1024) /* half of what a task may hold */
#define LIMIT_FETCH_HEAD (64 * 1024)       /* of an answer, those of its redirects included */
#define LIMIT_FETCH_HEADERS 64             /* of a request … */
#define LIMIT_FETCH_HEADER 8192            /* … and bytes of one: servers take no more */
#define LIMIT_FETCH_REDIRECTS 10
#define LIMIT_FETCH_S 60 /* a timer's run has no more */

/* Files of a generation */
#define LIMIT_FILE (4 * 1024 * 1024)   /* one script, template or asset */
#define LIMIT_SETTING_FILE (64 * 1024) /* one that a setting names */
#define LIMIT_TREE (64 * 1024 * 1024)  /* all of them */

/* JSON */
#define LIMIT_JSON_DEPTH 64
#define LIMIT_JSON_BYTES (2 * 1024 * 1024)

#define LIMIT_METRICS 2000    /* series */
#define LIMIT_METRIC_WORDS 4  /* words about the process among the metrics */
#define LIMIT_METRIC_NAME 100 /* bytes of a name, a label's too */

/* Shared spaces: what scripts count and remember across workers, in memory */
#define LIMIT_SHARED_SPACES 64
#define LIMIT_SHARED_KEY 256            /* an address, an account, a hash */
#define LIMIT_SHARED_VALUE (64 * 1024)  /* a rendered fragment at most */
#define LIMIT_SHARED_TTL_S 1000000000.0 /* thirty years: as good as for ever */
