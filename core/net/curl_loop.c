/* See curl_loop.h. */
#include "net/curl_loop.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* One socket that libcurl wants to hear of; made and freed by its callback. */
struct watched {
    struct loop_watch watch;
    struct curl_loop *curl;
    LIST_ENTRY(watched) link;
};

static void forget(struct watched *watched)
{
    loop_remove(watched->curl->loop, &watched->watch);
    LIST_REMOVE(watched, link);
    free(watched);
}

/* libcurl 8.14 closes some sockets without a word; the number may be another's by then. */
static void forget_closed(struct curl_loop *curl, curl_socket_t fd)
{
    struct watched *each;
    LIST_FOREACH(each, &curl->watched, link)
        if (each->watch.fd == fd) {
            forget(each);
            return;
        }
}

/* Handles may be removed by ended(), so each message is asked for anew. */
static void tell(struct curl_loop *curl)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(curl->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        char *owner = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        curl->ended(owner, code);
    }
}

static void act(struct curl_loop *curl, curl_socket_t fd, int events)
{
    int running;
    curl_multi_socket_action(curl->multi, fd, events, &running);
    tell(curl);
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct watched *watched = watch->owner;
    int mask = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    act(watched->curl, watch->fd, mask); /* may free the watch */
}

static void fired(struct loop_timer *timer)
{
    act(timer->owner, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *owner)
{
    struct curl_loop *curl = owner;
    (void)multi;
    if (ms < 0)
        loop_timer_clear(curl->loop, &curl->timer);
    else
        loop_timer_set(curl->loop, &curl->timer, clock_monotonic() + (uint64_t)ms * NS_PER_MS);
    return 0;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *socket)
{
    struct curl_loop *curl = owner;
    struct watched *watched = socket;
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched)
            forget(watched);
        curl_multi_assign(curl->multi, fd, NULL);
        return 0;
    }
    if (watched)
        return loop_change(curl->loop, &watched->watch, events, NULL) ? 0 : -1;
    forget_closed(curl, fd);
    watched = mem_new(1, sizeof *watched);
    watched->curl = curl;
    watched->watch = (struct loop_watch){.fd = fd, .ready = ready, .owner = watched};
    if (!loop_add(curl->loop, &watched->watch, events, NULL)) {
        free(watched);
        return -1;
    }
    LIST_INSERT_HEAD(&curl->watched, watched, link);
    curl_multi_assign(curl->multi, fd, watched);
    return 0;
}

bool curl_loop_init(struct curl_loop *curl, struct loop *loop,
                    void (*ended)(void *owner, CURLcode code), struct err *err)
{
    *curl = (struct curl_loop){.multi = curl_multi_init(), .loop = loop};
    if (!curl->multi)
        return err_set(err, ERR_IO, "libcurl cannot be used: no memory");
    curl->timer = (struct loop_timer){.fire = fired, .owner = curl};
    curl->ended = ended;
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
    return true;
}

void curl_loop_done(struct curl_loop *curl)
{
    if (!curl->multi)
        return;
    curl_multi_cleanup(TAKE(curl->multi));
    while (!LIST_EMPTY(&curl->watched))
        forget(LIST_FIRST(&curl->watched));
    loop_timer_clear(curl->loop, &curl->timer);
}

bool curl_loop_add(struct curl_loop *curl, CURL *easy, struct err *err)
{
    CURLMcode code = curl_multi_add_handle(curl->multi, easy);
    if (code != CURLM_OK)
        return err_set(err, ERR_TEMPORARY, "libcurl: %s", curl_multi_strerror(code));
    return true;
}

void curl_loop_remove(struct curl_loop *curl, CURL *easy)
{
    curl_multi_remove_handle(curl->multi, easy);
}
