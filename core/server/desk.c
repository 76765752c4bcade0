/* See desk.h. */
#include "server/desk.h"

#include "base/mem.h"
#include "server/deeds.h"
#include "server/handover.h"
#include "server/look.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of scripts' questions have the one bit, of signals the other; the control socket's
 * clients never come to them. */
static const uint64_t OF_SCRIPT = (uint64_t)1 << 63, OF_SIGNAL = (uint64_t)1 << 62;

struct question {
    uint64_t number;
    struct bind_ask *ask;
    LIST_ENTRY(question) entry;
};

struct desk {
    struct desk_plan plan;
    struct reload *reload;
    struct control *control;
    struct handover *handover;
    struct look *look;
    LIST_HEAD(, question) questions;
    uint64_t last;
    bool closed; /* no worker is there to hear an answer */
};

/* ---- answering ---- */

static struct question *find(const struct desk *desk, uint64_t number)
{
    struct question *question;
    LIST_FOREACH(question, &desk->questions, entry)
        if (question->number == number)
            return question;
    return NULL;
}

static void answer_script(struct desk *desk, uint64_t number, const struct ask_answer *answer)
{
    struct question *question = find(desk, number);
    if (!question)
        return;
    LIST_REMOVE(question, entry);
    if (desk->closed)
        bind_ask_free(question->ask);
    else
        bind_ask_answer(question->ask, answer->good, answer->kind, answer->text);
    free(question);
}

static void desk_answer(void *owner, uint64_t client, const struct ask_answer *answer)
{
    struct desk *desk = owner;
    if (client & OF_SCRIPT)
        answer_script(desk, client, answer);
    else if (client & OF_SIGNAL)
        deed_by_signal((int)(client & ~OF_SIGNAL), "reload", answer->good, answer->text);
    else if (desk->control)
        control_answer(desk->control, client, answer->good, answer->text);
}

void desk_upgraded(void *owner, uint64_t client, bool good, struct slice text)
{
    desk_answer(owner, client, &(struct ask_answer){good, ERR_STATE, text});
}

/* ---- what signals and scripts ask ---- */

void desk_signal(struct desk *desk, int number)
{
    const struct act act = {.kind = ACT_RELOAD};
    reload_ask(desk->reload, &act, OF_SIGNAL | (unsigned)number);
}

static void begin(struct loop_call *call)
{
    struct bind_ask *ask = CONTAINER(call, struct bind_ask, begin);
    struct desk *desk = ask->answerer;
    struct question *question = mem_new(1, sizeof *question);
    CLEANUP(buf_done) struct buf out = {0};
    question->number = ++desk->last | OF_SCRIPT;
    question->ask = ask;
    LIST_INSERT_HEAD(&desk->questions, question, entry);
    uint64_t number = question->number; /* it may be answered within */
    CLEANUP(mem_freep) char *line = mem_text(ask->line);
    char *words = line + strcspn(line, " ");
    if (*words)
        *words++ = '\0';
    enum control_reply reply =
        desk->closed ? CONTROL_NO
                     : desk->plan.carry_out(desk->plan.owner, number, line, words, &out);
    if (reply != CONTROL_LATER)
        answer_script(desk, number,
                      &(struct ask_answer){reply == CONTROL_YES, ERR_STATE,
                                           (struct slice){out.data, out.len}});
}

void desk_hear(struct desk *desk, struct bind_ask *ask)
{
    ask->begin.run = begin;
    ask->answerer = desk;
    loop_post(desk->plan.reload.loop, &ask->begin);
}

/* ---- generations ---- */

static void looked(void *owner, uint64_t client, const struct ask_answer *answer)
{
    struct desk *desk = owner;
    CLEANUP(buf_done) struct buf text = {0};
    const struct standing standing = reload_standing(desk->reload);
    standing_describe(&standing, &text);
    buf_add(&text, answer->text.data, answer->text.len);
    buf_addc(&text, '\n');
    failure_add(standing.failure, &text);
    const struct ask_answer with = {answer->good, answer->kind,
                                    answer->good ? (struct slice){text.data, text.len}
                                                 : answer->text};
    desk_answer(desk, client, &with);
}

bool desk_knows(const char *command)
{
    static const char *const words[] = {"reload", "rollback", "upgrade", "generations"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(command, words[i]) == 0)
            return true;
    return false;
}

static enum control_reply refuse(struct desk *desk, uint64_t client, enum err_kind kind,
                                 const char *why)
{
    desk_answer(desk, client, &(struct ask_answer){false, kind, slice_of(why)});
    return CONTROL_LATER;
}

static enum control_reply upgrade(struct desk *desk, const struct act *act, uint64_t client,
                                  struct buf *out)
{
    struct err err;
    if (client & OF_SCRIPT)
        return refuse(desk, client, ERR_INPUT, "an upgrade is asked for by a command alone");
    if (!reload_may_upgrade(desk->reload, act, &err))
        return refuse(desk, client, err.kind, err.text);
    return handover_ask(desk->handover, client, out);
}

enum control_reply desk_carry_out(struct desk *desk, uint64_t client, const char *command,
                                  const char *words, struct buf *out)
{
    struct act act;
    struct err err;
    if (strcmp(command, "generations") == 0) {
        look_ask(desk->look, client);
        return CONTROL_LATER;
    }
    if (!act_read(command, words, &act, &err))
        return refuse(desk, client, err.kind, err.text);
    if (handover_is_busy(desk->handover))
        return refuse(desk, client, ERR_STATE, "an upgrade is under way");
    if (act.kind == ACT_UPGRADE)
        return upgrade(desk, &act, client, out);
    reload_ask(desk->reload, &act, client);
    return CONTROL_LATER;
}

/* ---- life ---- */

struct desk *desk_new(const struct desk_plan *plan)
{
    struct desk *desk = mem_new(1, sizeof *desk);
    desk->plan = *plan;
    desk->plan.reload.answer = desk_answer;
    desk->plan.reload.owner = desk;
    LIST_INIT(&desk->questions);
    desk->reload = reload_new(&desk->plan.reload);
    desk->look = look_new(&(struct look_plan){.loop = plan->reload.loop,
                                              .reload = &desk->plan.reload,
                                              .answer = looked,
                                              .owner = desk});
    return desk;
}

struct reload *desk_reload(const struct desk *desk)
{
    return desk->reload;
}

void desk_open(struct desk *desk, struct control *control, struct handover *handover)
{
    desk->control = control;
    desk->handover = handover;
}

void desk_close(struct desk *desk)
{
    if (!desk)
        return;
    desk->closed = true;
    look_close(desk->look);
    reload_close(desk->reload);
    desk->control = NULL;
}

void desk_free(struct desk *desk)
{
    if (!desk)
        return;
    const struct ask_answer none = {0};
    while (!LIST_EMPTY(&desk->questions))
        answer_script(desk, LIST_FIRST(&desk->questions)->number, &none);
    look_free(desk->look);
    reload_free(desk->reload);
    free(desk);
}
