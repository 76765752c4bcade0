/* See answers.h. */
#include "server/answers.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/log_kept.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/told.h"

#include <string.h>

static void show_settings(const struct answers *answers, struct buf *out)
{
    CLEANUP(options_done) struct options fresh = {0};
    struct generation *generation = generation_pin(answers->slot);
    bool known = options_read(answers->argc, answers->argv, answers->env, &fresh, NULL);
    told_show(answers->options, known ? &fresh : NULL, generation->given, generation->ngiven,
              out);
    generation_unref(generation);
}

static void show_version(struct buf *out)
{
    buf_addf(out, "{\"version\":\"%s\",\"build\":", TC_VERSION);
    str_json(slice_of(TC_BUILD), out);
    buf_addc(out, '}');
}

static void show_node(const struct answers *answers, struct buf *out)
{
    struct generation *generation = generation_pin(answers->slot);
    int64_t at;
    bool good;
    buf_adds(out, "{\"name\":");
    str_json(slice_of(answers->node), out);
    buf_addf(out, ",\"version\":\"%s\",\"generation\":%u,\"digest\":\"%s\"", TC_VERSION,
             generation->number, generation->digest);
    if (failure_ended(reload_failure(answers->reload), &at, &good))
        buf_addf(out, ",\"reloaded_at\":%lld,\"reload_good\":%s", (long long)at,
                 good ? "true" : "false");
    buf_addc(out, '}');
    generation_unref(generation);
}

static void show_file(const struct answers *answers, const char *name, struct buf *out)
{
    struct generation *generation = generation_pin(answers->slot);
    CLEANUP(buf_done) struct buf text = {0};
    bool good = false;
    for (size_t i = 0; i < generation->ngiven && !good; i++)
        good = strcmp(generation->given[i].name, name) == 0 &&
               file_read(generation->given[i].value, LIMIT_SETTING_FILE, &text, NULL);
    generation_unref(generation);
    if (good)
        str_json((struct slice){text.data, text.len}, out);
    else
        buf_adds(out, "null");
}

bool answers_give(const struct answers *answers, const char *question, const char *argument,
                  struct buf *out)
{
    if (strcmp(question, "errors") == 0)
        log_kept(out);
    else if (strcmp(question, "settings") == 0)
        show_settings(answers, out);
    else if (strcmp(question, "file") == 0)
        show_file(answers, argument, out);
    else if (strcmp(question, "node") == 0)
        show_node(answers, out);
    else if (strcmp(question, "places") == 0)
        told_places(answers->options, out);
    else if (strcmp(question, "version") == 0)
        show_version(out);
    else
        return false;
    return true;
}
