/* See timers.h.  Due times lie on a grid: a run that comes late does not move those after it,
 * and what was missed altogether is not made up for.
 *
 * What is daily goes by the wall clock, which can be set: it is looked at every CHECK_S. */
#include "generation/timers.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/zone.h"
#include "bind/state.h"
#include "vm/label.h"
#include "vm/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TC_TEST_CLOCK
enum { CHECK_S = 1 }; /* specs set the clock and wait */
#else
enum { CHECK_S = 20 };
#endif
enum { DAY = 86400 };

struct entry {
    struct timers *timers;
    char *name;
    uint64_t interval; /* 0: daily, at … */
    int minute;
    int64_t next_at; /* … unix seconds */
    struct loop_timer timer;
    const struct timer_declaration *declaration; /* of the current generation; NULL: gone */
    struct task *task;                           /* while it runs */
    bool failed;                                 /* it has returned that it has */
    struct generation *generation;               /* in which it runs; a reference */
    struct timer_turn turn;
    enum { TURN_NONE, TURN_ASKED, TURN_MINE, TURN_LEFT } at; /* … being left */
    struct entry *next;
};

struct timers {
    struct loop *loop;
    int index;
    struct generation *current; /* borrowed: it is the slot's */
    struct entry *entries;
    struct timer_turns *turns; /* NULL: all are ours */
    bool stopped;
    void (*idle)(void *owner); /* to be told that nothing runs; NULL: nobody */
    void *owner;
};

struct timers *timers_new(struct loop *loop, int index, struct timer_turns *turns)
{
    struct timers *timers = mem_new(1, sizeof *timers);
    timers->loop = loop;
    timers->index = index;
    timers->turns = turns;
    return timers;
}

static void entry_free(struct entry *entry)
{
    loop_timer_clear(entry->timers->loop, &entry->timer);
    free(entry->name);
    free(entry);
}

/* Frees what is gone and does not run. */
static void sweep(struct timers *timers)
{
    struct entry **place = &timers->entries;
    while (*place) {
        struct entry *entry = *place;
        if (entry->declaration || entry->task || entry->at != TURN_NONE) {
            place = &entry->next;
            continue;
        }
        *place = entry->next;
        entry_free(entry);
    }
}

static void tell_idle(struct timers *timers)
{
    void (*idle)(void *) = timers->idle;
    for (const struct entry *entry = timers->entries; entry; entry = entry->next)
        if (entry->task)
            return;
    timers->idle = NULL;
    if (idle)
        idle(timers->owner);
}

/* ---- a run ---- */

/* "scripts/site.lua:12": where the function of the declaration at 1 begins. */
static void find_place(lua_State *L, char *place, size_t size)
{
    const struct timer_declaration *declaration = lua_touserdata(L, 1);
    lua_Debug at;
    lua_rawgeti(L, LUA_REGISTRYINDEX, declaration->function);
    lua_getinfo(L, ">S", &at);
    snprintf(place, size, "%s:%d", at.short_src, at.linedefined);
}

/* What a run returned: nil, a message and its kind where it has failed. */
static int returned(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    if (lua_toboolean(L, -3) || lua_isnil(L, -2))
        return 0;
    struct entry *entry = vm_of(L)->tasks.current->owner;
    struct log_field fields[9];
    char place[LUA_IDSIZE + 16];
    int kind = lua_gettop(L), count = label_fields(L, fields, 6);
    find_place(L, place, sizeof place);
    fields[count++] = (struct log_field){"error", luaL_tolstring(L, kind - 1, NULL), LOG_WORDS};
    if (!lua_isnil(L, kind))
        fields[count++] = (struct log_field){"kind", luaL_tolstring(L, kind, NULL), LOG_WORDS};
    fields[count++] = (struct log_field){"at", place, LOG_WORDS};
    log_event(LOG_ERROR, "a timer failed", fields, count);
    entry->failed = true;
    return 0;
}

static int call(lua_State *L)
{
    const struct timer_declaration *declaration = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, declaration->function);
    lua_callk(L, 0, 3, 0, returned);
    return returned(L, LUA_OK, 0);
}

