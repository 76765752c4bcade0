/* See runner.h. */
#include "server/runner.h"

#include "base/mem.h"
#include "bind/ask.h"
#include "bind/state.h"
#include "generation/command.h"
#include "loop/blocking.h"
#include "loop/loop.h"
#include "net/fetch.h"
#include "server/checkup.h"
#include "server/control.h"
#include "server/instance.h"
#include "server/restore.h"
#include "server/secret.h"
#include "server/secret_file.h"
#include "vm/watchdog.h"

#include <stdio.h>
#include <stdlib.h>

struct running {
    struct instance instance;
    struct blocking *threads;
};

enum { SPEC_TX_S = 3600 }; /* an example may be one transaction, in a debugger too */

static bool run_command(struct instance *instance, struct loop *loop, int *ret_status,
                        struct err *err)
{
    const struct options *options = instance->options;
    struct vm *vm = instance->slot.current->vms[0];
    struct db_worker *db = NULL;
    struct mailer *mail = NULL;
    struct fetcher *fetcher = NULL;
    struct fetch_settings fetches = options_fetches(options);
    if (instance->db && !db_attach(instance->db, loop, &db, err))
        return false;
    if (!mailer_attach(instance->mail, loop, &mail, err) ||
        !fetcher_attach(loop, &fetches, &fetcher, err)) {
        mailer_detach(mail);
        db_detach(db);
        return false;
    }
    bind_state_attach(vm, loop, db, mail, fetcher);
    bool good = watchdog_start(err) && command_run(vm, options->command, options->args.items,
                                                   options->args.count, ret_status, err);
    vm_cancel_tasks(vm);
    watchdog_stop();
    fetcher_detach(fetcher);
    mailer_detach(mail);
    db_detach(db);
    return good;
}

/* Most commands make nothing and migrate nothing where people's data are. */
static bool open_database(struct instance *instance, bool create, struct err *err)
{
    int applied;
    return instance_open_database(instance, create, err) &&
           (create ? instance_migrate(instance, &instance->files, false, &applied, err)
                   : instance_is_migrated(instance->db, &instance->files, err)) &&
           (!instance->options->reminders_told ||
            restore_greet(instance->options, instance->db, err)) &&
           instance_open_secret(instance, create, err);
}

static bool adopt_secrets(void *owner, struct slice text, struct err *err)
{
    struct instance *instance = &((struct running *)owner)->instance;
    const char *path = instance->options->secret_file;
    struct secrets secrets = {0};
    bool ok = secret_file_prepend(path, text, err) &&
              secret_open(path, instance->db, true, &secrets, err);
    secret_wipe(&secrets);
    return ok;
}

static bool open_instance(struct instance *instance, const struct options *options,
                          const struct run_plan *plan, struct loop **ret_loop, struct err *err)
{
    return instance_read(instance, options, err) && instance_open_mail(instance, err) &&
           (!plan->database || open_database(instance, plan->open || plan->make, err)) &&
           loop_new(ret_loop, err);
}

/* ---- what a command's scripts ask of the server, which is another process ---- */

enum { PATIENCE_S = 60 };

struct asking {
    struct blocking_job job;
    const struct instance *instance;
    struct bind_ask *ask;
    bool good;
    struct err err;
    struct buf text;
};

static void put_question(struct blocking_job *job)
{
    struct asking *asking = CONTAINER(job, struct asking, job);
    const char *data = asking->instance->options->data;
    CLEANUP(mem_freep) char *path = mem_format("%s/control.sock", data);
    struct err *err = &asking->err;
    *err = (struct err){.kind = ERR_STATE};
    if (control_ask(path, asking->ask->line, PATIENCE_S, &asking->good, &asking->text, err))
        return;
    if (err->kind == ERR_STATE)
        err_set(err, ERR_STATE, "no server runs on the data folder %s", data);
    buf_adds(&asking->text, err->text);
}

static void asked(struct blocking_job *job)
{
    struct asking *asking = CONTAINER(job, struct asking, job);
    bind_ask_answer(asking->ask, asking->good, asking->err.kind,
                    (struct slice){asking->text.data, asking->text.len});
    buf_done(&asking->text);
    free(asking);
}

static void control(void *owner, struct bind_ask *question)
{
    struct running *running = owner;
    struct asking *asking = mem_new(1, sizeof *asking);
    asking->job =
        (struct blocking_job){.work = put_question, .done = asked, .loop = question->loop};
    asking->instance = &running->instance;
    asking->ask = question;
    blocking_submit(running->threads, &asking->job);
}

bool runner_run(const struct options *options, const struct run_plan *plan, int *ret_status)
{
    struct running running = {.threads = blocking_new(1)};
    struct instance *instance = &running.instance;
    struct err err = {0};
    struct faults faults = {0};
    struct instance_build build = {.number = 1, .nvms = 1, .open = plan->open};
    struct loop *loop = NULL;
    bool good = open_instance(instance, options, plan, &loop, &err);
    instance->lent.owner = &running;
    instance->lent.control = control;
    if (good && plan->database) {
        instance->lent.adopt_secrets = adopt_secrets;
        instance->db->tx_s = plan->open ? SPEC_TX_S : 0;
        instance->lent.checkup = checkup_now;
        instance->lent.checkup_of = (void *)options;
    }
    good = good && instance_build(instance, &build, &faults) &&
           (plan->work ? plan->work : run_command)(instance, loop, ret_status, &err);
    if (faults.count > 0)
        fprintf(stderr, "%s", faults.text.data);
    else if (!good)
        fprintf(stderr, "timecapsule: %s\n", err.text);
    if (!good)
        *ret_status = 1;
    faults_done(&faults);
    blocking_free(running.threads);
    instance_close(instance);
    loop_free(loop);
    return good;
}
