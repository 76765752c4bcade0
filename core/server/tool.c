/* See tool.h. */
#include "server/tool.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SETTINGS = 3, MOST_WORDS = 32 }; /* SETTINGS: where the child finds them */

/* ---- what it logs in with ---- */

static void add_text(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "%s=\"", name);
    for (; *value != '\0'; value++)
        switch (*value) {
        case '\n':
            buf_adds(out, "\\n");
            break;
        case '"':
        case '\\':
            buf_addc(out, '\\');
            /* fall through */
        default:
            buf_addc(out, *value);
        }
    buf_adds(out, "\"\n");
}

static void add_tls(struct buf *out, const struct maria_place *place,
                    const struct maria_host *host)
{
    enum maria_tls tls = maria_place_tls(place, host);
    const char *ca = maria_place_authorities(place);
    if (tls == TLS_OFF) {
        buf_adds(out, "skip-ssl\n");
        return;
    }
    buf_addf(out, "ssl\n%s\n",
             tls == TLS_VERIFY ? "ssl-verify-server-cert" : "skip-ssl-verify-server-cert");
    if (tls == TLS_VERIFY && ca)
        add_text(out, "ssl-ca", ca);
}

static void add_settings(struct buf *out, const struct maria_place *place,
                         const struct maria_host *host)
{
    buf_adds(out, "[client]\ndefault-character-set=utf8mb4\n");
    add_text(out, "user", place->user);
    if (place->password)
        add_text(out, "password", place->password);
    if (host->name) {
        add_text(out, "host", host->name);
        buf_addf(out, "port=%u\nprotocol=TCP\n", host->port);
    } else {
        add_text(out, "socket", place->socket);
    }
    add_tls(out, place, host);
}

static int settings_file(const struct maria_place *place, const struct maria_host *host)
{
    struct buf text = {0};
    int fd = memfd_create("settings", MFD_CLOEXEC);
    buf_reserve(&text, 4096); /* at once, so that no copy stays behind */
    add_settings(&text, place, host);
    bool ok = fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
              file_write_all(fd, (struct slice){text.data, text.len});
    explicit_bzero(text.data, text.len);
    buf_done(&text);
    if (!ok)
        file_closep(&fd);
    return ok ? fd : -1;
}

/* ---- the child ---- */

/* Which number a descriptor has there is the child's business: ours are above SETTINGS. */
static int spawn(struct tool *tool, const char *name, int settings, int end, bool reads,
                 char *const *words)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, end, reads ? STDIN_FILENO : STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, settings, SETTINGS);
    int code = child_spawn(&tool->pid, name, &actions, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static bool begin_one_of(struct tool *tool, const char *const *names, int settings, int end,
                         bool reads, const char *const *words, struct err *err)
{
    char file[] = "--defaults-file=/dev/fd/3";
    char *all[MOST_WORDS] = {NULL, file};
    int code = ENOENT;
    for (size_t i = 0; words[i] && i + 3 < MOST_WORDS; i++)
        all[i + 2] = (char *)words[i]; /* read only */
    for (size_t i = 0; code == ENOENT && names[i]; i++) {
        tool->name = names[i];
        all[0] = (char *)names[i];
        code = spawn(tool, names[i], settings, end, reads, all);
    }
    return code == 0 ||
           (code == ENOENT
                ? err_set(err, ERR_STATE, "%s is not installed", names[0])
                : err_set(err, ERR_IO, "cannot run %s: %s", tool->name, strerror(code)));
}

/* Descriptors above those that the child will have. */
static bool lift(int *fd)
{
    int above = fcntl(*fd, F_DUPFD_CLOEXEC, SETTINGS + 1);
    close(*fd);
    *fd = above;
    return above >= 0;
}

bool tool_begin(struct tool *tool, const char *const *names, const struct maria_place *place,
                const struct maria_host *host, const char *const *words, bool reads,
                struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "cannot make a pipe: %s", strerror(errno));
    CLEANUP(file_closep) int settings = settings_file(place, host);
    CLEANUP(file_closep) int its = ends[reads ? 0 : 1];
    CLEANUP(file_closep) int ours = ends[reads ? 1 : 0];
    if (settings < 0 || !lift(&settings) || !lift(&its) || !lift(&ours))
        return err_set(err, ERR_IO, "cannot lay out its settings: %s", strerror(errno));
    if (!begin_one_of(tool, names, settings, its, reads, words, err))
        return false;
    tool->fd = ours;
    ours = -1;
    return true;
}

bool tool_end(struct tool *tool, struct err *err)
{
    int status = 0;
    file_closep(&tool->fd);
    while (waitpid(tool->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return err_set(err, ERR_IO, "%s was ended by signal %d", tool->name, WTERMSIG(status));
    return WEXITSTATUS(status) == 0 || err_set(err, ERR_IO, "%s has failed (exit status %d)",
                                               tool->name, WEXITSTATUS(status));
}

void tool_kill(struct tool *tool)
{
    kill(tool->pid, SIGTERM);
    tool_end(tool, NULL);
}
