/* See console_command.h. */
#include "server/console_command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/testing.h"
#include "bind/state.h"
#include "db/held.h"
#include "generation/console.h"
#include "loop/signals.h"
#include "server/console_lines.h"
#include "server/drivers.h"
#include "server/instance.h"
#include "server/runner.h"
#include "vm/watchdog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLD_S = 30 /* what is written and not committed keeps others from writing */ };

static const char opening[] = "host = require('host') config = host.config "
                              "db = require('host.db') clock = require('host.clock') "
                              "json = require('host.json')";

static const char help[] =
    "Lua, in the application's modules: require(\"…\"), and db, config, host, clock, json.\n"
    "An expression shows its values; names without `local` stay.  What is not complete goes "
    "on\n"
    "in the next line.\n"
    "  :sql TEXT    runs SQL in the same transaction\n"
    "  :commit      keeps what was written; else it is rolled back\n"
    "  :rollback    rolls it back now\n"
    "  :quit        ends, as the end of the input does\n";

struct prompt {
    struct instance *instance;
    struct held *held;
    struct console *console;
    struct lines *lines;
    struct loop_signals signals;
    struct buf entry;    /* that is being typed */
    int line, first;     /* of the input; of the entry */
    uint64_t hold_until; /* UINT64_MAX: nothing is written */
    bool ended, failed;
};

/* ---- what is written ---- */

static void tell(const struct prompt *prompt, bool good, const char *text)
{
    fflush(stdout);
    fprintf(good && lines_is_terminal(prompt->lines) ? stdout : stderr, "%s\n", text);
}

static void note_writes(struct prompt *prompt)
{
    held_rest(prompt->held);
    if (!held_wrote(prompt->held)) {
        prompt->hold_until = UINT64_MAX;
        return;
    }
    if (prompt->hold_until != UINT64_MAX)
        return;
    prompt->hold_until =
        clock_monotonic() + testing_ms("TIMECAPSULE_HOLD_MS", HOLD_S * NS_PER_S);
    CLEANUP(mem_freep)
    char *text = mem_format("-- written, not committed: others may have to wait with theirs; "
                            ":commit keeps it, in %d seconds it is rolled back",
                            HOLD_S);
    tell(prompt, true, text);
}

static void end_writes(struct prompt *prompt, bool keep)
{
    struct err err;
    bool wrote = held_wrote(prompt->held), good = held_end(prompt->held, keep, &err);
    prompt->hold_until = UINT64_MAX;
    prompt->failed = prompt->failed || !good;
    if (!good)
        tell(prompt, false, err.text);
    else if (wrote)
        tell(prompt, true, keep ? "-- committed" : "-- rolled back");
    else
        tell(prompt, true, "-- nothing was written");
}

static void too_late(struct prompt *prompt)
{
    held_end(prompt->held, false, NULL);
    prompt->hold_until = UINT64_MAX;
    prompt->failed = true;
    tell(prompt, false,
         "-- rolled back: what was written was not committed in time, and others wait");
}

/* ---- SQL ---- */

static void show_cell(const struct db_value *cell)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (cell->type == DB_NULL)
        buf_adds(&text, "NULL");
    else if (cell->type == DB_INTEGER)
        buf_addf(&text, "%lld", (long long)cell->integer);
    else if (cell->type == DB_REAL)
        buf_addf(&text, "%.17g", cell->real);
    else if (cell->type == DB_TEXT)
        buf_add(&text, cell->bytes.data, cell->bytes.len);
    else {
        buf_adds(&text, "x'");
        str_hex((struct slice){cell->bytes.data, cell->bytes.len}, &text);
        buf_addc(&text, '\'');
    }
    fputs(text.len > 0 ? text.data : "", stdout);
}

static void show_rows(const struct db_result *result)
{
    for (size_t i = 0; i < result->ncolumns; i++)
        printf("%s%s", i ? " | " : "", result->columns[i]);
    putchar('\n');
    for (size_t row = 0; row < result->nrows; row++) {
        for (size_t i = 0; i < result->ncolumns; i++) {
            fputs(i ? " | " : "", stdout);
            show_cell(&result->cells[row * result->ncolumns + i]);
        }
        putchar('\n');
    }
    printf("-- %zu row%s\n", result->nrows, result->nrows == 1 ? "" : "s");
}

static void keep_fault(void *owner, const char *file, int line, const char *message)
{
    (void)file;
    (void)line;
    err_set(owner, ERR_INPUT, "%s", message);
}

static bool run_statement(struct prompt *prompt, const struct statement_set *set,
                          struct err *err)
{
    struct db_result result = {0};
    const struct statement *statement = statement_find(set, "typed");
    if (!statement)
        return false;
    if (statement->nparams > 0)
        return err_set(err, ERR_INPUT, "there is no value for :%s", statement->params[0].name);
    bool ok = held_run(prompt->held, statement, &result, err);
    if (ok && result.ncolumns > 0)
        show_rows(&result);
    else if (ok)
        printf("-- %lld changed\n", (long long)result.affected);
    db_result_done(&result);
    return ok;
}

static void run_sql(struct prompt *prompt, const char *sql)
{
    CLEANUP(mem_freep) char *text = mem_format("-- name: typed\n%s\n", sql);
    struct statement_source source = {"typed", slice_of(text)};
    struct err err = {0};
    struct statement_set *set =
        statement_set_new(&source, 1, prompt->instance->db->driver->dialect,
                          prompt->instance->db->drivers, keep_fault, &err);
    if (!run_statement(prompt, set, &err)) {
        prompt->failed = true;
        tell(prompt, false, err.text);
    }
    statement_set_unref(set);
}

