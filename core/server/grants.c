/* See grants.h: "GRANT SELECT, INSERT ON `name`.* TO `account`@`host` …". */
#include "server/grants.h"

#include "base/cut.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[] = {"SELECT", "INSERT", "UPDATE", "DELETE",      "CREATE",
                                    "ALTER",  "INDEX",  "DROP",   "CREATE USER", "SUPER"};

enum { NAMES = sizeof names / sizeof names[0] };

/* Takes the text before a mark off the rest; false where there is none. */
static bool take(struct slice *rest, const char *mark, struct slice *ret_before)
{
    size_t len = strlen(mark);
    const char *at = rest->len ? memmem(rest->data, rest->len, mark, len) : NULL;
    if (!at)
        return false;
    *ret_before = (struct slice){rest->data, (size_t)(at - rest->data)};
    *rest = cut_from(*rest, ret_before->len + len);
    return true;
}

/* SQL's LIKE, case and all. */
static bool is_like(struct slice pattern, const char *text)
{
    while (pattern.len > 0 && *pattern.data != '%') {
        bool any = *pattern.data == '_';
        if (*pattern.data == '\\' && pattern.len > 1)
            pattern = cut_from(pattern, 1);
        if (!*text || (!any && *text != *pattern.data))
            return false;
        text++;
        pattern = cut_from(pattern, 1);
    }
    if (pattern.len == 0)
        return !*text;
    for (pattern = cut_from(pattern, 1); !is_like(pattern, text); text++)
        if (!*text)
            return false;
    return true;
}

static bool covers(struct slice scope, const char *database)
{
    struct slice name;
    if (slice_is(scope, "*.*"))
        return true;
    return scope.len > 0 && *scope.data == '`' && (scope = cut_from(scope, 1), true) &&
           take(&scope, "`.", &name) && is_like(name, database);
}

static unsigned named(struct slice name)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (slice_is(name, names[i]))
            return 1U << i;
    return 0;
}

unsigned grants_read(struct slice line, const char *database)
{
    struct slice list, scope;
    if (!take(&line, "GRANT ", &list) || list.len > 0 || !take(&line, " ON ", &list) ||
        !take(&line, " TO ", &scope) || !covers(scope, database))
        return 0;
    unsigned grants = 0, all = GRANT_ROWS | GRANT_TABLES | GRANT_SITE_TABLES;
    if (slice_is(list, "ALL PRIVILEGES"))
        return slice_is(scope, "*.*") ? all | GRANT_SERVER : all;
    while (list.len > 0)
        grants |= named(cut_blanks(cut_until(&list, ',')));
    return grants;
}

void grants_name(unsigned grants, struct buf *out)
{
    const char *between = "";
    for (unsigned i = 0; i < NAMES; i++) {
        if (!(grants & 1U << i))
            continue;
        buf_addf(out, "%s%s", between, names[i]);
        between = ", ";
    }
}
