/* What judge.h says of mail and of certificates. */
#include "server/judge.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/zone.h"
#include "net/mail_probe.h"
#include "server/instance.h"

enum { DAY = 24 * 60 * 60, CERTIFICATE_DAYS = 14 };

void judge_certificate(const char *subject, const char *whose, int64_t not_after,
                       struct verdicts *out)
{
    CLEANUP(buf_done) struct buf day = {0};
    zone_format(not_after, "UTC", "%Y-%m-%d", &day, NULL);
    int64_t left = not_after - clock_now();
    if (left <= 0)
        verdict_add(out, VERDICT_BROKEN, subject,
                    mem_format("the certificate of %s has ended on %s", whose, day.data),
                    mem_text("renew it there: whoever verifies it refuses the connection"));
    else if (left < (int64_t)CERTIFICATE_DAYS * DAY)
        verdict_add(out, VERDICT_LOOK, subject,
                    mem_format("the certificate of %s ends on %s", whose, day.data),
                    mem_text("renew it there before that day"));
    else
        verdict_add(out, VERDICT_GOOD, subject,
                    mem_format("the certificate of %s is good until %s", whose, day.data),
                    NULL);
}

static const char *advice_of(enum err_kind kind)
{
    if (kind == ERR_AUTH)
        return "the server refuses the login: look at the user in --mail and at the password; "
               "many providers want an app password";
    if (kind == ERR_POLICY)
        return "the server refuses us whoever a letter is for: look at --mail-from and at its "
               "rules";
    return "no letter goes out like this, and none is lost: look at the host and port in "
           "--mail, "
           "the server's certificate and ?ca=";
}

static void judge_server(const struct mail *mail, struct verdicts *out)
{
    const struct mail_url *url = mail_url_of(mail);
    CLEANUP(mem_freep) char *whose = mem_format("%s:%d", url->host, url->port);
    int64_t not_after = 0;
    struct err err;
    if (!mail_probe(mail, &not_after, &err)) {
        verdict_add(out, VERDICT_BROKEN, "mail", mem_text(err.text),
                    mem_text(advice_of(err.kind)));
        return;
    }
    if (mail_lacks_password(mail))
        verdict_add(out, VERDICT_LOOK, "mail",
                    mem_format("the mail server %s answers, but no password of %s is given: "
                               "nobody logs in",
                               whose, url->user),
                    mem_text("--mail-password-file FILE, if the server wants a login"));
    else
        verdict_add(out, VERDICT_GOOD, "mail",
                    mem_format("the mail server %s answers%s; letters are from %s", whose,
                               mail_url_logs_in(url) ? " and takes the login" : "",
                               mail_from(mail)),
                    NULL);
    if (not_after != 0)
        judge_certificate("mail", whose, not_after, out);
}

void judge_mail(const struct options *options, struct verdicts *out)
{
    struct instance instance = {.options = options};
    struct err err;
    if (!instance_open_mail(&instance, &err))
        verdict_add(out, VERDICT_BROKEN, "mail", mem_text(err.text),
                    mem_text("mend --mail before the next start: no server starts like this"));
    else if (mail_url_of(instance.mail)->scheme == MAIL_FILE)
        verdict_add(out, VERDICT_LOOK, "mail",
                    mem_format("no mail server is set up: letters become files in %s",
                               mail_url_of(instance.mail)->path),
                    mem_text("--mail smtp://user@host:587, if people are to get them"));
    else
        judge_server(instance.mail, out);
    instance_close(&instance);
}
