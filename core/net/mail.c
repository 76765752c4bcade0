/* Where letters go, for the whole process.  See mail.h. */
#include "net/mail.h"

#include "base/mem.h"
#include "loop/blocking.h"
#include "net/address.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTBOX_THREADS = 2 }; /* one letter's fsync need not wait for another's */

struct mail {
    struct mail_url url;
    bool shows_password;
    char from[ADDRESS_MAX + 1], from_name[PERSON_NAME_MAX + 1];
    struct blocking *pool; /* of MAIL_FILE */
};

/* user@host, where that is an address. */
static bool join(const char *user, const char *host, char ret_from[ADDRESS_MAX + 1])
{
    CLEANUP(mem_freep) char *text = mem_format("%s@%s", user, host);
    return address_read(slice_of(text), ret_from, NULL);
}

/* The URL's user where it is an address (many servers refuse any other); else that user, or the
 * program's name, at the mail server's name or this machine's. */
static void choose_from(struct mail *mail)
{
    const char *user = mail->url.user ? mail->url.user : "timecapsule";
    char machine[256] = "";
    if (mail->url.user && (address_read(slice_of(user), mail->from, NULL) ||
                           join(user, mail->url.host, mail->from)))
        return;
    if (gethostname(machine, sizeof machine - 1) == 0 && join(user, machine, mail->from))
        return;
    if (!join(user, "localhost", mail->from))
        join("timecapsule", "localhost", mail->from);
}

static bool set_up_smtp(struct mail *mail, struct err *err)
{
    const char *ca = mail->url.ca;
    if (ca && access(ca, R_OK) != 0)
        return err_set(err, ERR_IO, "cannot read the mail server's certificates in %s", ca);
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    if (info->version_num < 0x075700 || !(info->features & CURL_VERSION_ASYNCHDNS) ||
        !(info->features & CURL_VERSION_SSL))
        return err_set(err, ERR_IO,
                       "libcurl %s cannot be used for mail: 7.87 or later with TLS and "
                       "asynchronous name resolution is needed",
                       info->version);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_IO, "libcurl cannot be set up");
    return true;
}

static bool set_up(struct mail *mail, const struct mail_settings *settings, struct err *err)
{
    if (!mail_url_parse(settings->url ? settings->url : "file:", &mail->url, err))
        return false;
    mail->shows_password = mail->url.password != NULL;
    if (settings->password)
        mail_url_set_password(&mail->url, settings->password);
    if (settings->from &&
        !address_person(slice_of(settings->from), mail->from, mail->from_name, err))
        return err_prefix(err, "the sender of letters");
    if (!settings->from)
        choose_from(mail);
    if (mail->url.scheme != MAIL_FILE)
        return set_up_smtp(mail, err);
    if (!mail->url.path)
        mail->url.path = mem_text(settings->outbox);
    mail->pool = blocking_new(OUTBOX_THREADS);
    return true;
}

bool mail_open(const struct mail_settings *settings, struct mail **ret_mail, struct err *err)
{
    struct mail *mail = mem_new(1, sizeof *mail);
    if (!set_up(mail, settings, err)) {
        mail_close(mail);
        return false;
    }
    *ret_mail = mail;
    return true;
}

void mail_close(struct mail *mail)
{
    if (!mail)
        return;
    blocking_free(mail->pool);
    mail_url_done(&mail->url);
    free(mail);
}

const struct mail_url *mail_url_of(const struct mail *mail)
{
    return &mail->url;
}

struct blocking *mail_pool(const struct mail *mail)
{
    return mail->pool;
}

const char *mail_kind(const struct mail *mail)
{
    return mail->url.scheme == MAIL_FILE ? "file" : "smtp";
}

const char *mail_from(const struct mail *mail)
{
    return mail->from;
}

const char *mail_from_name(const struct mail *mail)
{
    return mail->from_name;
}

bool mail_shows_password(const struct mail *mail)
{
    return mail->shows_password;
}

bool mail_lacks_password(const struct mail *mail)
{
    return mail->url.user && !mail->url.password;
}
