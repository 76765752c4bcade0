/* See watch.h.  A folder's watch belongs to the folder, not to its name: after each pause all
 * names are walked again, and watches that no walk has reached are given back. */
#include "server/watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "generation/tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    AGAIN_MS = 1000, /* a folder that is away is looked for this often */
    MAX_FOLDERS = 4096
};

static const uint32_t events_wanted = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE |
                                      IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                      IN_MOVE_SELF;

/* Why a folder is watched: it lies in the tree; it is the application's or the site's own,
 * whose roots alone count; a link on the way to one of them or to a file has a name in it. */
enum { IN_TREE = 1, IS_BASE = 2, HAS_LINK = 4 };

struct folder {
    int wd;
    int whys;
    unsigned walk; /* that has reached it last */
};

/* A link, or what it leads to, by its name in a folder. */
struct name {
    int wd;
    char *text;
};

struct watch {
    struct watch_plan plan;
    struct loop_watch events;
    struct loop_timer pause;
    struct folder *folders;
    size_t count;
    struct name *names;
    size_t nnames;
    unsigned walk;
    bool lacks_base; /* the last walk did not find a base folder */
    bool changed;    /* since changed() was called */
    bool warned;
};

/* True when this walk has not been there yet for that reason: a symbolic link may lead back. */
static bool reach(struct watch *watch, int wd, int why)
{
    size_t i = 0;
    while (i < watch->count && watch->folders[i].wd != wd)
        i++;
    if (i == watch->count) {
        watch->folders = mem_resize(watch->folders, i + 1, sizeof *watch->folders);
        watch->folders[watch->count++] = (struct folder){.wd = wd};
    }
    struct folder *folder = &watch->folders[i];
    if (folder->walk != watch->walk)
        folder->whys = 0;
    bool first = !(folder->whys & why);
    folder->walk = watch->walk;
    folder->whys |= why;
    return first;
}

/* The watch of a folder; -1 where there is none. */
static int add_watch(struct watch *watch, const char *path)
{
    int wd = -1;
    errno = ENOSPC;
    if (watch->count < MAX_FOLDERS)
        wd = inotify_add_watch(watch->events.fd, path, events_wanted | IN_ONLYDIR);
    if (wd < 0 && errno != ENOENT && errno != ENOTDIR && !watch->warned) {
        log_line(LOG_WARN, "not every folder is watched: %s: %s", path, strerror(errno));
        watch->warned = true;
    }
    return wd;
}

/* False where there is nothing to go into. */
static bool add_folder(struct watch *watch, const char *path, int why)
{
    int wd = add_watch(watch, path);
    if (wd >= 0)
        return reach(watch, wd, why);
    watch->lacks_base = watch->lacks_base || why == IS_BASE;
    return false;
}

/* ---- links ---- */

static bool has_name(const struct watch *watch, int wd, const char *text)
{
    for (size_t i = 0; i < watch->nnames; i++)
        if (watch->names[i].wd == wd && strcmp(watch->names[i].text, text) == 0)
            return true;
    return false;
}

/* "FOLDER/" of a path, or "." */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_text(".");
}

/* What happens to that path's name in its folder is told.  False where it is known already. */
static bool add_name(struct watch *watch, const char *path)
{
    CLEANUP(mem_freep) char *folder = folder_of(path);
    const char *slash = strrchr(path, '/'), *text = slash ? slash + 1 : path;
    int wd = add_watch(watch, folder);
    if (wd < 0 || has_name(watch, wd, text))
        return false;
    reach(watch, wd, HAS_LINK);
    watch->names = mem_resize(watch->names, watch->nnames + 1, sizeof *watch->names);
    watch->names[watch->nnames++] = (struct name){wd, mem_text(text)};
    return true;
}

/* Where a link leads, by a path; NULL for what is none. */
static char *target_of(const char *path)
{
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len < 0)
        return NULL;
    target[len] = '\0';
    CLEANUP(mem_freep) char *folder = folder_of(path);
    return target[0] == '/' ? mem_text(target) : mem_format("%s/%s", folder, target);
}

/* Every link on the way of a path, and what each leads to: also where a folder of it is one
 * (Kubernetes swaps `..data` under all files of a volume). */
static void follow(struct watch *watch, const char *path)
{
    CLEANUP(mem_freep) char *way = mem_text(path);
    for (char *end = way + 1; *end; end++) {
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        CLEANUP(mem_freep) char *target = target_of(way);
        if (target && add_name(watch, way)) {
            follow(watch, target); /* before its name is known, by which a circle ends */
            add_name(watch, target);
        }
        *end = kept;
        if (!kept)
            break;
    }
}

/* ---- walking ---- */