static void log_end(const struct entry *entry, const struct task *task,
                    enum task_outcome outcome)
{
    struct log_field fields[] = {{"timer", entry->name, LOG_WORDS},
                                 {"generation", entry->generation->label, LOG_NUMBER},
                                 {"error", task->message, LOG_WORDS},
                                 {"limit", task_limit_name(task->exceeded), LOG_WORDS},
                                 {"at", task->place, LOG_WORDS}};
    if (outcome == TASK_FAILED)
        log_event(LOG_ERROR, "a timer raised an error", fields, 3);
    else if (outcome == TASK_TIMED_OUT)
        log_event(LOG_ERROR, "a timer passed its deadline", fields, 5);
    else if (outcome == TASK_EXCEEDED)
        log_event(LOG_ERROR, "a timer was over a limit", fields, 5);
}

static void count(const struct entry *entry, bool good, int runs)
{
    struct metric_label labels[] = {{"timer", entry->name},
                                    {"outcome", good ? "good" : "failed"}};
    metric_record(METRIC_COUNTER, "tc_timer_runs_total", labels, 2, runs);
}

static void ended(struct task *task, enum task_outcome outcome)
{
    struct entry *entry = task->owner;
    struct timers *timers = entry->timers;
    count(entry, outcome == TASK_FINISHED && !entry->failed, 1);
    log_end(entry, task, outcome);
    entry->task = NULL;
    generation_unref(TAKE(entry->generation));
    if (entry->at == TURN_MINE) {
        entry->at = TURN_LEFT;
        timers->turns->leave(&entry->turn);
    }
    if (timers->stopped)
        tell_idle(timers);
    else
        sweep(timers);
}

static void start(struct entry *entry)
{
    struct timers *timers = entry->timers;
    struct vm *vm = timers->current->vms[timers->index];
    struct task *task = task_new(vm, call, (void *)entry->declaration, ended, entry);
    if (!task)
        return;
    task->label.timer = entry->name;
    entry->task = task;
    entry->failed = false;
    entry->generation = generation_ref(timers->current);
    task_start(task, clock_monotonic() + vm->plan.limits->timer);
}

/* Whose turn it is, or (mine is false) that ours is over. */
static void told(struct timer_turn *turn, bool mine)
{
    struct entry *entry = CONTAINER(turn, struct entry, turn);
    struct timers *timers = entry->timers;
    entry->at = mine ? TURN_MINE : TURN_NONE;
    if (mine && entry->declaration && !timers->stopped)
        start(entry);
    if (entry->at == TURN_MINE && !entry->task) {
        entry->at = TURN_LEFT;
        timers->turns->leave(turn);
    }
}

static void begin(struct entry *entry)
{
    struct timers *timers = entry->timers;
    if (!entry->declaration->cluster || !timers->turns) {
        start(entry);
    } else if (entry->at == TURN_NONE) {
        entry->at = TURN_ASKED;
        entry->turn.interval = entry->interval ? entry->interval : DAY * NS_PER_S;
        timers->turns->take(&entry->turn);
    }
}

/* ---- once a day ---- */

/* That minute of the day on which `day` lies; one that a change of clocks skips is the first
 * after it. */
static int64_t minute_on_day_of(int64_t day, int minute, const char *zone)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct zone_gap gap = {"", ""};
    int64_t at = INT64_MAX;
    if (!zone_format(day, zone, "%Y-%m-%d", &text, NULL))
        return at;
    buf_addf(&text, " %02d:%02d", minute / 60, minute % 60);
    if (!zone_to_unix((struct slice){text.data, text.len}, zone, &at, &gap, NULL))
        zone_to_unix(slice_of(gap.after), zone, &at, NULL, NULL);
    return at;
}

/* The first such minute after `now`.  Half a day at a time skips no day, however short it is.
 */
static int64_t next_minute(int64_t now, int minute, const char *zone)
{
    for (int64_t day = now; day <= now + 2 * DAY; day += DAY / 2) {
        int64_t at = minute_on_day_of(day, minute, zone);
        if (at > now)
            return at;
    }
    return now + DAY;
}

static void plan_day(struct entry *entry)
{
    const struct timers *timers = entry->timers;
    const struct bind_state *state = timers->current->vms[timers->index]->plan.bound;
    entry->next_at = next_minute(clock_now(), entry->minute, state->host->time_zone);
}

