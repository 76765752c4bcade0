/*
 * The floor under every answer: libmicrohttpd alone, one thread, a constant of a given size.
 *
 *     floor_http [BYTES]      says `listening on http://127.0.0.1:PORT`, runs until it is
 * killed
 */
#include <microhttpd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *constant;

static enum MHD_Result answer(void *owner, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body,
                              size_t *body_size, void **request)
{
    static int seen;
    (void)owner;
    (void)url;
    (void)method;
    (void)version;
    (void)body;
    if (!*request) { /* the headers; the answer is due at the second call */
        *request = &seen;
        return MHD_YES;
    }
    if (*body_size > 0) {
        *body_size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, constant);
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    char *bytes = malloc(size + 1);
    if (!bytes)
        return 1;
    memset(bytes, 'x', size);
    constant = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(constant, "Content-Type", "text/html; charset=utf-8");

    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer,
                         NULL, MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_END);
    if (!daemon) {
        fputs("floor_http: cannot listen\n", stderr);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    for (;;)
        pause();
}
