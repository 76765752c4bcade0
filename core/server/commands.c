/* See commands.h. */
#include "server/commands.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "generation/settings.h"
#include "server/act.h"
#include "server/app.h"
#include "server/backup.h"
#include "server/check.h"
#include "server/command_files.h"
#include "server/console_command.h"
#include "server/control.h"
#include "server/doctor.h"
#include "server/harden.h"
#include "server/host.h"
#include "server/instance.h"
#include "server/option_readers.h"
#include "server/option_table.h"
#include "server/options.h"
#include "server/record.h"
#include "server/restore.h"
#include "server/runner.h"
#include "server/secret_command.h"
#include "server/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const struct err *err)
{
    fprintf(stderr, "timecapsule: %s\n", err->text);
    return 1;
}

/* ---- the application's commands ---- */

static int run(const struct options *options, struct run_plan plan)
{
    int status;
    runner_run(options, &plan, &status);
    return status;
}

static int run_without_database(const struct options *options)
{
    return run(options, (struct run_plan){0});
}

static int run_with_database(const struct options *options)
{
    return run(options, (struct run_plan){.database = true});
}

/* Where there is something to put, as a server does, its place is made. */
static int run_import(const struct options *options)
{
    static const char asks[] = "--mail-settings";
    bool puts = true;
    for (size_t i = 0; i < options->args.count; i++)
        puts = puts && strncmp(options->args.items[i], asks, sizeof asks - 1) != 0;
    return run(options, (struct run_plan){.database = puts, .make = puts});
}

/* Words that name a file of the folder where they were typed still do in another one. */
static bool go_to(const char *folder, const struct option_list *typed,
                  struct option_list *ret_words, struct err *err)
{
    for (size_t i = 0; i < typed->count; i++) {
        const char *word = typed->items[i];
        CLEANUP(mem_freep) char *path = access(word, F_OK) == 0 ? option_path(word) : NULL;
        option_list_add(ret_words, path ? path : word);
    }
    return chdir(folder) == 0 ||
           err_set(err, ERR_IO, "cannot enter %s: %s", folder, strerror(errno));
}

/* Of a database that is named: is its secret there, or said to be? */
static bool has_secret(const struct options *given)
{
    CLEANUP(mem_freep) char *usual = mem_format("%s/secret", given->data);
    return given->database_told &&
           (strcmp(given->secret_file, usual) != 0 || access(usual, F_OK) == 0);
}

/* In a folder of their own, on a database in it unless --database names another, which knows
 * the secret again that specs have: nobody's. */
static int run_specs(const struct options *given, char *folder)
{
    static const char line[] =
        "7370656373706563737065637370656373706563737065637370656373706563\n";
    struct options options = *given;
    CLEANUP(mem_freep) char *database = mem_format("sqlite://%s/spec.db", folder);
    CLEANUP(mem_freep) char *secret = mem_format("%s/secret", folder);
    CLEANUP(mem_freep) char *aside = mem_format("%s.new", secret);
    options.data = folder;
    if (!given->database_told)
        options.database = database;
    if (!has_secret(given) && file_place(secret, aside, slice_of(line), true))
        options.secret_file = secret;
    options.mail = NULL; /* letters of specs become files, whatever is set up */
    return run(&options, (struct run_plan){.database = true, .open = true});
}

/* `site check` is a command of the application's, which knows its own names; so is what `site
 * diff` says of names behind what it says of files. */
static int run_site(const struct options *given)
{
    static char name[] = "site_check";
    static char taken[] = "--taken";
    char *words[] = {taken};
    const char *verb = given->args.count > 0 ? given->args.items[0] : "";
    bool diff = strcmp(verb, "diff") == 0;
    int status = strcmp(verb, "check") != 0 ? site_run(given) : 0;
    if (status > 1 || (strcmp(verb, "check") != 0 && !diff))
        return status;
    struct options options = *given;
    options.command = name;
    options.args.items++;
    options.args.count--;
    if (diff) {
        options.args = (struct option_list){.items = words, .count = 1};
        log_setup(LOG_ERROR, given->log_format); /* it prints what loading warns of */
    }
    int told = run_without_database(&options);
    return status ? status : told;
}

