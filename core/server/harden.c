/* See harden.h. */
#include "server/harden.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/url.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Groups first: afterwards nobody may change them. */
static bool become(const char *name, struct err *err)
{
    const struct passwd *account = getpwnam(name);
    if (!account)
        return err_set(err, ERR_INPUT, "--user: there is no account '%s'", name);
    if (geteuid() == account->pw_uid)
        return true;
    if (geteuid() != 0)
        return err_set(err, ERR_STATE, "--user: only root can become '%s'", name);
    if (initgroups(name, account->pw_gid) != 0 || setgid(account->pw_gid) != 0 ||
        setuid(account->pw_uid) != 0)
        return err_set(err, ERR_STATE, "--user: cannot become '%s': %s", name, strerror(errno));
    if (setuid(0) == 0)
        return err_set(err, ERR_STATE, "--user: '%s' can become root again", name);
    return true;
}

bool harden(const struct options *options, struct err *err)
{
    if (options->user && !become(options->user, err))
        return false;
    if (geteuid() == 0)
        log_line(LOG_WARN, "running as root, who may do everything: --user NAME gives that up");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        log_line(LOG_WARN, "new privileges cannot be given up: %s", strerror(errno));
    if (!options->core_dumps)
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    CLEANUP(mem_freep) char *warning = harden_admin_warning(options);
    if (warning)
        log_line(LOG_WARN, "%s", warning);
    return true;
}

/* host:port, [::1]:port, :port (all addresses) or unix:/path. */
static bool is_local(const char *address)
{
    struct url_host host;

    return strncmp(address, "unix:", 5) == 0 ||
           (url_host(slice_of(address), &host) && url_is_loopback(host.name));
}

char *harden_admin_warning(const struct options *options)
{
    if (strcmp(options->admin_listen, "off") == 0 || is_local(options->admin_listen))
        return NULL;
    return mem_format("the admin listener %s is reached by others than this machine: whoever "
                      "reaches it sees metrics, and can try to sign in",
                      options->admin_listen);
}
