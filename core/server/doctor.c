/* See doctor.h. */
#include "server/doctor.h"

#include "base/mem.h"
#include "base/str.h"
#include "server/control.h"
#include "server/judge.h"
#include "server/runner.h"
#include "server/told.h"

#include <stdio.h>
#include <string.h>

enum { ASK_S = 5 };

static void print(enum verdict verdict, const char *subject, const char *text,
                  const char *advice)
{
    printf("%-6s  %-11s  %s\n", verdict_word(verdict), subject, text);
    if (advice)
        printf("%-6s  %-11s  → %s\n", "", "", advice);
}

/* Its lines look the same: scripts/commands/doctor.lua.  The reader of the trial letter is the
 * application's to write to. */
static int judge_application(const struct options *given)
{
    struct options options = *given;
    options.args = (struct option_list){&options.mail_to, options.mail_to ? 1 : 0};
    int status;
    fflush(stdout);
    if (runner_run(&options, &(struct run_plan){.database = true}, &status))
        return status;
    print(VERDICT_BROKEN, "application",
          "letters and the clock were not looked at: it does not load",
          "mend what the lines before say, then ask again");
    return VERDICT_BROKEN;
}

static void judge_unmet(const struct options *options, struct verdicts *out)
{
    if (!told_about(options, "data"))
        verdict_add(out, VERDICT_LOOK, "options",
                    mem_format("no server runs on the data folder %s, and no other is named: "
                               "what follows is of no server that runs",
                               options->data),
                    mem_text("--data names the server's, --config the file of its options"));
}

/* What follows is about the options that this command was given: are they the server's? */
static void judge_whose(const struct options *options, struct verdicts *out)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/control.sock", options->data);
    CLEANUP(buf_done) struct buf own = {0}, server = {0};
    struct err err = {0};
    bool yes = false;
    told_places(options, &own);
    if (!control_ask(path, "places", ASK_S, &yes, &server, &err)) {
        if (err.kind == ERR_STATE)
            judge_unmet(options, out);
    } else if (yes && strcmp(own.data, server.data) != 0) {
        CLEANUP(buf_done) struct buf advice = {0};
        buf_adds(&advice, "timecapsule doctor --data ");
        str_shell(slice_of(options->data), &advice);
        verdict_add(out, VERDICT_LOOK, "options",
                    mem_format("the server that runs on %s has other options: what follows is "
                               "of those that this command was given",
                               options->data),
                    mem_format("%s %s", advice.data, server.data));
    }
}

int doctor_run(const struct options *options)
{
    struct verdicts verdicts = {0};
    judge_whose(options, &verdicts);
    judge_installation(options, &verdicts);
    for (size_t i = 0; i < verdicts.count; i++) {
        const struct verdict_line *line = &verdicts.items[i];
        print(line->verdict, line->subject, line->text, line->advice);
    }
    int worst = (int)verdicts.worst;
    verdicts_done(&verdicts);
    int application = judge_application(options);
    return application > worst ? application : worst;
}
