/*
 * A backtracking matcher.  Every way of going on after an item is a call of deeper(), so the
 * depth of calls is bounded as in Lua; every step, and every byte that an item looks at, is
 * taken from the budget.  See pattern.h.
 */
#include "vm/pattern.h"

#include "base/limits.h"
#include "vm/watchdog.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

enum {
    OPEN = -1,
    POSITION = -2,
    DEPTH = 200,
    STRETCH = 4096 /* bytes that are looked at before they are paid for */
};

static const char too_long[] =
    "matching takes too many steps: match less text, or use a pattern "
    "with fewer repetitions";

static const char *run(struct pattern *m, const char *s, const char *p);

static inline void spend(struct pattern *m, ptrdiff_t steps)
{
    m->steps -= steps;
    if (__builtin_expect(m->steps < 0, 0))
        watchdog_raise(m->L, TASK_PATTERN, too_long);
}

static const char *deeper(struct pattern *m, const char *s, const char *p)
{
    if (m->depth == DEPTH)
        luaL_error(m->L, "pattern too complex");
    m->depth++;
    const char *end = run(m, s, p);
    m->depth--;
    return end;
}

/* ---- single characters ---- */

static bool is_class(int c, int class)
{
    bool in;
    switch (class | 0x20) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z':
        in = c == 0;
        break;
    default:
        return class == c; /* an escaped character stands for itself */
    }
    return isupper(class) ? !in : in;
}

/* Behind %x or a [set] that begins at p. */
static const char *long_item_end(struct pattern *m, const char *p)
{
    if (*p == '%') {
        if (p + 1 == m->end)
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 2;
    }
    p++;
    if (p < m->end && *p == '^')
        p++;
    for (bool first = true; p < m->end; first = false) {
        if (*p == ']' && !first)
            return p + 1;
        p += *p == '%' && p + 1 < m->end ? 2 : 1;
    }
    luaL_error(m->L, "malformed pattern (missing ']')");
    return NULL;
}

/* Behind the single character that begins at p: a letter, %x or a [set]. */
static inline const char *item_end(struct pattern *m, const char *p)
{
    return *p == '%' || *p == '[' ? long_item_end(m, p) : p + 1;
}

/* p at the [, last at the ]. */
static bool in_set(int c, const char *p, const char *last)
{
    bool good = true;
    if (p[1] == '^') {
        good = false;
        p++;
    }
    while (++p < last) {
        if (*p == '%') {
            p++;
            if (is_class(c, (unsigned char)*p))
                return good;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return good;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return good;
        }
    }
    return !good;
}

/* Does the byte c fit the item p … next? */
static inline bool fits(int c, const char *p, const char *next)
{
    switch (*p) {
    case '.':
        return true;
    case '%':
        return is_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(c, p, next - 1);
    default:
        return (unsigned char)*p == c;
    }
}

static inline bool fits_at(struct pattern *m, const char *s, const char *p, const char *next)
{
    if (*p == '[')
        spend(m, (next - p) / 4);
    return s < m->subject_end && fits((unsigned char)*s, p, next);
}

/* ---- repetitions ---- */

/* The longest row of characters that fit, then ever shorter ones. */
static const char *greedy(struct pattern *m, const char *s, const char *p, const char *next)
{
    const char *to = s, *paid = s;
    ptrdiff_t price = *p == '[' ? (next - p) / 4 + 1 : 1;
    if (*p == '.')
        to = m->subject_end;
    for (; to < m->subject_end && fits((unsigned char)*to, p, next); to++)
        if (to - paid == STRETCH) {
            spend(m, STRETCH * price);
            paid = to;
        }
    spend(m, (to - paid + 1) * price);
    if (next + 1 == m->end)
        return to;
    for (; to >= s; to--) {
        const char *end = deeper(m, to, next + 1);
        if (end)
            return end;
    }
    return NULL;
}

/* None, then ever longer ones. */
static const char *lazy(struct pattern *m, const char *s, const char *p, const char *next)
{
    for (;; s++) {
        const char *end = deeper(m, s, next + 1);
        if (end)
            return end;
        if (!fits_at(m, s, p, next))
            return NULL;
    }
}

/* ---- captures ---- */

static const char *open_capture(struct pattern *m, const char *s, const char *p)
{
    bool position = p + 1 < m->end && p[1] == ')';
    if (m->ncaptures == PATTERN_CAPTURES)
        luaL_error(m->L, "too many captures");
    m->captures[m->ncaptures].start = s;
    m->captures[m->ncaptures].len = position ? POSITION : OPEN;
    m->ncaptures++;
    const char *end = deeper(m, s, p + (position ? 2 : 1));
    if (!end)
        m->ncaptures--;
    return end;
}

static const char *close_capture(struct pattern *m, const char *s, const char *p)
{
    int last = m->ncaptures - 1;
    while (last >= 0 && m->captures[last].len != OPEN)
        last--;
    if (last < 0)
        luaL_error(m->L, "invalid pattern capture");
    m->captures[last].len = s - m->captures[last].start;
    const char *end = deeper(m, s, p + 1);
    if (!end)
        m->captures[last].len = OPEN;
    return end;
}

static const char *back_reference(struct pattern *m, const char *s, const char *p)
{
    int index = *p - '1';
    if (index < 0 || index >= m->ncaptures || m->captures[index].len == OPEN)
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    size_t len = (size_t)m->captures[index].len;
    if ((size_t)(m->subject_end - s) < len)
        return NULL;
    spend(m, (ptrdiff_t)len / 16);
    return memcmp(m->captures[index].start, s, len) == 0 ? s + len : NULL;
}

