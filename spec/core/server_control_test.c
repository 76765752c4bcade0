/* The control socket: both sides over a real loop, and listening addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/control.h"
#include "server/listener.h"
#include "server/unix_socket.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[300];
static struct loop *loop;
static struct control *control;
static pthread_t thread;

static struct loop_timer later; /* answers the client that asked for it */
static uint64_t waiting;

static void answer_later(struct loop_timer *timer)
{
    (void)timer;
    control_answer(control, waiting, true, slice_of("at last\n"));
    control_answer(control, waiting, true, slice_of("and again\n")); /* nobody waits any more */
}

static enum control_reply handle(void *owner, uint64_t client, const char *command,
                                 const char *argument, struct buf *out)
{
    (void)owner;
    if (strcmp(command, "later") == 0) {
        waiting = client;
        later.fire = answer_later;
        loop_timer_set(loop, &later, clock_monotonic() + 50 * NS_PER_MS);
        return CONTROL_LATER;
    }
    if (strcmp(command, "status") == 0) {
        buf_addf(out, "serving [%s]\n", argument);
        return CONTROL_YES;
    }
    if (strcmp(command, "large") == 0) {
        for (int i = 0; i < 100000; i++)
            buf_adds(out, "0123456789\n");
        return CONTROL_YES;
    }
    buf_addf(out, "there is no command %s\n", command);
    return CONTROL_NO;
}

static void *run(void *unused)
{
    loop_run(loop);
    return unused;
}

static void stop(struct loop_call *call)
{
    (void)call;
    loop_stop(loop);
}

