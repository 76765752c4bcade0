/* See fetch_easy.h. */
#include "net/fetch_easy.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/fetch_allow.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof((struct fetch *)NULL)->fault >= CURL_ERROR_SIZE,
               "libcurl writes so much");

/* ---- what comes ---- */

static void keep_header(struct buf *head, struct slice line)
{
    struct slice name = cut_until(&line, ':');
    struct slice value = cut_blanks(line);
    while (value.len > 0 && strchr("\r\n", value.data[value.len - 1]))
        value.len--;
    value = cut_blanks(value);
    if (!str_is_token(name))
        return;
    for (size_t i = 0; i < name.len; i++)
        buf_addc(head, (char)tolower((unsigned char)name.data[i]));
    buf_addc(head, ':');
    buf_add(head, value.data, value.len);
    buf_addc(head, '\n');
}

/* Heads of redirects and interim answers come first: each begins with a status line. */
static size_t head_came(char *line, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t len = size * count;
    fetch->heard += len;
    if (fetch->heard > LIMIT_FETCH_HEAD) {
        fetch->too_long = true;
        return 0;
    }
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        buf_clear(&fetch->head);
    else
        keep_header(&fetch->head, (struct slice){line, len});
    return len;
}

static size_t content_came(char *bytes, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t len = size * count;
    if (len > fetch->max - fetch->content.len) {
        fetch->too_long = true;
        return 0;
    }
    buf_add(&fetch->content, bytes, len);
    return len;
}

/* Counts what libcurl reads and throws away, too: the bodies of redirects. */
static int progressed(void *owner, curl_off_t total, curl_off_t now, curl_off_t up_total,
                      curl_off_t up_now)
{
    struct fetch *fetch = owner;
    (void)total, (void)up_total, (void)up_now;
    if (now >= 0 && (uint64_t)now > (uint64_t)fetch->max + LIMIT_FETCH_HEAD)
        fetch->too_long = true;
    return fetch->too_long;
}

/* ---- where it goes ---- */

static curl_socket_t open_socket(void *owner, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct fetch *fetch = owner;
    struct ip ip;
    char text[IP_TEXT] = "a Unix socket";
    bool known = ip_of_socket(&address->addr, &ip);
    if (known)
        ip_print(&ip, text);
    if (purpose == CURLSOCKTYPE_IPCXN && known && fetch_allow_has(fetch->allow, &ip))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    fetch->refused = true;
    err_set(&fetch->err, ERR_POLICY,
            "%s is no address of the public Internet; --fetch-allow %s lets it be fetched from",
            text, text);
    return CURL_SOCKET_BAD;
}

/* ---- options ---- */

static void set_method(CURL *easy, const struct fetch *fetch)
{
    const char *method = fetch->method;
    bool get = strcmp(method, "GET") == 0, head = strcmp(method, "HEAD") == 0;
    bool post = strcmp(method, "POST") == 0;
    bool puts = strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (fetch->body.len > 0 || post || puts) { /* with a length, be it 0 */
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body.data ? fetch->body.data : "");
    }
    if (head)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (!post && (!get || fetch->body.len > 0))
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    bool follows = fetch->redirects > 0 && (get || head || post);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)fetch->redirects);
}

/* What began under TLS goes on under it. */
static void set_place(CURL *easy, const struct fetch *fetch)
{
    bool tls = tolower((unsigned char)fetch->url[4]) == 's';
    curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
}

static void set_callbacks(CURL *easy, struct fetch *fetch)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)fetch);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->fault);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head_came);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, content_came);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progressed);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, fetch);
}

/* QUICK_EXIT: a name still being resolved when the fetch is given up is left to its thread, not
 * waited for. */
CURL *fetch_easy_new(struct fetch *fetch, const char *ca)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return NULL;
    set_place(easy, fetch);
    set_method(easy, fetch);
    set_callbacks(easy, fetch);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "timecapsule");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(fetch->timeout / NS_PER_MS));
    if (ca)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    return easy;
}

/* ---- the outcome ---- */

static bool failed(struct fetch *fetch, CURLcode code, struct err *err)
{
    const char *why = *fetch->fault ? fetch->fault : curl_easy_strerror(code);
    if (fetch->too_long)
        return err_set(err, ERR_LIMIT,
                       "the answer is longer than %zu bytes (give more as max), or its head "
                       "than %d",
                       fetch->max, LIMIT_FETCH_HEAD);
    if (fetch->refused)
        return false; /* it is told already */
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return err_set(err, ERR_TIMEOUT, "there was no answer within %g seconds",
                       (double)fetch->timeout / (double)NS_PER_S);
    case CURLE_TOO_MANY_REDIRECTS:
        return err_set(err, ERR_LIMIT, "there are more than %d redirects", fetch->redirects);
    case CURLE_LOGIN_DENIED:
        return err_set(err, ERR_INPUT, "a URL to fetch has no user and no password");
    case CURLE_URL_MALFORMAT:
        return err_set(err, ERR_INPUT, "it is no URL: %s", why);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return err_set(err, ERR_IO, "it leads to what is not to be fetched: %s", why);
    default:
        return err_set(err, ERR_IO, "%s", why);
    }
}

void fetch_easy_ended(struct fetch *fetch, CURLcode code)
{
    const char *place = NULL;
    long status = 0;
    fetch->ok = code == CURLE_OK || failed(fetch, code, &fetch->err);
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(fetch->easy, CURLINFO_EFFECTIVE_URL, &place);
    fetch->status = (int)status;
    fetch->place = mem_text(place ? place : fetch->url);
}
