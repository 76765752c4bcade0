/* See deeds.h. */
#include "server/deeds.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/mem.h"
#include "base/shared.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What asks, what specs say, and what `migrate` tells a server that watches its files. */
static const char *const no_deeds[] = {"status", "secrets",  "clock",
                                       "tick",   "migrated", "generations"};

/* One line stays one. */
static void add_field(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_addc(out, (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
    buf_addc(out, '\t');
}

static void put_down(const char *via, const char *actor, const char *command, const char *words,
                     struct slice outcome)
{
    const struct slice fields[] = {slice_of(via), slice_of(actor), slice_of(command),
                                   slice_of(words), outcome};
    struct shared_value value = {.type = SHARED_BYTES};
    struct shared_space *space;
    int64_t number;
    buf_addf(&value.bytes, "%lld\t", (long long)clock_now());
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add_field(fields[i], &value.bytes);
    if (shared_space("admin.deeds", DEEDS, &space, NULL) &&
        shared_incr(space, slice_of("last"), 1, 0, &number, NULL)) {
        CLEANUP(mem_freep) char *key = mem_format("%lld", (long long)number);
        shared_set(space, slice_of(key), &value, 0, NULL);
    }
    buf_done(&value.bytes);
}

/* The account at the other end. */
static void name_peer(int fd, char *out, size_t size)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    struct passwd entry, *found = NULL;
    char room[1024];
    snprintf(out, size, "?");
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return;
    if (getpwuid_r(peer.uid, &entry, room, sizeof room, &found) == 0 && found)
        snprintf(out, size, "%s", found->pw_name);
    else
        snprintf(out, size, "uid %lu", (unsigned long)peer.uid);
}

void deed_by_socket(int fd, const char *command, const char *words, bool good,
                    struct slice answer)
{
    char actor[64];
    for (size_t i = 0; i < sizeof no_deeds / sizeof *no_deeds; i++)
        if (strcmp(command, no_deeds[i]) == 0)
            return;
    name_peer(fd, actor, sizeof actor);
    put_down("command", actor, command, words,
             good ? slice_of("done") : cut_until(&answer, '\n'));
}

void deed_by_signal(int number, const char *command)
{
    CLEANUP(mem_freep) char *name = mem_format("SIG%s", sigabbrev_np(number));
    put_down("signal", name, command, "", slice_of("asked for"));
}

void deed_by_host(const char *command, const char *words)
{
    put_down("host", "the end of its time", command, words, slice_of("done"));
}