/* Specs of the site, or else of the folder that one stands in. */
static int run_test(const struct options *given)
{
    struct options options = *given;
    CLEANUP(option_list_done) struct option_list words = {0};
    char *folder;
    struct err err;
    if (given->site) {
        if (!go_to(given->site, &given->args, &words, &err))
            return fail(&err);
        options.args = words;
    }
    if (!file_scratch(&folder, &err))
        return fail(&err);
    int status = run_specs(&options, folder);
    file_remove_folder(folder);
    return status;
}

/* ---- the host's own ---- */

static int run_version(const struct options *options)
{
    (void)options;
    printf("timecapsule %s\n%s\n", TC_VERSION, TC_BUILD);
    return 0;
}

enum { CONTROL_S = 600 }; /* a reload waits for its turn */

/* A server that watches its files loads again what it could not load before. */
static void tell_migrated(const struct options *options)
{
    CLEANUP(mem_freep) char *path = mem_format("%s/control.sock", options->data);
    struct buf answer = {0};
    struct err err;
    bool yes = false;
    if (control_ask(path, "migrated", CONTROL_S, &yes, &answer, &err) && yes)
        printf("the running server has loaded its files: %s", answer.data);
    buf_done(&answer);
}

static int run_migrate(const struct options *options)
{
    struct instance instance;
    struct err err;
    int applied = 0;
    bool good = instance_read(&instance, options, &err) &&
                instance_open_database(&instance, true, &err) &&
                instance_migrate(&instance, &instance.files, true, &applied, &err);
    instance_close(&instance);
    if (!good)
        return fail(&err);
    if (applied > 0)
        printf("applied %d statements\n", applied);
    else
        printf("nothing to do: the database is up to date\n");
    tell_migrated(options);
    return 0;
}

static char *join_words(const struct options *options)
{
    struct buf words = {0};
    for (size_t i = 0; i < options->args.count; i++)
        buf_addf(&words, "%s%s", i ? " " : "", options->args.items[i]);
    buf_adds(&words, "");
    return words.data ? words.data : mem_text("");
}

static int run_control(const struct options *options)
{
    CLEANUP(mem_freep) char *words = join_words(options);
    CLEANUP(mem_freep) char *path = mem_format("%s/control.sock", options->data);
    CLEANUP(mem_freep)
    char *line = mem_format("%s%s%s", options->command, *words ? " " : "", words);
    struct err err;
    struct buf answer = {0};
    bool yes = false;
    if (!control_ask(path, line, CONTROL_S, &yes, &answer, &err)) {
        if (err.kind == ERR_STATE)
            err_set(&err, ERR_STATE,
                    "no server runs on the data folder %s%s; --data names another (`make run` "
                    "uses ./var)",
                    options->data,
                    access(options->data, F_OK) == 0 ? "" : ", which is not there");
        return fail(&err);
    }
    fprintf(yes ? stdout : stderr, "%s%s",
            yes ? "" : "timecapsule: ", answer.len ? answer.data : "");
    if (answer.len && answer.data[answer.len - 1] != '\n')
        fputc('\n', yes ? stdout : stderr);
    buf_done(&answer);
    return yes ? 0 : 1;
}

/* What the server would not understand is not asked. */
static int run_act(const struct options *options)
{
    CLEANUP(mem_freep) char *words = join_words(options);
    struct act act;
    struct err err;
    if (act_read(options->command, words, &act, &err))
        return run_control(options);
    fail(&err);
    return 2;
}

enum { ANY = -1, OWN = -2 };

