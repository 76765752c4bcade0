/* See fetch_allow.h. */
#include "net/fetch_allow.h"

#include "base/mem.h"

#include <stdlib.h>

/* IANA's registries of special purposes.  Of IPv6 only 2000::/3 is given out to the public:
 * loopback, mapped and translated IPv4 (NAT64), unique-local, link-local and multicast
 * addresses lie outside. */
static const char *const special[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
    "2001::/23",     "2001:db8::/32",   "2002::/16",      "3fff::/20",
};

static bool has(const char *text, const struct ip *ip)
{
    struct ip_net net;
    struct err err;
    return ip_net_parse(text, &net, &err) && ip_net_has(&net, ip);
}

static bool is_public(const struct ip *ip)
{
    if (!ip_is_v4(ip) && !has("2000::/3", ip))
        return false;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (has(special[i], ip))
            return false;
    return true;
}

void fetch_allow_init(struct fetch_allow *allow, char *const *words, size_t count)
{
    struct err err;
    *allow = (struct fetch_allow){mem_new(count, sizeof(struct ip_net)), 0};
    for (size_t i = 0; i < count; i++)
        if (ip_net_parse(words[i], &allow->nets[allow->count], &err))
            allow->count++;
}

void fetch_allow_done(struct fetch_allow *allow)
{
    free(allow->nets);
    *allow = (struct fetch_allow){NULL, 0};
}

bool fetch_allow_has(const struct fetch_allow *allow, const struct ip *ip)
{
    for (size_t i = 0; i < allow->count; i++)
        if (ip_net_has(&allow->nets[i], ip))
            return true;
    return is_public(ip);
}