static int start_at(const char *name)
{
    struct err err;
    snprintf(folder, sizeof folder, "/tmp/tc-control-in-a-folder-with-a-long-name-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!loop_new(&loop, &err) || !control_open(loop, path, handle, NULL, &control, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    return pthread_create(&thread, NULL, run, NULL);
}

static int start(void **state)
{
    (void)state;
    return start_at("control.sock");
}

/* A name that makes the path longer than an address can hold. */
static int start_long(void **state)
{
    char name[70];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    return start_at(name);
}

static int finish(void **state)
{
    (void)state;
    struct loop_call call = {.run = stop};
    loop_post(loop, &call);
    pthread_join(thread, NULL);
    control_close(control);
    loop_free(loop);
    return rmdir(folder); /* the socket's file has gone */
}

static void answers(const char *line, bool yes, const char *text)
{
    struct buf out = {NULL, 0, 0};
    struct err err = {0};
    bool ok = !yes;
    if (!control_ask(path, line, 5, &ok, &out, &err))
        fail_msg("%s: %s", line, err.text);
    assert_int_equal(ok, yes);
    assert_string_equal(out.data, text);
    buf_done(&out);
}

static void a_command_is_answered_yes_or_no(void **state)
{
    (void)state;
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    answers("status", true, "serving []\n");
    answers("status of everything", true, "serving [of everything]\n");
    answers("dance", false, "there is no command dance\n");
}

static void a_large_answer_arrives_whole(void **state)
{
    (void)state;
    struct buf out = {NULL, 0, 0};
    bool ok = false;
    assert_true(control_ask(path, "large", 10, &ok, &out, NULL));
    assert_true(ok);
    assert_int_equal(out.len, 1100000);
    buf_done(&out);
}

static void the_clock_is_set_in_builds_for_specs_only(void **state)
{
    (void)state;
#ifdef TC_TEST_CLOCK
    answers("clock 4102444800", true, "");
    assert_in_range(clock_now(), 4102444800, 4102444805);
    answers("clock tomorrow", false, "clock takes unix seconds\n");
#else
    answers("clock 4102444800", false, "there is no command clock\n");
#endif
}

static void silent_and_endless_clients_harm_nobody(void **state)
{
    (void)state;
    char line[5000], answer[64] = "";
    int mute = -1, endless = -1;
    assert_true(unix_socket_connect(path, &mute, NULL));
    assert_true(unix_socket_connect(path, &endless, NULL));
    memset(line, 'x', sizeof line);
    assert_int_equal(send(endless, line, sizeof line, MSG_NOSIGNAL), sizeof line);
    assert_true(recv(endless, answer, sizeof answer - 1, MSG_WAITALL) > 0);
    assert_non_null(strstr(answer, "error\nthe line is too long"));
    answers("status", true, "serving []\n");
    close(mute);
    close(endless);
    answers("status", true, "serving []\n");
}

static void a_second_server_is_refused(void **state)
{
    (void)state;
    struct loop *other_loop = NULL;
    struct control *other = NULL;
    struct err err = {0};
    assert_true(loop_new(&other_loop, &err));
    assert_false(control_open(other_loop, path, handle, NULL, &other, &err));
    assert_int_equal(err.kind, ERR_STATE);
    assert_non_null(strstr(err.text, "another server runs on this data folder"));
    loop_free(other_loop);
    answers("status", true, "serving []\n");
}

static void a_dead_server_leaves_its_place(void **state)
{
    (void)state;
    char dead[] = "/tmp/tc-dead-XXXXXX";
    struct buf out = {NULL, 0, 0};
    struct err err = {0};
    bool ok = false;
    int fd = -1;
    close(mkstemp(dead));
    assert_false(unix_socket_listen(dead, 0600, &fd, &err)); /* never over a file */
    assert_non_null(strstr(err.text, "is no socket"));
    unlink(dead);

    assert_true(unix_socket_listen(dead, 0600, &fd, &err));
    close(fd); /* as a killed process does: the file stays */
    assert_false(control_ask(dead, "status", 1, &ok, &out, &err));
    assert_int_equal(err.kind, ERR_STATE);
    assert_true(unix_socket_listen(dead, 0600, &fd, &err));
    close(fd);
    unlink(dead);
}

static void a_server_that_does_not_answer_is_a_time_out(void **state)
{
    (void)state;
    char mute[] = "/tmp/tc-mute-XXXXXX";
    struct buf out = {NULL, 0, 0};
    struct err err = {0};
    bool ok = false;
    int fd = -1;
    close(mkstemp(mute));
    unlink(mute);
    assert_true(unix_socket_listen(mute, 0600, &fd, NULL));
    assert_false(control_ask(mute, "status", 1, &ok, &out, &err));
    assert_int_equal(err.kind, ERR_TIMEOUT);
    close(fd);
    unlink(mute);
}

static void an_address_listens_and_says_where(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1:0", ":0", "localhost:0"};
    for (size_t i = 0; i < 3; i++) {
        struct listener listener;
        struct err err = {0};
        if (!listener_open(addresses[i], &listener, &err))
            fail_msg("%s", err.text);
        assert_true(strncmp(listener.url, "http://", 7) == 0);
        assert_null(strstr(listener.url, ":0\0"));
        assert_null(listener.unix_path);
        listener_close(&listener);
        listener_close(&listener); /* harmless */
    }
}

static void assert_told_in_use(const struct err *err, const char *address)
{
    assert_int_equal(err->kind, ERR_IO);
    assert_non_null(strstr(err->text, address));
    assert_non_null(strstr(err->text, "in use"));
}

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    struct listener first, second;
    struct err err = {0};
    assert_true(listener_open("127.0.0.1:0", &first, &err));
    CLEANUP(mem_freep) char *address = mem_text(first.url + strlen("http://"));
    assert_false(listener_open(address, &second, &err)); /* what the system chose is its own */
    assert_told_in_use(&err, address);
    listener_close(&first);
    assert_true(listener_open(address, &first, &err));
    assert_true(listener_open(address, &second, &err)); /* nobody listens there yet … */
    assert_true(listener_listen(&first, &err));
    assert_false(listener_listen(&second, &err)); /* … and one who is late is told */
    assert_told_in_use(&err, address);
    listener_close(&second);
    assert_false(listener_open(address, &second, &err));
    assert_told_in_use(&err, address);
    listener_close(&first);
    assert_true(listener_open("127.0.0.1:0", &first, &err));
    listener_close(&first);
}

static void a_unix_listener_removes_its_file(void **state)
{
    (void)state;
    char address[] = "unix:/tmp/tc-listen-XXXXXX";
    struct listener listener;
    close(mkstemp(address + 5));
    unlink(address + 5);
    assert_true(listener_open(address, &listener, NULL));
    assert_string_equal(listener.url, address);
    assert_int_equal(access(address + 5, F_OK), 0);
    listener_close(&listener);
    assert_int_not_equal(access(address + 5, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_is_answered_yes_or_no, start, finish),
        cmocka_unit_test_setup_teardown(a_command_is_answered_yes_or_no, start_long, finish),
        cmocka_unit_test_setup_teardown(a_large_answer_arrives_whole, start, finish),
        cmocka_unit_test_setup_teardown(the_clock_is_set_in_builds_for_specs_only, start,
                                        finish),
        cmocka_unit_test_setup_teardown(silent_and_endless_clients_harm_nobody, start, finish),
        cmocka_unit_test_setup_teardown(a_second_server_is_refused, start, finish),
        cmocka_unit_test(a_dead_server_leaves_its_place),
        cmocka_unit_test(a_server_that_does_not_answer_is_a_time_out),
        cmocka_unit_test(an_address_listens_and_says_where),
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(a_unix_listener_removes_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
