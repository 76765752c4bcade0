/* See ip.h. */
#include "base/ip.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};

enum { MAPPED_BITS = 96, ALL_BITS = 128, SITE_BITS = 64, CUSTOMER_BITS = 48 };

static struct ip of_v4(const void *four)
{
    struct ip ip;

    memcpy(ip.bytes, mapped, sizeof mapped);
    memcpy(ip.bytes + sizeof mapped, four, 4);
    return ip;
}

bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

bool ip_parse(struct slice text, struct ip *ret)
{
    char copy[IP_TEXT];
    struct in_addr v4;
    struct in6_addr v6;

    if (!text.len || text.len >= sizeof copy || memchr(text.data, '\0', text.len))
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, &v4) == 1) {
        *ret = of_v4(&v4);
        return true;
    }
    if (inet_pton(AF_INET6, copy, &v6) != 1)
        return false;
    memcpy(ret->bytes, &v6, sizeof ret->bytes);
    return true;
}

bool ip_of_socket(const struct sockaddr *address, struct ip *ret)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        *ret = of_v4(&v4.sin_addr);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    memcpy(ret->bytes, &v6.sin6_addr, sizeof ret->bytes);
    return true;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const struct ip v6 = {{[15] = 1}};

    return ip_is_v4(ip) ? ip->bytes[12] == 127 : memcmp(ip, &v6, sizeof v6) == 0;
}

static void print_v4(const unsigned char bytes[4], char *out)
{
    for (int i = 0; i < 4; i++) {
        if (bytes[i] >= 100)
            *out++ = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *out++ = (char)('0' + bytes[i] / 10 % 10);
        *out++ = (char)('0' + bytes[i] % 10);
        *out++ = i < 3 ? '.' : '\0';
    }
}

void ip_print(const struct ip *ip, char out[IP_TEXT])
{
    if (ip_is_v4(ip))
        print_v4(ip->bytes + sizeof mapped, out);
    else
        inet_ntop(AF_INET6, ip->bytes, out, IP_TEXT);
}

/* ---- networks ---- */

static struct ip cut(const struct ip *ip, int bits)
{
    struct ip base = *ip;

    for (int i = 0; i < 16; i++) {
        int kept = bits - 8 * i;
        if (kept < 8)
            base.bytes[i] &= (unsigned char)(kept <= 0 ? 0 : 0xFF << (8 - kept));
    }
    return base;
}

static bool refuse_bits(const char *text, const struct ip *base, int bits, struct err *err)
{
    char print[IP_TEXT];

    ip_print(base, print);
    return err_set(err, ERR_INPUT, "'%s' has bits set behind its /%d; write %s/%d", text, bits,
                   print, bits);
}

bool ip_net_parse(const char *text, struct ip_net *ret, struct err *err)
{
    const char *slash = strchr(text, '/');
    struct slice address = {text, slash ? (size_t)(slash - text) : strlen(text)};
    struct ip_net net = {.bits = ALL_BITS};
    int64_t bits = 0;

    bool good = ip_parse(address, &net.base);
    int before = good && ip_is_v4(&net.base) ? MAPPED_BITS : 0;
    if (good && slash) {
        good = str_to_int64(slice_of(slash + 1), 0, ALL_BITS - before, &bits);
        net.bits = before + (int)bits;
    }
    if (!good)
        return err_set(err, ERR_INPUT,
                       "'%s' is neither an address nor a network; allowed are 192.0.2.1, "
                       "10.0.0.0/8, 2001:db8::1 and fd00::/8",
                       text);
    struct ip base = cut(&net.base, net.bits);
    if (memcmp(&base, &net.base, sizeof base) != 0)
        return refuse_bits(text, &base, (int)bits, err);
    *ret = net;
    return true;
}

bool ip_net_has(const struct ip_net *net, const struct ip *ip)
{
    if (ip_is_v4(ip) && net->bits < MAPPED_BITS)
        return false;
    struct ip base = cut(ip, net->bits);
    return memcmp(&base, &net->base, sizeof base) == 0;
}

struct ip ip_site(const struct ip *ip)
{
    return ip_is_v4(ip) ? *ip : cut(ip, SITE_BITS);
}

struct ip ip_customer(const struct ip *ip)
{
    return ip_is_v4(ip) ? *ip : cut(ip, CUSTOMER_BITS);
}
