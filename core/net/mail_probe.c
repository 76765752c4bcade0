/* See mail_probe.h. */
#include "net/mail_probe.h"

#include "base/clock.h"
#include "net/smtp_easy.h"

#include <string.h>

struct probe {
    struct smtp_reply reply;
    bool logged_in;
    char fault[CURL_ERROR_SIZE];
};

static size_t heard(char *line, size_t size, size_t count, void *owner)
{
    struct probe *probe = owner;
    size_t len = size * count;
    if (smtp_reply_add(&probe->reply, (struct slice){line, len}) && probe->reply.code == 235)
        probe->logged_in = true;
    return len;
}

/* The server's own certificate is the first of its chain. */
static int64_t not_after(CURL *easy)
{
    static const char name[] = "Expire date:";
    const struct curl_certinfo *info = NULL;
    int64_t moment = 0;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
        info->num_of_certs < 1)
        return 0;
    for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (strncmp(line->data, name, sizeof name - 1) == 0)
            clock_of_certificate(line->data + sizeof name - 1, &moment);
    return moment;
}

static bool judge(const struct mail_url *url, CURL *easy, struct probe *probe,
                  int64_t *ret_not_after, struct err *err)
{
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK)
        return smtp_easy_failed(url, code, &probe->reply, probe->fault, err);
    if (mail_url_logs_in(url) && !probe->logged_in)
        return smtp_easy_tell(url, ERR_AUTH, "offers no login (AUTH PLAIN or LOGIN)", "", err);
    size_t count;
    curl_easy_send(easy, "QUIT\r\n", 6, &count);
    *ret_not_after = not_after(easy);
    return true;
}

bool mail_probe(const struct mail *mail, int64_t *ret_not_after, struct err *err)
{
    const struct mail_url *url = mail_url_of(mail);
    struct probe probe = {0};
    CURL *easy = smtp_easy_new(url, probe.fault, err);
    if (!easy)
        return false;
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, heard);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &probe);
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    bool good = judge(url, easy, &probe, ret_not_after, err);
    curl_easy_cleanup(easy);
    return good;
}
