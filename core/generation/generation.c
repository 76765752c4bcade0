/* Builds a generation step by step, collecting faults.  See generation.h. */
#include "generation/generation.h"

#include "base/mem.h"
#include "base/str.h"
#include "bind/modules.h"
#include "generation/application.h"
#include "generation/uses.h"
#include "vm/trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vm_file *file_from(const struct vm_files *files, const char *origin)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].origin, origin) == 0)
            return &files->items[i];
    return NULL;
}

/* What a site adds has names that no later version of the application will take. */
static void check_names(const struct vm_files *files, const struct statement_set *set,
                        struct faults *faults)
{
    static const char space[] = "site.";
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->items[i];
        const struct vm_file *file = file_from(files, statement->file);
        if (!file || !snapshot_is_site(file) || file->replaces ||
            strncmp(statement->name, space, sizeof space - 1) == 0)
            continue;
        struct buf text = {0};
        buf_addf(&text, "a site's own statements are named site.…, not '%s'", statement->name);
        faults_add(faults, statement->file, statement->line, text.data);
        buf_done(&text);
    }
}

/* An editor's copies ("x.sql.bak", ".x.sql.swp") are none. */
static bool is_sql(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".sql") == 0;
}

static void load_statements(struct generation *generation, const struct generation_plan *plan,
                            struct faults *faults)
{
    static const char root[] = "sql/queries/";
    const struct vm_files *files = &generation->files.files;
    size_t from = files_from(files, root), count = 0;
    struct statement_source *sources = mem_new(files->count, sizeof *sources);
    for (size_t i = from; i < files->count; i++) {
        const struct vm_file *file = &files->items[i];
        if (strncmp(file->path, root, sizeof root - 1) != 0)
            break;
        if (is_sql(file->path))
            sources[count++] = (struct statement_source){file->origin, file->bytes};
    }
    const struct db_driver *const *drivers = plan->host->drivers;
    const struct sql_dialect *dialect = plan->dialect ? plan->dialect : drivers[0]->dialect;
    if (plan->db)
        dialect = plan->db->driver->dialect;
    generation->statements =
        statement_set_new(sources, count, dialect, drivers, faults_take, faults);
    free(sources);
    check_names(files, generation->statements, faults);
    struct err err;
    if (plan->db && !db_check(plan->db, generation->statements, faults_take, faults, &err))
        faults_add(faults, NULL, 0, err.text);
}

static const char *asset_url(const struct assets *assets, const char *path)
{
    const struct asset *asset = assets_find(assets, path);
    return asset ? asset->url : NULL;
}

/* What the modules of one of its states reach. */
static struct bind_state *new_bind_state(struct generation *generation,
                                         const struct bind_host *host)
{
    struct bind_state *state = mem_new(1, sizeof *state);
    state->host = host;
    state->generation = generation->number;
    state->judges = generation->nvms == 0;
    state->digest = generation->digest;
    state->files = &generation->files.files;
    state->given = generation->given;
    state->ngiven = generation->ngiven;
    state->statements = generation->statements;
    state->assets = &generation->assets;
    state->asset_url = asset_url;
    state->trail = host->watch ? trail_new() : NULL;
    return state;
}

static bool new_state(struct generation *generation, const struct generation_plan *plan,
                      struct faults *faults)
{
    struct err err;
    const struct vm_plan made = {.limits = &plan->host->limits,
                                 .files = &generation->files.files,
                                 .label = generation->label,
                                 .modules = bind_modules,
                                 .bound = new_bind_state(generation, plan->host),
                                 .open = plan->open};
    if (vm_new(&made, &generation->vms[generation->nvms], &err)) {
        generation->nvms++;
        return true;
    }
    bind_state_free(made.bound);
    faults_add(faults, NULL, 0, err.text);
    return false;
}

static bool load_states(struct generation *generation, const struct generation_plan *plan,
                        struct faults *faults)
{
    struct names names = {0};
    struct application_plan application = {&generation->files, generation->given,
                                           generation->ngiven, &generation->routes, &names};
    generation->vms = mem_new((size_t)plan->nvms, sizeof(struct vm *));
    for (int i = 0; i < plan->nvms; i++) {
        if (!new_state(generation, plan, faults))
            return false;
        if (i == 0) /* loaded all the same: all faults are told */
            application_compile(generation->vms[i], &names, faults);
        bool good = application_load(generation->vms[i], &application, faults);
        names_done(&names); /* the same in each state, as are the routes */
        if (!good)
            return false;
        application.routes = NULL;
    }
    return true;
}

