/* See smtp_easy.h. */
#include "net/smtp_easy.h"

#include "base/mem.h"

#include <string.h>

static void set_tls(CURL *easy, const struct mail_url *url)
{
    static const long modes[] = {CURLUSESSL_ALL, CURLUSESSL_TRY, CURLUSESSL_NONE};
    bool verify = url->tls == MAIL_TLS_REQUIRED;
    curl_easy_setopt(easy, CURLOPT_USE_SSL, modes[url->tls]);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (url->ca)
        curl_easy_setopt(easy, CURLOPT_CAINFO, url->ca);
}

/* Nothing of the environment (proxies, .netrc) has a say.  QUICK_EXIT: a name still being
 * resolved when the letter is given up is left to its thread, not waited for. */
static void set_options(CURL *easy, const struct mail_url *url, char *fault)
{
    const char *scheme = url->scheme == MAIL_SMTPS ? "smtps" : "smtp";
    bool v6 = strchr(url->host, ':') != NULL;
    CLEANUP(mem_freep)
    char *place = mem_format("%s://%s%s%s:%d", scheme, v6 ? "[" : "", url->host, v6 ? "]" : "",
                             url->port);
    curl_easy_setopt(easy, CURLOPT_URL, place);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)url->connect_timeout_s);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fault);
    set_tls(easy, url);
    if (!mail_url_logs_in(url))
        return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, url->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, url->password);
    curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

CURL *smtp_easy_new(const struct mail_url *url, char fault[CURL_ERROR_SIZE], struct err *err)
{
    CURL *easy = curl_easy_init();
    if (easy)
        set_options(easy, url, fault);
    else
        err_set(err, ERR_TEMPORARY, "libcurl: no memory for a connection");
    return easy;
}

bool smtp_easy_tell(const struct mail_url *url, enum err_kind kind, const char *what,
                    const char *why, struct err *err)
{
    return err_set(err, kind, "the mail server %s:%d %s%s%s", url->host, url->port, what,
                   *why ? ": " : "", why);
}

bool smtp_easy_failed(const struct mail_url *url, CURLcode code, const struct smtp_reply *reply,
                      const char *fault, struct err *err)
{
    char why[SMTP_REPLY_TEXT + 1];
    bool has_reply = reply->code >= 400 && code != CURLE_USE_SSL_FAILED;
    bool login = code == CURLE_LOGIN_DENIED;
    enum err_kind kind = ERR_TEMPORARY;
    if (has_reply)
        kind =
            login && reply->code >= 500 ? ERR_AUTH : smtp_reply_kind(reply, SMTP_CONNECT, NULL);
    else if (login)
        kind = ERR_AUTH;
    smtp_printable(*fault ? fault : curl_easy_strerror(code), why);
    return smtp_easy_tell(url, kind, login ? "refuses the login" : "cannot be used",
                          has_reply ? reply->text : why, err);
}
