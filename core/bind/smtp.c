/*
 * host.smtp: letters.  See scripts/meta/smtp.lua.
 *
 * A call is one job in a wait box that lies on the call's stack while the task is parked.  The
 * letter's bytes are made before anything waits, from strings that the argument's tables hold:
 * fields are read raw, so that no metamethod can hand out one that nothing keeps.
 */
#include "bind/bind.h"

#include "base/mem.h"
#include "bind/box.h"
#include "bind/fields.h"
#include "bind/state.h"
#include "net/address.h"
#include "net/header.h"
#include "net/mail.h"

#include <lauxlib.h>
#include <string.h>

static const char JOB[] = "host.smtp.job";

struct job_box {
    struct bind_wait wait; /* for its job */
    struct mailer *mailer;
    struct message_plan plan;
};

/* ---- the box ---- */

static void cancel(struct bind_wait *wait, void *job)
{
    mailer_cancel(CONTAINER(wait, struct job_box, wait)->mailer, job);
}

static void free_job(void *job)
{
    mail_job_free(job);
}

static void done(struct mail_job *job)
{
    bind_wait_over(job->owner);
}

static struct message_person sender(const struct bind_host *host)
{
    return (struct message_person){.address = slice_of(host->mail_from),
                                   .name = slice_of(host->mail_from_name)};
}

static struct job_box *new_box(lua_State *L)
{
    const struct bind_state *state = bind_state_of(L);
    if (!state->mail)
        luaL_error(L, "there is no mail in this command");
    struct job_box *box = bind_wait_box(L, sizeof *box, JOB, cancel, free_job);
    box->mailer = state->mail;
    return box;
}

/* ---- the letter ---- */

/* "a@b.example", or {address=, name=}, on top. */
static void read_person(lua_State *L, const char *what, struct message_person *person)
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        person->address = fields_text(L, what);
        return;
    }
    fields_table(L, what);
    *person = (struct message_person){{0}, {0}};
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = fields_key(L, what);
        if (strcmp(key, "address") == 0)
            person->address = fields_text(L, "an address");
        else if (strcmp(key, "name") == 0)
            person->name = fields_text(L, "a name");
        else
            fields_unknown(L, 1, what, key, (const char *const[]){"address", "name", NULL});
    }
}

static void read_headers(lua_State *L, struct message_plan *plan)
{
    fields_table(L, "headers");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = fields_key(L, "headers");
        struct slice name = {key, lua_rawlen(L, -2)};
        if (!header_may(name))
            bind_arg_error(
                L, 1, "headers cannot hold '%s': the host writes it, or it is no name", key);
        if (plan->nfields == MESSAGE_FIELDS)
            bind_arg_error(L, 1, "headers holds more than %d fields", (int)MESSAGE_FIELDS);
        plan->fields[plan->nfields++] = (struct message_field){name, fields_text(L, key)};
    }
}

static void read_attachment(lua_State *L, struct message_attachment *attachment)
{
    fields_table(L, "an attachment");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = fields_key(L, "an attachment");
        if (strcmp(key, "name") == 0)
            attachment->name = fields_text(L, key);
        else if (strcmp(key, "type") == 0)
            attachment->type = fields_text(L, key);
        else if (strcmp(key, "data") == 0)
            attachment->data = fields_text(L, key);
        else
            fields_unknown(L, 1, "an attachment", key,
                           (const char *const[]){"name", "type", "data", NULL});
    }
    if (!attachment->name.data || !attachment->data.data)
        bind_arg_error(L, 1, "an attachment needs name and data");
}

static void read_attachments(lua_State *L, struct message_plan *plan)
{
    fields_table(L, "attachments");
    lua_Unsigned count = lua_rawlen(L, -1);
    if (count > MESSAGE_ATTACHMENTS)
        bind_arg_error(L, 1, "attachments holds more than %d", (int)MESSAGE_ATTACHMENTS);
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_attachment(L, &plan->attachments[plan->nattachments++]);
        lua_pop(L, 1);
    }
}