static void wait_a_while(struct entry *entry)
{
    int64_t left = entry->next_at - clock_now();
    if (left > 2 * DAY) { /* the clock was put back */
        plan_day(entry);
        left = entry->next_at - clock_now();
    }
    uint64_t wait = left < 0 ? 0 : left < CHECK_S ? (uint64_t)left : CHECK_S;
    loop_timer_set(entry->timers->loop, &entry->timer, clock_monotonic() + wait * NS_PER_S);
}

static void look_at_clock(struct entry *entry)
{
    bool is_due = clock_now() >= entry->next_at;
    if (is_due)
        plan_day(entry);
    wait_a_while(entry);
    if (is_due && !entry->task)
        begin(entry);
}

/* ---- due times ---- */

static void due(struct loop_timer *timer)
{
    struct entry *entry = timer->owner;
    if (entry->interval == 0) {
        look_at_clock(entry);
        return;
    }
    uint64_t now = clock_monotonic(), missed = (now - timer->node.due) / entry->interval;
    loop_timer_set(entry->timers->loop, timer,
                   timer->node.due + (missed + 1) * entry->interval);
    if (!entry->task)
        begin(entry);
}

/* ---- generations ---- */

static struct entry *find(struct timers *timers, const char *name)
{
    for (struct entry *entry = timers->entries; entry; entry = entry->next)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}

#ifdef TC_TEST_CLOCK
void timers_tick(struct timers *timers, const char *name)
{
    struct entry *entry = find(timers, name);
    if (!entry || !entry->declaration)
        return;
    if (entry->interval == 0)
        entry->next_at = clock_now();
    loop_timer_set(timers->loop, &entry->timer, clock_monotonic());
}
#endif

static struct entry *add(struct timers *timers, const char *name)
{
    struct entry *entry = mem_new(1, sizeof *entry);
    entry->timers = timers;
    entry->name = mem_text(name);
    entry->timer = (struct loop_timer){.fire = due, .owner = entry};
    entry->turn = (struct timer_turn){timers->turns, entry->name, .told = told};
    entry->next = timers->entries;
    timers->entries = entry;
    count(entry, true, 0);
    count(entry, false, 0);
    return entry;
}

static void adopt(struct timers *timers, const struct timer_declaration *declaration)
{
    struct entry *entry = find(timers, declaration->name);
    if (!entry)
        entry = add(timers, declaration->name);
    entry->declaration = declaration;
    if (entry->interval == declaration->interval && entry->minute == declaration->minute &&
        loop_timer_is_set(&entry->timer))
        return;
    entry->interval = declaration->interval;
    entry->minute = declaration->minute;
    if (entry->interval == 0) {
        plan_day(entry);
        wait_a_while(entry);
        return;
    }
    loop_timer_set(timers->loop, &entry->timer, clock_monotonic() + entry->interval);
}

void timers_adopt(struct timers *timers, struct generation *generation)
{
    if (timers->stopped)
        return;
    const struct bind_state *state = generation->vms[timers->index]->plan.bound;
    timers->current = generation;
    for (struct entry *entry = timers->entries; entry; entry = entry->next)
        entry->declaration = NULL;
    for (int i = 0; i < state->ntimers; i++)
        adopt(timers, &state->timers[i]);
    for (struct entry *entry = timers->entries; entry; entry = entry->next)
        if (!entry->declaration)
            loop_timer_clear(timers->loop, &entry->timer);
    sweep(timers);
}

static void start_no_more(struct timers *timers)
{
    timers->stopped = true;
    for (struct entry *entry = timers->entries; entry; entry = entry->next) {
        entry->declaration = NULL;
        loop_timer_clear(timers->loop, &entry->timer);
    }
}

void timers_quiet(struct timers *timers, void (*idle)(void *owner), void *owner)
{
    start_no_more(timers);
    timers->idle = idle;
    timers->owner = owner;
    tell_idle(timers);
}

void timers_stop(struct timers *timers)
{
    start_no_more(timers);
    timers->idle = NULL;
    for (struct entry *entry = timers->entries; entry; entry = entry->next) {
        if (entry->at != TURN_NONE)
            timers->turns->forget(&entry->turn);
        entry->at = TURN_NONE;
        if (entry->task)
            task_cancel(entry->task);
    }
    sweep(timers);
}

void timers_free(struct timers *timers)
{
    free(timers);
}