static void walk_into(struct watch *watch, const char *path)
{
    DIR *dir = add_folder(watch, path, IN_TREE) ? opendir(path) : NULL;
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st;
        if (tree_leaves_out(entry->d_name) || entry->d_type == DT_REG)
            continue;
        CLEANUP(mem_freep) char *below = mem_format("%s/%s", path, entry->d_name);
        if (entry->d_type != DT_DIR)
            follow(watch, below);
        if (stat(below, &st) == 0 && S_ISDIR(st.st_mode))
            walk_into(watch, below);
    }
    closedir(dir);
}

static void walk_base(struct watch *watch, const char *base)
{
    if (!base)
        return;
    follow(watch, base);
    if (!add_folder(watch, base, IS_BASE))
        return;
    for (size_t i = 0; i < TREE_ROOTS; i++) {
        CLEANUP(mem_freep) char *path = mem_format("%s/%s", base, tree_roots[i]);
        follow(watch, path);
        walk_into(watch, path);
    }
}

static void forget_names(struct watch *watch)
{
    for (size_t i = 0; i < watch->nnames; i++)
        free(watch->names[i].text);
    watch->nnames = 0;
}

static void walk_all(struct watch *watch)
{
    size_t kept = 0;
    forget_names(watch);
    watch->walk++;
    watch->lacks_base = false;
    walk_base(watch, watch->plan.app);
    walk_base(watch, watch->plan.site);
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->folders[i].walk == watch->walk)
            watch->folders[kept++] = watch->folders[i];
        else
            inotify_rm_watch(watch->events.fd, watch->folders[i].wd);
    }
    watch->count = kept;
}

/* ---- events ---- */

static bool is_root(const char *name)
{
    for (size_t i = 0; i < TREE_ROOTS; i++)
        if (strcmp(name, tree_roots[i]) == 0)
            return true;
    return false;
}

static bool matters(const struct watch *watch, const struct inotify_event *event)
{
    const char *name = event->len > 0 ? event->name : "";
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    if (event->mask & IN_IGNORED)
        return false; /* a watch that ended: its folder's deletion was told */
    for (size_t i = 0; i < watch->count; i++) {
        const struct folder *folder = &watch->folders[i];
        if (folder->wd != event->wd)
            continue;
        return !*name || (folder->whys & IN_TREE && !tree_leaves_out(name)) ||
               (folder->whys & IS_BASE && is_root(name)) ||
               (folder->whys & HAS_LINK && has_name(watch, event->wd, name));
    }
    return false;
}

static void set_pause(struct watch *watch, int ms)
{
    loop_timer_set(watch->plan.loop, &watch->pause,
                   clock_monotonic() + (uint64_t)ms * NS_PER_MS);
}

static void events_ready(struct loop_watch *events, uint32_t mask)
{
    (void)mask;
    struct watch *watch = events->owner;
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    ssize_t len;
    bool seen = false;
    while ((len = read(events->fd, buffer, sizeof buffer)) > 0) {
        for (const char *at = buffer; at < buffer + len;) {
            const struct inotify_event *event = (const void *)at;
            seen = seen || matters(watch, event);
            at += sizeof *event + event->len;
        }
    }
    if (!seen)
        return;
    watch->changed = true;
    set_pause(watch, WATCH_QUIET_MS);
}

/* A walk that finds a base folder again, which was away, has found a change. */
static void pause_is_over(struct loop_timer *timer)
{
    struct watch *watch = timer->owner;
    bool lacked = watch->lacks_base;
    walk_all(watch);
    if (watch->lacks_base)
        set_pause(watch, AGAIN_MS);
    bool changed = watch->changed || (lacked && !watch->lacks_base);
    watch->changed = false;
    if (changed)
        watch->plan.changed(watch->plan.owner);
}

/* ---- life ---- */

bool watch_open(const struct watch_plan *plan, struct watch **ret_watch, struct err *err)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "--watch: inotify cannot be used: %s", strerror(errno));
    struct watch *watch = mem_new(1, sizeof *watch);
    watch->plan = *plan;
    watch->events = (struct loop_watch){.fd = fd, .ready = events_ready, .owner = watch};
    watch->pause = (struct loop_timer){.fire = pause_is_over, .owner = watch};
    if (!loop_add(plan->loop, &watch->events, EPOLLIN, err)) {
        close(fd);
        free(watch);
        return false;
    }
    walk_all(watch);
    if (watch->lacks_base)
        set_pause(watch, AGAIN_MS);
    *ret_watch = watch;
    return true;
}

void watch_close(struct watch *watch)
{
    if (!watch)
        return;
    loop_timer_clear(watch->plan.loop, &watch->pause);
    loop_remove(watch->plan.loop, &watch->events);
    close(watch->events.fd);
    forget_names(watch);
    free(watch->names);
    free(watch->folders);
    free(watch);
}