static const struct {
    const char *name, *help;
    int (*run)(const struct options *options);
    int arguments; /* at most; ANY: it judges them itself; OWN: and options that are not ours */
} commands[] = {
    {"serve", "run the server", NULL, 0},
    {"status", "ask the running server how it is", run_control, 0},
    {"migrate", "bring the database up to date", run_migrate, 0},
    {"routes", "list the application's routes", run_without_database, 0},
    {"test", "run specs inside the host: test [busted's arguments]", run_test, ANY},
    {"version", "print the version, and what it was built by and with", run_version, 0},
    {"reload",
     "load changed files into the running server: reload [--preview|--accept|--discard] "
     "[--confirm SECONDS]",
     run_act, OWN},
    {"rollback", "go back to the generation before", run_act, OWN},
    {"upgrade", "let the program that is installed now take over, and refuse nobody", run_act,
     OWN},
    {"check", "judge the application's files, as a reload would", check_run, 0},
    {"remind", "send the letters that are due once, for cron", run_with_database, 0},
    {"import", "bring an export: import FILE; take over another site: --from FILE|URL",
     run_import, OWN},
    {"export", "write everything to a file: export FILE [--with-secret]", run_with_database,
     OWN},
    {"backup", "copy the database while it is used: backup FILE [--keep N]", backup_run, OWN},
    {"restore", "bring a backup back: restore FILE [--force]", restore_run, OWN},
    {"secret", "which server secrets there are: secret [add|rotate|lost]", secret_run, 1},
    {"doctor", "judge the installation; --mail-to ADDRESS sends a trial letter", doctor_run, 0},
    {"site",
     "make or compare an overlay: site new DIR | add page|migration NAME | copy PATH… | diff | "
     "accept | check --against VERSION",
     run_site, OWN},
    {"app", "begin an application: app new DIR", app_run, ANY},
    {"admin-token",
     "let somebody into the admin pages; --list shows who may, --revoke ID ends it",
     run_with_database, OWN},
    {"console", "a Lua prompt inside the application", console_command, 0},
};

enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

/* NCOMMANDS: it is none of the table's. */
static size_t place_of(const char *name)
{
    size_t place = 0;
    while (place < NCOMMANDS && strcmp(commands[place].name, name) != 0)
        place++;
    return place;
}

/* Commands that are files alone, as a site's are. */
static void help_commands(const struct vm_files *files, struct buf *out)
{
    CLEANUP(command_files_done) struct command_files list;
    command_files_of(files, &list);
    for (size_t i = 0; i < list.count; i++)
        if (place_of(list.items[i].name) == NCOMMANDS)
            buf_addf(out, "  %-12s %.*s\n", list.items[i].name, (int)list.items[i].help.len,
                     list.items[i].help.data);
}

static int help(const struct options *options)
{
    struct buf text = {0};
    struct snapshot files = {0};
    struct err err;
    bool good = snapshot_read(options->app, options->site, &files, &err);
    buf_adds(&text, "usage: timecapsule COMMAND [--option value]… [argument]…\n\ncommands:\n");
    for (size_t i = 0; i < NCOMMANDS; i++)
        buf_addf(&text, "  %-12s %s\n", commands[i].name, commands[i].help);
    if (good)
        help_commands(&files.files, &text);
    buf_addc(&text, '\n');
    options_help(&text);
    buf_adds(&text, "\nsettings of the application (--set NAME=VALUE):\n");
    if (!good || !settings_help(&files, &text, &err))
        buf_addf(&text, "  (%s)\n", err.text);
    fwrite(text.data, 1, text.len, stdout);
    snapshot_done(&files);
    buf_done(&text);
    return 0;
}

/* What the command is for, and which options it has of its own: its table says so. */
static int help_application(const struct options *given)
{
    struct options options = *given;
    char word[] = "--help", *words[] = {word};
    options.args = (struct option_list){words, 1};
    return run_without_database(&options);
}

/* The options that `help` lists are those of `serve`. */
static int help_about(const struct options *given)
{
    struct options options = *given;
    const char *name = given->command ? given->command : "help";
    if (strcmp(name, "help") == 0) /* `help NAME` is `NAME --help` */
        name = given->args.count > 0 ? given->args.items[0] : "serve";
    options.command = (char *)name;
    size_t own = place_of(name);
    if (own < NCOMMANDS && commands[own].run)
        return printf("usage: timecapsule %s [--option value]… [argument]…\n\n%s\n\n"
                      "`timecapsule --help` has every option\n",
                      name, commands[own].help) < 0;
    return command_files_has(&options, name) ? help_application(&options) : help(given);
}

