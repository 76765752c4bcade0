/* See boot.h. */
#include "server/boot.h"

#include "base/log.h"
#include "base/mem.h"
#include "generation/store.h"
#include "server/site.h"

#include <stdio.h>
#include <string.h>

static bool read_newest(const char *store, unsigned *ret_number, struct snapshot *ret)
{
    struct store_list list;
    struct err err;
    store_list(store, &list);
    for (size_t i = 0; i < list.count; i++) {
        *ret_number = list.numbers[i];
        if (store_load(store, list.numbers[i], ret, &err))
            return true;
        log_line(LOG_WARN, "a stored generation cannot be used: %s", err.text);
    }
    return false;
}

static void warn_of_fallback(struct instance *instance, unsigned number, struct slice faults)
{
    CLEANUP(mem_freep)
    char *message = mem_format(
        "THE FILES HAVE FAULTS: starting from generation %u, the last good one that is "
        "stored.  Mend the files, then `timecapsule reload`.  (--strict refuses to start.)",
        number);
    buf_add(&instance->faults, faults.data, faults.len);
    log_event(LOG_ERROR, message,
              (struct log_field[]){{"error", instance->faults.data, LOG_WORDS}}, 1);
}

/* Nobody has said that what the files hold, or held, is good. */
static bool read_before_trial(struct instance *instance, const char *store)
{
    unsigned number, doubted = store_doubted(store);
    if (!doubted || !read_newest(store, &number, &instance->files))
        return false;
    instance->stored = true;
    instance->doubted = doubted;
    log_line(LOG_WARN,
             "A GENERATION WAS ON TRIAL and nobody has accepted it: starting from generation "
             "%u, the one before.  `timecapsule reload` takes the files as they are.",
             number);
    return true;
}

static void warn_of_folders(const struct options *options)
{
    CLEANUP(buf_done) struct buf text = {0};
    site_warn_folders(options->site, "", &text);
    log_lines(LOG_WARN, (struct slice){text.data, text.len});
}

bool boot_read(struct instance *instance, const struct options *options, const char *store,
               bool strict, struct err *err)
{
    unsigned number;
    *instance = (struct instance){.options = options};
    warn_of_folders(options);
    if (read_before_trial(instance, store) || instance_read(instance, options, err))
        return true;
    if (strict || !read_newest(store, &number, &instance->files))
        return false;
    instance->stored = true;
    CLEANUP(buf_done) struct buf line = {0};
    buf_addf(&line, "%s\n", err->text);
    warn_of_fallback(instance, number, (struct slice){line.data, line.len});
    return true;
}

/* The number that these files have or get, and whether they are stored already. */
static unsigned number_of(const struct snapshot *files, const char *store, bool *ret_stored)
{
    CLEANUP(snapshot_done) struct snapshot newest = {0};
    unsigned number;
    *ret_stored = false;
    if (!read_newest(store, &number, &newest))
        return 1;
    *ret_stored = memcmp(newest.digest, files->digest, sizeof newest.digest) == 0;
    return *ret_stored ? number : number + 1;
}

static bool build_newest(struct instance *instance, int nvms, const char *store,
                         const struct buf *found)
{
    struct instance_build build = {.nvms = nvms};
    struct faults faults = {0};
    snapshot_done(&instance->files);
    if (!read_newest(store, &build.number, &instance->files))
        return false;
    warn_of_fallback(instance, build.number, (struct slice){found->data, found->len});
    bool good = instance_build(instance, &build, &faults);
    fprintf(stderr, "%s", good ? "" : faults.text.data);
    faults_done(&faults);
    return good;
}

static void save(const struct generation *generation, const char *store)
{
    struct err err;
    if (!store_save(store, generation->number, &generation->files, &err))
        log_line(LOG_WARN, "the generation is not stored for a rollback: %s", err.text);
}

/* Pages of before the restart still find what they name. */
static void carry_assets(struct generation *generation, const char *store)
{
    struct store_list list;
    struct err err;
    int age = 0;
    store_list(store, &list);
    for (size_t i = 0; i < list.count && age < ASSETS_CARRIED; i++) {
        CLEANUP(snapshot_done) struct snapshot earlier = {0};
        if (list.numbers[i] >= generation->number)
            continue;
        age++;
        if (store_load(store, list.numbers[i], &earlier, &err))
            assets_carry(&generation->assets, &earlier, age);
    }
}

static bool build(struct instance *instance, int nvms, const char *store, bool strict)
{
    bool stored;
    struct instance_build build = {.nvms = nvms};
    struct faults faults = {0};
    build.number = number_of(&instance->files, store, &stored);
    bool good = instance_build(instance, &build, &faults);
    if (good && !stored)
        save(instance->slot.current, store);
    if (!good)
        fprintf(stderr, "%s", faults.text.data);
    /* Where the stored one is the same, it has the same faults. */
    if (!good && !stored && !strict)
        good = build_newest(instance, nvms, store, &faults.text);
    faults_done(&faults);
    return good;
}

bool boot_build(struct instance *instance, int nvms, const char *store, bool strict)
{
    if (!build(instance, nvms, store, strict))
        return false;
    carry_assets(instance->slot.current, store);
    return true;
}