/* %bxy, p at x */
static const char *balanced(struct pattern *m, const char *s, const char *p)
{
    if (m->end - p < 2)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s == m->subject_end || *s != p[0])
        return NULL;
    ptrdiff_t open = 1;
    for (const char *at = s + 1; at < m->subject_end; at++) {
        if (*at == p[1])
            open--;
        else if (*at == p[0])
            open++;
        if (open == 0) {
            spend(m, at - s);
            return at + 1;
        }
    }
    spend(m, m->subject_end - s);
    return NULL;
}

/* %f[set], p at the [: goes on behind it. */
static bool is_frontier(struct pattern *m, const char *s, const char **p)
{
    const char *set = *p;
    if (set == m->end || *set != '[')
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    *p = item_end(m, set);
    int before = s == m->subject ? 0 : (unsigned char)s[-1];
    int after = s == m->subject_end ? 0 : (unsigned char)*s;
    spend(m, (*p - set) / 4);
    return !in_set(before, set, *p - 1) && in_set(after, set, *p - 1);
}

/* ---- all of it ---- */

/* An item that begins with % and stands for more than a character.  Moves *p behind it. */
static const char *special(struct pattern *m, const char *s, const char **p)
{
    const char *at = *p + 1;
    if (*at == 'b') {
        *p += 4;
        return balanced(m, s, at + 1);
    }
    if (*at == 'f') {
        *p += 2;
        return is_frontier(m, s, p) ? s : NULL;
    }
    *p += 2;
    return back_reference(m, s, at);
}

static inline bool is_special(const char *p)
{
    return *p == '%' && (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1]));
}

/* Matches from p to the end of the pattern at s: where it ends, or NULL. */
static const char *run(struct pattern *m, const char *s, const char *p)
{
    while (p < m->end) {
        spend(m, 1);
        if (*p == '(')
            return open_capture(m, s, p);
        if (*p == ')')
            return close_capture(m, s, p);
        if (*p == '$' && p + 1 == m->end)
            return s == m->subject_end ? s : NULL;
        if (is_special(p)) {
            s = special(m, s, &p);
            if (!s)
                return NULL;
            continue;
        }
        const char *next = item_end(m, p);
        int how = next < m->end ? *next : 0;
        if (how == '*')
            return greedy(m, s, p, next);
        if (how == '-')
            return lazy(m, s, p, next);
        bool one = fits_at(m, s, p, next);
        if (how == '+')
            return one ? greedy(m, s + 1, p, next) : NULL;
        if (how == '?') {
            const char *end = one ? deeper(m, s + 1, next + 1) : NULL;
            if (end)
                return end;
            p = next + 1;
            continue;
        }
        if (!one)
            return NULL;
        s++;
        p = next;
    }
    return s;
}

/* ---- for the library ---- */

bool pattern_is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] && strchr("^$*+?.([%-", text[i]))
            return false;
    return true;
}

/* A pattern that begins with a character that has to be there can look for it fast. */
static int first_byte(const struct pattern *m)
{
    const char *p = m->start;
    if (p == m->end || (*p && strchr("$.([)", *p)))
        return -1;
    if (*p == '%' && (++p == m->end || isalnum((unsigned char)*p)))
        return -1;
    if (p + 1 < m->end && p[1] && strchr("*?-", p[1]))
        return -1;
    return (unsigned char)*p;
}

void pattern_init(struct pattern *pattern, lua_State *L, const char *subject,
                  size_t subject_len, const char *text, size_t text_len, bool anchors)
{
    pattern->L = L;
    pattern->subject = subject;
    pattern->subject_end = subject + subject_len;
    pattern->anchored = anchors && text_len > 0 && *text == '^';
    pattern->start = text + pattern->anchored;
    pattern->end = text + text_len;
    pattern->first = first_byte(pattern);
    pattern->steps = LIMIT_PATTERN_STEPS;
}

const char *pattern_find(struct pattern *pattern, const char **at)
{
    for (const char *s = *at; s <= pattern->subject_end; s++) {
        if (pattern->first >= 0 && !pattern->anchored) {
            s = memchr(s, pattern->first, (size_t)(pattern->subject_end - s));
            if (!s)
                return NULL;
        }
        pattern->ncaptures = 0;
        pattern->depth = 0;
        const char *end = deeper(pattern, s, pattern->start);
        if (end) {
            *at = s;
            return end;
        }
        if (pattern->anchored)
            return NULL;
    }
    return NULL;
}

void pattern_push(struct pattern *pattern, int index, const char *at, const char *to)
{
    lua_State *L = pattern->L;
    if (index >= pattern->ncaptures) {
        if (index > 0)
            luaL_error(L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(L, at, (size_t)(to - at));
        return;
    }
    ptrdiff_t len = pattern->captures[index].len;
    const char *start = pattern->captures[index].start;
    if (len == OPEN)
        luaL_error(L, "unfinished capture");
    if (len == POSITION)
        lua_pushinteger(L, start - pattern->subject + 1);
    else
        lua_pushlstring(L, start, (size_t)len);
}

int pattern_push_all(struct pattern *pattern, const char *at, const char *to)
{
    int count = pattern->ncaptures > 0 ? pattern->ncaptures : 1;
    luaL_checkstack(pattern->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        pattern_push(pattern, i, at, to);
    return count;
}
