/* See deeds.h. */
#include "server/deeds.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_deed(const char *command)
{
    static const char *const deeds[] = {"reload", "rollback", "upgrade"};
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(command, deeds[i]) == 0)
            return true;
    return false;
}

static struct shared_space *memory(void)
{
    struct shared_space *space;
    return shared_space("admin.deeds", DEEDS, &space, NULL) ? space : NULL;
}

/* One line stays one. */
static void add_field(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_addc(out, (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
    buf_addc(out, '\t');
}

static void remember(struct slice deed)
{
    struct shared_space *space = memory();
    struct shared_value value = {.type = SHARED_BYTES};
    int64_t number;
    if (!space || !shared_incr(space, slice_of("last"), 1, 0, &number, NULL))
        return;
    CLEANUP(mem_freep) char *key = mem_format("%lld", (long long)number);
    buf_add(&value.bytes, deed.data, deed.len);
    shared_set(space, slice_of(key), &value, 0, NULL);
    buf_done(&value.bytes);
}

static void put_down(const char *via, const char *actor, const char *command, const char *words,
                     struct slice outcome)
{
    enum { TOKEN = 24 };
    char token[TOKEN + 1]; /* records it once, though nobody may know whether it was */
    random_word(token, TOKEN);
    const struct slice fields[] = {slice_of(via),   slice_of(actor), slice_of(command),
                                   slice_of(words), outcome,         slice_of(token)};
    CLEANUP(buf_done) struct buf deed = {0};
    buf_addf(&deed, "%lld\t", (long long)clock_now());
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add_field(fields[i], &deed);
    remember((struct slice){deed.data, deed.len});
}

enum { OUTCOME = 1024 };

/* What is wrong, its beginning at least; where it is done the answer tells no news. */
static struct slice outcome_of(bool good, struct slice answer)
{
    if (answer.len > OUTCOME)
        answer.len = OUTCOME;
    while (answer.len > 0 && answer.data[answer.len - 1] == '\n')
        answer.len--;
    return good ? slice_of("done") : answer;
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
    if (!is_deed(command))
        return;
    name_peer(fd, actor, sizeof actor);
    put_down("command", actor, command, words, outcome_of(good, answer));
}

void deed_by_signal(int number, const char *command, bool good, struct slice answer)
{
    CLEANUP(mem_freep) char *name = mem_format("SIG%s", sigabbrev_np(number));
    put_down("signal", name, command, "", outcome_of(good, answer));
}

void deed_by_page(const struct bind_ask *ask)
{
    CLEANUP(mem_freep) char *command = mem_text(ask->line);
    char *words = command + strcspn(command, " ");
    if (*words)
        *words++ = '\0';
    if (is_deed(command))
        put_down("page", "after its page", command, words,
                 outcome_of(ask->good, (struct slice){ask->text.data, ask->text.len}));
}

void deed_by_host(const char *actor, const char *what, const char *words)
{
    put_down("host", actor, what, words, slice_of("done"));
}

/* ---- from one process to the next ---- */

static int64_t number_at(struct shared_space *space, const char *key)
{
    struct shared_value value = {0};
    shared_get(space, slice_of(key), &value);
    return value.type == SHARED_INTEGER ? value.integer : 0;
}

void deeds_give(struct buf *out)
{
    struct shared_space *space = memory();
    int64_t last = space ? number_at(space, "last") : 0;
    for (int64_t number = space ? number_at(space, "told") + 1 : 1; number <= last; number++) {
        CLEANUP(mem_freep) char *key = mem_format("%lld", (long long)number);
        struct shared_value value = {0};
        shared_get(space, slice_of(key), &value);
        if (value.type == SHARED_BYTES) {
            buf_add(out, value.bytes.data, value.bytes.len);
            buf_addc(out, '\n');
            buf_done(&value.bytes);
        }
        shared_delete(space, slice_of(key));
    }
}

void deeds_take(struct slice lines)
{
    while (lines.len > 0)
        remember(cut_until(&lines, '\n'));
}

/* ---- from one start to the next ---- */

enum { KEPT = 1024 * 1024 }; /* bytes: more than so many deeds have */

static char *file_of(const char *data, const char *ending)
{
    return mem_format("%s/deeds%s", data, ending);
}

/* Until it is closed no other thread or process keeps or recalls. */
static void lock_kept(const char *data, int *ret_fd)
{
    *ret_fd = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd >= 0)
        flock(*ret_fd, LOCK_EX);
}

static bool read_kept(const char *path, struct buf *out)
{
    struct err err;
    if (access(path, F_OK) != 0 || file_read(path, KEPT, out, &err))
        return true;
    log_line(LOG_ERROR, "%s: what admins did last is not in the audit: %s", path, err.text);
    return false;
}

/* The oldest, as many as may wait. */
static struct slice oldest(struct slice lines)
{
    struct slice rest = lines;
    size_t len = 0;
    for (int left = DEEDS - 2; left > 0 && rest.len > 0; left--) {
        cut_until(&rest, '\n');
        if (lines.len - rest.len <= KEPT)
            len = lines.len - rest.len;
    }
    return (struct slice){lines.data, len};
}

void deeds_keep(const char *data)
{
    CLEANUP(buf_done) struct buf lines = {0};
    CLEANUP(mem_freep) char *path = file_of(data, "");
    CLEANUP(mem_freep) char *aside = file_of(data, ".new");
    CLEANUP(file_closep) int lock = -1;
    lock_kept(data, &lock);
    if (!read_kept(path, &lines))
        return;
    size_t before = lines.len;
    deeds_give(&lines);
    if (lines.len == before)
        return;
    struct slice kept = oldest((struct slice){lines.data, lines.len});
    if (kept.len < lines.len)
        log_line(LOG_ERROR, "%s: what admins did last will not be in the audit: too much waits",
                 path);
    if (!file_place(path, aside, kept, false))
        log_line(LOG_ERROR, "%s: what admins did last will not be in the audit: %s", path,
                 strerror(errno));
}

void deeds_recall(const char *data)
{
    CLEANUP(buf_done) struct buf lines = {0};
    CLEANUP(mem_freep) char *path = file_of(data, "");
    CLEANUP(file_closep) int lock = -1;
    lock_kept(data, &lock);
    if (!read_kept(path, &lines))
        return;
    deeds_take((struct slice){lines.data, lines.len});
    unlink(path);
}
