/*
 * The URL that says where a database is:
 *
 *     scheme://[user[:password]@]hosts/path?name=value&name=value
 *
 * User, password, path and options are percent-decoded.  No error repeats the text, because
 * it may hold a password.
 */
#include "base/mem.h"
#include "base/str.h"
#include "db/db.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_INPUT,
                   "the database URL %s; it looks like sqlite:///path/file.db or "
                   "mariadb://user@host:3306/name",
                   what);
}

static bool decode(struct slice text, char **ret, struct err *err)
{
    struct buf out = {0};

    if (!str_percent_decode(text, false, &out) ||
        memchr(out.data ? out.data : "", '\0', out.len) != NULL) {
        buf_done(&out);
        return refuse(err, "has a bad %-escape (write %25 for a percent sign)");
    }
    *ret = out.data ? buf_take(&out, NULL) : mem_text("");
    return true;
}

/* Cuts *rest at the first `mark` and returns what stood before it; without one, all of it when
 * `whole`, else nothing. */
static bool cut(struct slice *rest, char mark, bool whole, struct slice *ret_before)
{
    const char *at = rest->len > 0 ? memchr(rest->data, mark, rest->len) : NULL;

    if (at == NULL && !whole)
        return false;
    *ret_before = *rest;
    if (at == NULL) {
        *rest = (struct slice){0};
        return true;
    }
    ret_before->len = (size_t)(at - rest->data);
    rest->len -= ret_before->len + 1;
    rest->data = at + 1;
    return true;
}

static bool parse_options(struct slice rest, struct db_url *url, struct err *err)
{
    struct slice pair;

    while (rest.len > 0 && cut(&rest, '&', true, &pair)) {
        struct slice name = {0};
        if (!cut(&pair, '=', false, &name) || name.len == 0)
            return refuse(err, "has an option that is not name=value");
        url->options = mem_resize(url->options, url->noptions + 1, sizeof *url->options);
        struct db_option *option = &url->options[url->noptions++];
        *option = (struct db_option){0};
        if (!decode(name, &option->name, err) || !decode(pair, &option->value, err))
            return false;
    }
    return true;
}

/* user:password@hosts; the last @ counts, so that a password may hold one. */
static bool parse_authority(struct slice text, struct db_url *url, struct err *err)
{
    const char *at = text.len > 0 ? memrchr(text.data, '@', text.len) : NULL;

    if (at != NULL) {
        struct slice password = {text.data, (size_t)(at - text.data)};
        struct slice user;
        bool both = cut(&password, ':', false, &user);
        if (!decode(both ? user : password, &url->user, err))
            return false;
        if (both && !decode(password, &url->password, err))
            return false;
        text.len -= (size_t)(at - text.data) + 1;
        text.data = at + 1;
    }
    if (text.len > 0)
        url->hosts = mem_copy(text.data, text.len);
    return true;
}

static bool parse(const char *text, struct db_url *url, struct err *err)
{
    const char *colon = strstr(text, "://");

    if (colon == NULL || colon == text)
        return refuse(err, "does not begin with a scheme and ://");
    url->scheme = mem_copy(text, (size_t)(colon - text));
    if (url->scheme[strspn(url->scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-")] != '\0')
        return refuse(err, "has a scheme that is not in lower-case letters");

    struct slice options = slice_of(colon + 3);
    struct slice place;
    cut(&options, '?', true, &place);
    const char *slash = place.len > 0 ? memchr(place.data, '/', place.len) : NULL;
    struct slice authority = place;
    if (slash != NULL)
        authority.len = (size_t)(slash - place.data);
    struct slice path = {authority.data + authority.len, place.len - authority.len};
    return parse_authority(authority, url, err) && decode(path, &url->path, err) &&
           parse_options(options, url, err);
}

bool db_url_parse(const char *text, struct db_url *ret_url, struct err *err)
{
    struct db_url url = {0};

    if (!parse(text, &url, err)) {
        db_url_done(&url);
        return false;
    }
    *ret_url = url;
    return true;
}

void db_url_done(struct db_url *url)
{
    if (url == NULL)
        return;
    for (size_t i = 0; i < url->noptions; i++) {
        free(url->options[i].name);
        free(url->options[i].value);
    }
    if (url->password != NULL)
        explicit_bzero(url->password, strlen(url->password));
    free(url->options);
    free(url->scheme);
    free(url->user);
    free(url->password);
    free(url->hosts);
    free(url->path);
    *url = (struct db_url){0};
}

const char *db_url_option(const struct db_url *url, const char *name)
{
    for (size_t i = 0; i < url->noptions; i++)
        if (strcmp(url->options[i].name, name) == 0)
            return url->options[i].value;
    return NULL;
}

void db_url_encode(struct slice text, struct buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/";

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\0' && strchr(plain, text.data[i]) != NULL)
            buf_addc(out, text.data[i]);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
    }
}