static void add_setting(struct generation *generation, const struct setting_given *given)
{
    for (size_t i = 0; i < generation->ngiven; i++)
        if (strcmp(generation->given[i].name, given->name) == 0)
            return;
    struct setting_given *copy = &generation->given[generation->ngiven++];
    *copy = *given;
    copy->name = mem_text(given->name);
    copy->value = mem_text(given->value);
    copy->origin = mem_text(given->origin);
}

/* Those of the process, then those of the snapshot, which may be an older one. */
static void copy_settings(struct generation *generation, const struct generation_plan *plan)
{
    const struct snapshot *files = &generation->files;
    generation->given = mem_new(plan->ngiven + files->ngiven, sizeof *generation->given);
    for (size_t i = 0; i < plan->ngiven; i++)
        if (!plan->given[i].in_file)
            add_setting(generation, &plan->given[i]);
    for (size_t i = 0; i < files->ngiven; i++)
        add_setting(generation, &files->given[i]);
}

static void free_settings(struct generation *generation)
{
    for (size_t i = 0; i < generation->ngiven; i++) {
        free((char *)generation->given[i].name);
        free((char *)generation->given[i].value);
        free((char *)generation->given[i].origin);
    }
    free(generation->given);
}

/* Files, what is ready to be sent of them, and the states. */
static size_t measure(const struct generation *generation)
{
    size_t bytes = 0;
    for (size_t i = 0; i < generation->files.files.count; i++)
        bytes += generation->files.files.items[i].bytes.len;
    for (size_t i = 0; i < generation->assets.count; i++)
        bytes += generation->assets.items[i].http.gzip.len;
    for (int i = 0; i < generation->nvms; i++)
        bytes += (size_t)generation->vms[i]->memory.used;
    return bytes;
}

void generation_digest(const struct snapshot *files, struct buf *out)
{
    str_hex((struct slice){(const char *)files->digest, 8}, out);
}

bool generation_build(const struct generation_plan *plan, struct faults *faults,
                      struct generation **ret_generation)
{
    struct generation *generation = mem_new(1, sizeof *generation);
    generation->references = 1;
    generation->number = plan->number;
    generation->bytes_of = plan->number;
    generation->unchecked = !plan->db;
    snprintf(generation->label, sizeof generation->label, "%u", plan->number);
    generation->files = *plan->files;
    *plan->files = (struct snapshot){0};
    copy_settings(generation, plan);
    struct buf hex = {0};
    generation_digest(&generation->files, &hex);
    snprintf(generation->digest, sizeof generation->digest, "%s", hex.data);
    buf_done(&hex);
    assets_build(&generation->files, plan->before ? &plan->before->assets : NULL,
                 &generation->assets);
    load_statements(generation, plan, faults);
    uses_check(&generation->files, generation->statements, faults);
    if (!load_states(generation, plan, faults)) {
        faults_excerpt(faults, &generation->files.files);
        generation_free(generation);
        return false;
    }
    generation->bytes = measure(generation);
    *ret_generation = generation;
    return true;
}

struct generation *generation_ref(struct generation *generation)
{
    __atomic_add_fetch(&generation->references, 1, __ATOMIC_RELAXED);
    return generation;
}

void generation_unref(struct generation *generation)
{
    if (!generation || __atomic_sub_fetch(&generation->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (generation->retired)
        generation->retired(generation, generation->owner);
    else
        generation_free(generation);
}

void generation_free(struct generation *generation)
{
    for (int i = 0; i < generation->nvms; i++) {
        struct bind_state *state = generation->vms[i]->plan.bound;
        vm_free(generation->vms[i]);
        bind_state_free(state);
    }
    free(generation->vms);
    statement_set_unref(generation->statements);
    routes_done(&generation->routes);
    assets_done(&generation->assets);
    snapshot_done(&generation->files);
    free_settings(generation);
    free(generation);
}

struct generation *generation_pin(struct generation_slot *slot)
{
    return generation_ref(__atomic_load_n(&slot->current, __ATOMIC_SEQ_CST));
}

struct generation *generation_switch(struct generation_slot *slot,
                                     struct generation *generation)
{
    return __atomic_exchange_n(&slot->current, generation, __ATOMIC_SEQ_CST);
}
