/* See look.h. */
#include "server/look.h"

#include "base/mem.h"
#include "generation/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct look {
    struct look_plan plan;
    struct asks waiting, served;
    bool has_thread;
    pthread_t thread;
    struct loop_call over;
    struct generation *current; /* a reference, while it looks */
    struct buf text;
};

/* ---- on its thread ---- */

static void add_lines(struct buf *out, const char *word, const struct buf *lines)
{
    const char *at = lines->data, *end = at + lines->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        buf_addf(out, "%s ", word);
        buf_add(out, at, (size_t)(stop - at));
        buf_addc(out, '\n');
        at = stop + 1;
    }
}

static bool read_files(const struct reload_plan *plan, struct snapshot *ret, struct err *err)
{
    CLEANUP(options_done) struct options options = {0};
    return options_read(plan->argc, plan->argv, plan->env, &options, err) &&
           instance_snapshot(plan->instance->options, &options, ret, err);
}

static void compare(struct look *look)
{
    CLEANUP(snapshot_done) struct snapshot files = {0};
    CLEANUP(buf_done) struct buf lines = {0};
    struct err err;
    if (!read_files(look->plan.reload, &files, &err)) {
        buf_addf(&look->text, "fault %s\n", err.text);
        return;
    }
    snapshot_differences(&look->current->files, &files, &lines);
    if (lines.len > 0)
        add_lines(&look->text, "file", &lines);
}

static void name_stored(const char *store, unsigned number, struct buf *out)
{
    CLEANUP(snapshot_done) struct snapshot files = {0};
    CLEANUP(buf_done) struct buf digest = {0};
    CLEANUP(mem_freep) char *path = mem_format("%s/%u", store, number);
    struct stat found;
    struct err err;
    if (stat(path, &found) != 0)
        return;
    if (store_load(store, number, &files, &err))
        generation_digest(&files, &digest);
    buf_addf(out, "stored %u %s %lld\n", number, digest.len ? digest.data : "-",
             (long long)found.st_mtime);
}

static void list_stored(struct look *look)
{
    const char *store = look->plan.reload->store;
    struct store_list list;
    store_list(store, &list);
    for (size_t i = 0; i < list.count; i++)
        name_stored(store, list.numbers[i], &look->text);
}

static void *run(void *argument)
{
    struct look *look = argument;
    compare(look);
    list_stored(look);
    loop_post(look->plan.loop, &look->over);
    return NULL;
}

/* ---- on the main thread ---- */

static void answer(struct look *look, bool good, const struct buf *text)
{
    const struct ask_answer with = {good, ERR_IO, {text->data, text->len}};
    asks_end(&look->served, look->plan.answer, look->plan.owner, &with);
}

static void begin(struct look *look)
{
    if (look->has_thread || STAILQ_EMPTY(&look->waiting))
        return;
    STAILQ_CONCAT(&look->served, &look->waiting);
    look->current = generation_ref(look->plan.reload->instance->slot.current);
    look->has_thread = pthread_create(&look->thread, NULL, run, look) == 0;
    if (look->has_thread)
        return;
    generation_unref(TAKE(look->current));
    buf_adds(&look->text, "cannot start a thread to look at the files in");
    answer(look, false, &look->text);
    buf_clear(&look->text);
}

static void join(struct look *look)
{
    pthread_join(look->thread, NULL);
    look->has_thread = false;
    generation_unref(TAKE(look->current));
}

static void over(struct loop_call *call)
{
    struct look *look = CONTAINER(call, struct look, over);
    if (!look->has_thread)
        return; /* look_close() was first */
    join(look);
    answer(look, true, &look->text);
    buf_clear(&look->text);
    begin(look);
}

struct look *look_new(const struct look_plan *plan)
{
    struct look *look = mem_new(1, sizeof *look);
    look->plan = *plan;
    look->over.run = over;
    STAILQ_INIT(&look->waiting);
    STAILQ_INIT(&look->served);
    return look;
}

void look_ask(struct look *look, uint64_t client)
{
    asks_add(&look->waiting, &(struct act){0}, client);
    begin(look);
}

void look_close(struct look *look)
{
    if (!look)
        return;
    const struct ask_answer with = {false, ERR_STATE, slice_of("the server is stopping")};
    if (look->has_thread)
        join(look);
    asks_end(&look->served, look->plan.answer, look->plan.owner, &with);
    asks_end(&look->waiting, look->plan.answer, look->plan.owner, &with);
}

void look_free(struct look *look)
{
    buf_done(&look->text);
    free(look);
}