static int no_command(const struct options *options)
{
    const char *name = options->command;
    struct nearest nearest = nearest_to(slice_of(name));
    CLEANUP(snapshot_done) struct snapshot files = {0};
    CLEANUP(command_files_done) struct command_files list = {0};
    struct err err;
    if (snapshot_read(options->app, options->site, &files, &err))
        command_files_of(&files.files, &list);
    for (size_t i = 0; i < NCOMMANDS; i++)
        nearest_offer(&nearest, commands[i].name);
    for (size_t i = 0; i < list.count; i++)
        nearest_offer(&nearest, list.items[i].name);
    CLEANUP(mem_freep)
    char *advice = nearest.word ? mem_format("did you mean '%s'?", nearest.word)
                                : mem_text("`timecapsule --help` lists them");
    fprintf(stderr, "timecapsule: there is no command '%s'; %s%s\n", name, advice,
            options->site ? "" : " A site's own is called with --site DIR");
    return 2;
}

/* A folder is most likely meant for a site. */
static int too_many(const struct options *options, size_t most)
{
    const char *word = options->args.items[most];
    struct stat found;
    bool folder = stat(word, &found) == 0 && S_ISDIR(found.st_mode);
    CLEANUP(mem_freep)
    char *advice = folder ? mem_format("a site is given by --site %s", word)
                          : mem_text("options begin with --");
    fprintf(stderr, "timecapsule: '%s' takes no argument '%s'; %s\n", options->command, word,
            advice);
    return 2;
}

static int not_understood(const struct err *err)
{
    fail(err);
    return 2;
}

/* What the process does not need is given up before it opens anything. */
static int serve(const struct options *options, int argc, char **argv, char **env)
{
    struct err err;
    return harden(options, &err) ? host_serve(options, argc, argv, env) : fail(&err);
}

/* What the audit calls it; NULL: it asks, or is recorded by who does it. */
static const char *act_of(const struct options *options)
{
    static const char *const acts[] = {"migrate",    "backup",        "restore",
                                       "secret_add", "secret_rotate", "secret_lost"};
    bool of_secret = strcmp(options->command, "secret") == 0 && options->args.count > 0;
    CLEANUP(mem_freep)
    char *name = of_secret ? mem_format("secret_%s", options->args.items[0])
                           : mem_text(options->command);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i], name) == 0)
            return acts[i];
    return NULL;
}

/* Where it has failed there may be no database to tell it to. */
static int recorded(const struct options *options, int status)
{
    const char *act = act_of(options);
    CLEANUP(mem_freep) char *words = join_words(options);
    CLEANUP(mem_freep) char *failed = mem_format("failed (status %d)", status);
    const struct record record = {act, act && strchr(act, '_') ? "" : words,
                                  status == 0 ? "done" : failed};
    struct err err;
    if (act && !record_command(options, &record, &err) && status == 0)
        fprintf(stderr, "timecapsule: %s: it is not in the audit: %s\n", options->command,
                err.text);
    return status;
}

static int run_own(size_t which, const struct options *options, int argc, char **argv,
                   char **env)
{
    size_t most = (size_t)commands[which].arguments;
    if (commands[which].arguments >= 0 && options->args.count > most)
        return too_many(options, most);
    return commands[which].run ? recorded(options, commands[which].run(options))
                               : serve(options, argc, argv, env);
}

static int dispatch(const struct options *options, int argc, char **argv, char **env)
{
    const char *name = options->command;
    size_t own = place_of(name ? name : "");
    bool application = name && own == NCOMMANDS && command_files_has(options, name);
    struct err err;
    bool judges = own < NCOMMANDS && commands[own].arguments == OWN;
    if (!application && !judges && !options_are_known(options, &err))
        return not_understood(&err);
    if (!name) {
        fprintf(stderr, "timecapsule: which command? `timecapsule --help` lists them\n");
        return 2;
    }
    if (own < NCOMMANDS)
        return run_own(own, options, argc, argv, env);
    return application ? run_with_database(options) : no_command(options);
}

int commands_main(int argc, char **argv, char **env)
{
    CLEANUP(options_done) struct options options = {0};
    struct err err;
    if (!crypto_setup(&err))
        return fail(&err);
    if (!options_read(argc, argv, env, &options, &err))
        return not_understood(&err);
    if (options.help || (options.command && strcmp(options.command, "help") == 0))
        return help_about(&options);
    log_setup(options.log_level, options.log_format);
    for (size_t i = 0; i < options.warnings.count; i++)
        log_line(LOG_WARN, "%s", options.warnings.items[i]);
    return dispatch(&options, argc, argv, env);
}
