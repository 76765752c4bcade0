/* See announce.h. */
#include "server/announce.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/drivers.h"

#include <stdio.h>
#include <stdlib.h>

static void log_listening(const char *word, const char *url)
{
    CLEANUP(mem_freep) char *message = mem_format("%s %s", word, url);
    log_event(LOG_INFO, message, &(struct log_field){"url", url, LOG_WORDS}, 1);
}

static void say_where(const struct listeners *listeners, bool json)
{
    CLEANUP(buf_done) struct buf lines = {0};
    if (!json) {
        listeners_describe(listeners, "listening on ", "admin listening on ", &lines);
        fputs(lines.data, stdout);
        fflush(stdout);
        return;
    }
    for (size_t i = 0; i < listeners->npublic; i++)
        log_listening("listening on", listeners->public[i].url);
    if (listeners->has_admin)
        log_listening("admin listening on", listeners->admin.url);
}

/* The hosts of the URL, or its file; never the user or a password. */
static char *database_place(const struct options *options)
{
    CLEANUP(url_done) struct url url = {0};
    const char *socket;
    if (!db_url_parse(server_drivers, options->database, &url, NULL))
        return mem_text("");
    socket = url_option(&url, "socket");
    return mem_text(url.hosts ? url.hosts : socket ? socket : url.path);
}

void announce_start(const struct instance *instance, const struct listeners *listeners,
                    int workers)
{
    const struct generation *current = instance->slot.current;
    CLEANUP(mem_freep) char *place = database_place(instance->options);
    char number[16];
    snprintf(number, sizeof number, "%d", workers);
    struct log_field fields[] = {{"version", TC_VERSION, LOG_WORDS},
                                 {"generation", current->label, LOG_NUMBER},
                                 {"digest", current->digest, LOG_WORDS},
                                 {"database", instance->db->driver->dialect->name, LOG_WORDS},
                                 {"database_host", place, LOG_WORDS},
                                 {"workers", number, LOG_NUMBER}};
    log_event(LOG_INFO, "started", fields, (int)(sizeof fields / sizeof *fields));
    say_where(listeners, instance->options->log_format == LOG_JSON);
}

void announce_failure(const struct options *options, const char *faults, const char *text)
{
    if (options->log_format == LOG_JSON) {
        log_lines(LOG_ERROR, slice_of(faults));
        log_line(LOG_ERROR, "%s", text);
    } else {
        fprintf(stderr, "%stimecapsule: %s\n", faults ? faults : "", text);
    }
}