/* ---- entries ---- */

static bool run_directive(struct prompt *prompt, const char *line)
{
    if (strcmp(line, ":commit") == 0 || strcmp(line, ":rollback") == 0)
        end_writes(prompt, line[1] == 'c');
    else if (strcmp(line, ":quit") == 0)
        prompt->ended = true;
    else if (strncmp(line, ":sql ", 5) == 0)
        run_sql(prompt, line + 5);
    else if (strcmp(line, ":help") == 0)
        fputs(help, stdout);
    else
        return false;
    return true;
}

static void take_directive(struct prompt *prompt, const char *line)
{
    lines_remember(prompt->lines, line);
    if (run_directive(prompt, line))
        return;
    prompt->failed = true;
    tell(prompt, false, "there are :sql TEXT, :commit, :rollback, :quit and :help");
}

/* The entry is over, run or dropped. */
static void show(struct prompt *prompt, bool good, const struct buf *out)
{
    if (prompt->entry.len > 0)
        lines_remember(prompt->lines, prompt->entry.data);
    buf_clear(&prompt->entry);
    prompt->failed = prompt->failed || !good;
    fflush(stdout);
    if (out->len > 0)
        fwrite(out->data, 1, out->len, good ? stdout : stderr);
}

/* `last`: there will be no more lines. */
static void take_entry(struct prompt *prompt, bool last)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct slice entry = {prompt->entry.data, prompt->entry.len};
    enum console_outcome outcome = console_run(
        prompt->console, entry, lines_is_terminal(prompt->lines) ? 1 : prompt->first, &out);
    if (outcome != CONSOLE_MORE || last)
        show(prompt, outcome == CONSOLE_GOOD, &out);
}

static void take_line(struct prompt *prompt, const struct buf *line)
{
    prompt->line++;
    if (prompt->entry.len == 0) {
        prompt->first = prompt->line;
        if (line->len == 0)
            return;
        if (line->data[0] == ':') {
            take_directive(prompt, line->data);
            return;
        }
    } else {
        buf_addc(&prompt->entry, '\n');
    }
    buf_add(&prompt->entry, line->data, line->len);
    take_entry(prompt, false);
}

static void read_entry(struct prompt *prompt)
{
    CLEANUP(buf_done) struct buf line = {0};
    const char *text = prompt->entry.len > 0              ? ">> "
                       : prompt->hold_until != UINT64_MAX ? "*> "
                                                          : "> ";
    switch (lines_read(prompt->lines, text, prompt->hold_until, &line)) {
    case LINE_TYPED:
        buf_reserve(&line, 1);
        line.data[line.len] = '\0';
        take_line(prompt, &line);
        note_writes(prompt);
        return;
    case LINE_END:
        if (prompt->entry.len > 0)
            take_entry(prompt, true);
        prompt->ended = true;
        return;
    case LINE_INTERRUPTED:
        prompt->ended = !lines_is_terminal(prompt->lines);
        buf_clear(&prompt->entry);
        return;
    case LINE_LATE:
        too_late(prompt);
    }
}

/* ---- the command ---- */

static void greet(const struct prompt *prompt)
{
    const struct instance *instance = prompt->instance;
    const struct generation *generation = instance->slot.current;
    CLEANUP(url_done) struct url url = {0};
    if (!db_url_parse(server_drivers, instance->options->database, &url, NULL))
        return;
    fprintf(stderr,
            "database %s://%s%s%s%s, files %s; what is written is rolled back unless "
            ":commit (:help)\n",
            url.scheme, url.user ? url.user : "", url.user ? "@" : "",
            url.hosts ? url.hosts : "", url.path, generation->digest);
}

static void caught(void *owner, int number)
{
    const struct prompt *prompt = owner;
    (void)number;
    console_interrupt(prompt->console);
}

static bool converse(struct prompt *prompt, struct loop *loop, struct err *err)
{
    struct vm *vm = prompt->instance->slot.current->vms[0];
    bind_state_attach(vm, loop, held_worker(prompt->held), NULL, NULL);
    prompt->console = console_new(vm, opening);
    if (!prompt->console)
        return err_set(err, ERR_STATE, "the prompt's own first line failed");
    prompt->lines = lines_new(prompt->signals.watch.fd);
    greet(prompt);
    while (!prompt->ended)
        read_entry(prompt);
    if (held_wrote(prompt->held))
        end_writes(prompt, false);
    fflush(stdout);
    return true;
}

static sigset_t interrupt(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    return set;
}

static bool work(struct instance *instance, struct loop *loop, int *ret_status, struct err *err)
{
    struct prompt prompt = {.instance = instance, .hold_until = UINT64_MAX};
    sigset_t set = interrupt();
    prompt.signals = (struct loop_signals){.caught = caught, .owner = &prompt};
    bool good = signals_open(loop, &prompt.signals, &set, err) && watchdog_start(err) &&
                held_new(instance->db, loop, &prompt.held, err) && converse(&prompt, loop, err);
    *ret_status = prompt.failed && !(prompt.lines && lines_is_terminal(prompt.lines));
    vm_cancel_tasks(instance->slot.current->vms[0]);
    watchdog_stop();
    console_free(prompt.console);
    held_free(prompt.held);
    lines_free(prompt.lines);
    buf_done(&prompt.entry);
    signals_close(loop, &prompt.signals);
    return good;
}

int console_command(const struct options *options)
{
    int status;
    sigset_t set = interrupt();
    signals_block(&set); /* before there are other threads */
    runner_run(options, &(struct run_plan){.database = true, .work = work}, &status);
    return status;
}
