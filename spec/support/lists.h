/* What <sys/queue.h> means, for cppcheck, which reads no system header: a head is a pointer to
 * what it heads, and a loop sets its variable. */
#define LIST_HEAD(name, type) struct type *
#define SLIST_HEAD(name, type) struct type *
#define STAILQ_HEAD(name, type) struct type *
#define TAILQ_HEAD(name, type) struct type *
#define LIST_FOREACH(each, list, entry) for ((each) = *(list); (each); (each) = (each)->entry)
#define SLIST_FOREACH LIST_FOREACH
#define STAILQ_FOREACH LIST_FOREACH
#define TAILQ_FOREACH LIST_FOREACH
