/* Hops, from the right.  See client.h. */
#include "http/client.h"

#include "base/cut.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the proxies ---- */

bool http_proxies_add(struct http_proxies *proxies, const char *text, struct err *err)
{
    struct ip_net net;

    if (strcmp(text, "unix:") == 0) {
        proxies->unix_sockets = true;
        return true;
    }
    if (!ip_net_parse(text, &net, err))
        return false;
    proxies->nets = mem_resize(proxies->nets, proxies->count + 1, sizeof net);
    proxies->nets[proxies->count++] = net;
    return true;
}

void http_proxies_done(struct http_proxies *proxies)
{
    free(proxies->nets);
    *proxies = (struct http_proxies){0};
}

static bool is_trusted(const struct http_proxies *proxies, const struct ip *ip)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (ip_net_has(&proxies->nets[i], ip))
            return true;
    return false;
}

bool http_proxies_limit(const struct http_proxies *proxies, const struct ip *ip)
{
    if (!ip)
        return false;
    if (!proxies->count && !proxies->unix_sockets)
        return !ip_is_loopback(ip);
    return !is_trusted(proxies, ip);
}

/* ---- what a header tells ---- */

/* Reads a list from its end: what has been found so far. */
struct trace {
    const struct http_proxies *proxies;
    struct ip ip;   /* the hop that was read last */
    bool has_ip;    /* one was read */
    bool is_client; /* … and it is no trusted proxy: the end */
    bool is_over;   /* nothing further to the left can be believed */
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80"; not
 * "unknown" nor "_hidden". */
static bool read_hop(struct slice text, struct ip *ret)
{
    if (text.len && text.data[0] == '[') {
        const char *end = memchr(text.data, ']', text.len);
        return end &&
               ip_parse((struct slice){text.data + 1, (size_t)(end - text.data - 1)}, ret);
    }
    if (ip_parse(text, ret))
        return true;
    struct slice host = cut_until(&text, ':');
    return ip_parse(host, ret) && ip_is_v4(ret);
}

static void add_hop(struct trace *trace, struct slice text)
{
    struct ip ip;

    if (!read_hop(text, &ip)) {
        trace->is_over = true;
        return;
    }
    trace->ip = ip;
    trace->has_ip = true;
    trace->is_client = !is_trusted(trace->proxies, &ip);
    trace->is_over = trace->is_client;
}

/* The last element of a list, taken off it. */
static struct slice cut_last(struct slice *list)
{
    size_t from = list->len;

    while (from && list->data[from - 1] != ',')
        from--;
    struct slice last = cut_from(*list, from);
    list->len = from ? from - 1 : 0;
    return cut_blanks(last);
}

/* The value of a parameter of an element of Forwarded, without its quotes. */
static struct slice parameter(struct slice element, const char *name)
{
    while (element.len) {
        struct slice value = cut_until(&element, ';'),
                     found = cut_blanks(cut_until(&value, '='));
        value = cut_blanks(value);
        if (!slice_is_nocase(found, name))
            continue;
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"') {
            value = cut_from(value, 1);
            value.len--;
        }
        return value;
    }
    return (struct slice){0};
}

struct element {
    struct slice hop, proto;
};

static struct element read_element(struct slice text, bool has_parameters)
{
    if (!has_parameters)
        return (struct element){.hop = text};
    return (struct element){.hop = parameter(text, "for"), .proto = parameter(text, "proto")};
}

/* Follows a header's elements, of which the last line's last is the newest.  *proto, where
 * there is one, is what the hop that was read last says. */
static struct trace follow(const struct http_proxies *proxies, const struct http_pairs *headers,
                           const char *name, bool has_parameters, struct slice *proto)
{
    struct trace trace = {.proxies = proxies};

    for (size_t i = headers->count; i-- > 0 && !trace.is_over;) {
        if (!slice_is_nocase(headers->items[i].name, name))
            continue;
        struct slice list = headers->items[i].value;
        while (list.len && !trace.is_over) {
            struct element element = read_element(cut_last(&list), has_parameters);
            add_hop(&trace, element.hop);
            if (element.proto.len)
                *proto = element.proto;
        }
    }
    return trace;
}

/* ---- together ---- */

/* The client that the headers agree on; else the hop farthest away that is known; else the
 * peer stays.  In doubt where they contradict each other, and where nobody says who is behind
 * the last proxy: all of those are one. */
static void choose(const struct trace *traces, size_t count, struct http_client *client)
{
    const struct trace *chosen = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct trace *trace = &traces[i];
        if (!trace->has_ip)
            continue;
        if (chosen && chosen->is_client && trace->is_client &&
            memcmp(&chosen->ip, &trace->ip, sizeof trace->ip) != 0) {
            client->is_doubtful = true;
            return;
        }
        if (!chosen || (trace->is_client && !chosen->is_client))
            chosen = trace;
    }
    client->is_doubtful = !chosen || (chosen->is_over && !chosen->is_client);
    if (chosen) {
        client->ip = chosen->ip;
        client->has_ip = true;
    }
}

/* X-Forwarded-Proto as the nearest proxy has it; else Forwarded's. */
static bool is_https(const struct http_pairs *headers, struct slice forwarded)
{
    struct slice proto = forwarded;

    for (size_t i = 0; i < headers->count; i++)
        if (slice_is_nocase(headers->items[i].name, "X-Forwarded-Proto")) {
            struct slice list = headers->items[i].value;
            proto = cut_last(&list);
        }
    return slice_is_nocase(proto, "https");
}

static bool tells(const struct http_proxies *proxies, const struct http_pairs *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        struct slice name = headers->items[i].name;
        if (proxies->header ? slice_is_nocase(name, proxies->header)
                            : slice_is_nocase(name, "X-Forwarded-For") ||
                                  slice_is_nocase(name, "Forwarded"))
            return true;
    }
    return false;
}

void http_client_find(const struct http_proxies *proxies, const struct http_pairs *headers,
                      struct http_client *client)
{
    struct slice proto = {0};

    client->is_https = false;
    client->is_doubtful = false;
    client->is_unheeded =
        client->has_ip ? !is_trusted(proxies, &client->ip) : !proxies->unix_sockets;
    if (client->is_unheeded) {
        client->is_unheeded = tells(proxies, headers);
        return;
    }
    const char *names[] = {proxies->header ? proxies->header : "X-Forwarded-For", "Forwarded"};
    struct trace traces[2];
    size_t count = proxies->header ? 1 : 2;
    for (size_t i = 0; i < count; i++)
        traces[i] =
            follow(proxies, headers, names[i], strcasecmp(names[i], "Forwarded") == 0, &proto);
    choose(traces, count, client);
    client->is_https = is_https(headers, proto);
}