static void read_field(lua_State *L, const char *key, struct message_plan *plan)
{
    static const char *const names[] = {"to",   "from",    "subject",     "text",
                                        "html", "headers", "attachments", NULL};
    if (strcmp(key, "to") == 0)
        read_person(L, key, &plan->to);
    else if (strcmp(key, "from") == 0)
        read_person(L, key, &plan->from);
    else if (strcmp(key, "subject") == 0)
        plan->subject = fields_text(L, key);
    else if (strcmp(key, "text") == 0)
        plan->text = fields_text(L, key);
    else if (strcmp(key, "html") == 0)
        plan->html = fields_text(L, key);
    else if (strcmp(key, "headers") == 0)
        read_headers(L, plan);
    else if (strcmp(key, "attachments") == 0)
        read_attachments(L, plan);
    else
        fields_unknown(L, 1, "a letter", key, names);
}

/* The table at 1. */
static void read_letter(lua_State *L, struct message_plan *plan)
{
    lua_pushvalue(L, 1);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        read_field(L, fields_key(L, "a letter"), plan);
    lua_pop(L, 1);
    if (!plan->to.address.data)
        bind_arg_error(L, 1, "a letter needs a field 'to'");
    if (!plan->subject.data)
        bind_arg_error(L, 1, "a letter needs a field 'subject'");
    if (plan->text.len == 0 && plan->html.len == 0)
        bind_arg_error(L, 1, "a letter needs a field 'text' or 'html'");
    if (!plan->from.address.data)
        plan->from = sender(bind_state_of(L)->host);
}

/* ---- sending ---- */

/* The box is at 2. */
static int answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct job_box *box = lua_touserdata(L, 2);
    struct mail_job *job = box->wait.operation;
    if (!job->ok)
        return bind_fail(L, &job->err);
    lua_createtable(L, 0, 2); /* raises before the job is freed, or not at all */
    lua_pushstring(L, job->message.id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, job->reply);
    lua_setfield(L, -2, "reply");
    box->wait.operation = NULL;
    mail_job_free(job);
    return 1;
}

/* smtp.send(letter) -> {id=, reply=} | nil, message, kind.  Yields. */
static int l_send(lua_State *L)
{
    bind_check_table(L, 1);
    struct task *task = task_check(L, "host.smtp.send");
    struct job_box *box = new_box(L);
    struct err err;
    read_letter(L, &box->plan);
    struct mail_job *job = box->wait.operation = mail_job_new();
    job->done = done;
    job->owner = &box->wait;
    if (!message_build(&box->plan, &job->message, &err) ||
        !mailer_submit(box->mailer, job, &err))
        return bind_fail(L, &err);
    task->wrote = true; /* a client that goes does not end it half-way */
    return bind_wait_park(L, &box->wait, task, answer, 0);
}

/* ---- addresses ---- */

/* smtp.address(text) -> address | nil, message, "input". */
static int l_address(lua_State *L)
{
    char address[ADDRESS_MAX + 1];
    struct err err;
    if (!address_read(bind_slice(L, 1), address, &err))
        return bind_fail(L, &err);
    lua_pushstring(L, address);
    return 1;
}

/* smtp.shown(address) -> text. */
static int l_shown(lua_State *L)
{
    const char *address = luaL_checkstring(L, 1);
    struct buf *out = bind_buffer(L);
    address_shown(address, out);
    return bind_push_buffer(L, out);
}

static const struct binding module[] = {{"send", l_send, 1, 1, "table?,string?,string?"},
                                        {"address", l_address, 1, 1, "string?,string?,string?"},
                                        {"shown", l_shown, 1, 1, "string"},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_smtp_open(lua_State *L)
{
    bind_module(L, "host.smtp", module);
    return 1;
}
