/* See judge.h. */
#include "server/judge.h"

#include "base/mem.h"
#include "server/harden.h"
#include "server/instance.h"

#include <string.h>

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static void judge_options(const struct options *options, struct verdicts *out)
{
    static const char subject[] = "options";
    verdict_add(out, VERDICT_GOOD, subject,
                mem_format("the application in %s, %s%s, %s%s, data in %s", options->app,
                           options->site ? "the site in " : "no site",
                           options->site ? options->site : "",
                           options->config ? "settings in " : "no file of settings",
                           options->config ? options->config : "", options->data),
                NULL);
    if (!options->public_url)
        verdict_add(out, VERDICT_LOOK, subject,
                    mem_text("nobody has said where people reach the server: letters carry no "
                             "link"),
                    mem_text("--public-url https://www.example.org"));
    else if (!begins(options->public_url, "https://"))
        verdict_add(
            out, VERDICT_LOOK, subject,
            mem_format("people reach the server without TLS: %s", options->public_url),
            mem_text("put a proxy with a certificate in front, and name it by https://"));
    CLEANUP(mem_freep) char *reached = harden_admin_warning(options);
    if (reached)
        verdict_add(
            out, VERDICT_LOOK, subject, TAKE(reached),
            mem_text(
                "--admin-listen 127.0.0.1:8081, and a tunnel or a proxy that asks who it is"));
    if (instance_shows_password(options))
        verdict_add(out, VERDICT_LOOK, subject,
                    mem_text("everybody on this machine can read the database's password: it "
                             "stands in the URL"),
                    mem_text("--database-password-file FILE"));
}

static void tell_unseen(const char *subject, struct verdicts *out)
{
    verdict_add(out, VERDICT_LOOK, subject, mem_text("not looked at: the database is away"),
                mem_text("mend what is said of the database, then look again"));
}

static void judge_migrations(struct instance *instance, struct verdicts *out)
{
    struct err err;
    if (instance_is_migrated(instance->db, &instance->files, &err))
        verdict_add(out, VERDICT_GOOD, "migrations",
                    mem_text("the database has all of these files'"), NULL);
    else
        verdict_add(out, VERDICT_BROKEN, "migrations", mem_text(err.text),
                    mem_text("timecapsule migrate"));
}

static void judge_secret(struct instance *instance, struct verdicts *out)
{
    static const char subject[] = "secret";
    const char *path = instance->options->secret_file;
    struct err err;
    if (!instance_open_secret(instance, false, &err))
        verdict_add(
            out, VERDICT_BROKEN, subject, mem_text(err.text),
            mem_text("bring the right one: without it no letter that waits can be sent, and no "
                     "server starts; what has its own key still opens. A running server still "
                     "knows it: do not restart it before"));
    else if (!bind_host_secrets(&instance->lent))
        verdict_add(out, VERDICT_GOOD, subject,
                    mem_format("there is none yet: the first start makes %s", path), NULL);
    else
        verdict_add(out, VERDICT_GOOD, subject,
                    mem_format("%s is the one of this database", path), NULL);
}

/* What asks the database beyond reaching it. */
static void judge_contents(const struct options *options, bool reached, struct verdicts *out)
{
    struct instance instance;
    struct err err;
    bool good = instance_read(&instance, options, &err);
    instance.quiet = true;
    if (!good)
        verdict_add(out, VERDICT_BROKEN, "options", mem_text(err.text),
                    mem_text("bring it back, or name another folder by --app"));
    if (!reached) {
        tell_unseen("migrations", out);
        tell_unseen("secret", out);
    } else if (good && instance_open_database(&instance, false, &err)) {
        judge_migrations(&instance, out);
        judge_secret(&instance, out);
    }
    instance_close(&instance);
}

void judge_installation(const struct options *options, struct verdicts *out)
{
    judge_options(options, out);
    judge_files(options, out);
    judge_contents(options, judge_database(options, out), out);
    judge_mail(options, out);
    judge_machine(options, out);
}
