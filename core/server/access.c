/* See access.h.  Addresses are masked: the last byte of IPv4, all but 48 bits of IPv6. */
#include "server/access.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

bool access_open(const char *option, struct err *err)
{
    enum log_level level = LOG_INFO;
    if (!option || log_level_parse(option, &level))
        return log_setup_requests(true, level, NULL, err);
    bool wanted = strcmp(option, "off") != 0;
    return log_setup_requests(wanted, level, wanted ? option : NULL, err);
}

static void mask(const struct http_request *request, char out[IP_TEXT])
{
    struct ip ip = request->ip;
    out[0] = '\0';
    if (!request->has_ip)
        return;
    if (ip_is_v4(&ip))
        ip.bytes[15] = 0;
    else
        memset(ip.bytes + 6, 0, 10);
    ip_print(&ip, out);
}

enum { NUMBER = sizeof "18446744073709551615." };

/* The number with so many decimals, at the end of `text`. */
static const char *print(char text[static NUMBER + 1], uint64_t number, int decimals)
{
    char *at = text + NUMBER;
    *at = '\0';
    for (int digits = 0; number > 0 || digits <= decimals; digits++, number /= 10) {
        if (digits == decimals && decimals > 0)
            *--at = '.';
        *--at = (char)('0' + number % 10);
    }
    return at;
}

static void write_line(const struct http_request *request, const char *generation,
                       const char *route, double seconds)
{
    char status[NUMBER + 1], milliseconds[NUMBER + 1], bytes[NUMBER + 1], ip[IP_TEXT];
    mask(request, ip);
    struct log_field fields[] = {
        {"request", request->id, LOG_WORDS},
        {"method", request->method, LOG_WORDS},
        {"route", route, LOG_WORDS},
        {"status", print(status, (uint64_t)request->status, 0), LOG_NUMBER},
        {"ms", print(milliseconds, (uint64_t)(seconds * 1e5 + 0.5), 2), LOG_NUMBER},
        {"bytes", print(bytes, request->sent, 0), LOG_NUMBER},
        {"client", ip, LOG_WORDS},
        {"generation", generation, LOG_NUMBER}};
    log_request("request", fields, (int)(sizeof fields / sizeof fields[0]));
}

void access_record(const struct http_request *request, const char *generation)
{
    static const char *const classes[] = {"gone", "1xx", "2xx", "3xx", "4xx", "5xx"};
    double seconds = (double)(clock_monotonic() - request->started) / (double)NS_PER_S;
    const char *route = request->route[0] ? request->route : "none";
    int group = request->status / 100;
    struct metric_label labels[] = {{"route", route},
                                    {"status", classes[group >= 1 && group <= 5 ? group : 0]}};
    metric_record(METRIC_COUNTER, "tc_requests_total", labels, 2, 1);
    metric_record(METRIC_HISTOGRAM, "tc_request_seconds", labels, 2, seconds);
    if (log_wants_requests())
        write_line(request, generation, route, seconds);
}

void access_refused(int status, const char *why)
{
    char number[16] = "none";
    if (status)
        snprintf(number, sizeof number, "%d", status);
    metric_record(METRIC_COUNTER, "tc_refused_messages_total",
                  (struct metric_label[]){{"status", number}}, 1, 1);
    log_folded(LOG_INFO, "refused",
               (struct log_field[]){{"status", number, LOG_NUMBER}, {"why", why, LOG_WORDS}},
               2);
}
