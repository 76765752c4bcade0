/* See doctor.h. */
#include "server/doctor.h"

#include "server/judge.h"
#include "server/runner.h"

#include <stdio.h>

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

int doctor_run(const struct options *options)
{
    struct verdicts verdicts = {0};
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
