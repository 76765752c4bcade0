/* Options: sources and their order, every kind of value, and what refusals say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "server/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 32 };

/* main() has writable arguments by tradition; nothing writes to them. */
#define T(text) ((char *)(text))

/* Reads a command line of words divided by spaces. */
static bool read_words(const char *line, char **env, struct options *options, struct err *err)
{
    static char copy[1024];
    char *argv[MOST] = {T("timecapsule")};
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; *at && argc < MOST - 1;) {
        size_t len = strcspn(at, " ");
        argv[argc++] = at;
        at += len;
        if (*at)
            *at++ = '\0';
    }
    if (!options_read(argc, argv, env, options, err))
        return false;
    bool known = options_are_known(options, err);
    if (!known)
        options_done(options);
    return known;
}

static struct options good(const char *line, char **env)
{
    struct options options;
    struct err err = {0};
    if (!read_words(line, env, &options, &err))
        fail_msg("'%s' was refused: %s", line, err.text);
    return options;
}

static void defaults_are_those_of_the_help_text(void **state)
{
    (void)state;
    setenv("STATE_DIRECTORY", "/var/lib/tc:/other", 1);
    struct options o = good("serve", NULL);
    assert_string_equal(o.command, "serve");
    assert_int_equal(o.workers, 0);
    assert_int_equal(o.listen.count, 1);
    assert_string_equal(o.listen.items[0], "127.0.0.1:8080");
    assert_string_equal(o.admin_listen, "127.0.0.1:8081");
    assert_string_equal(o.data, "/var/lib/tc");
    assert_string_equal(o.database, "sqlite:///var/lib/tc/capsules.db");
    assert_string_equal(o.secret_file, "/var/lib/tc/secret");
    assert_non_null(o.time_zone);
    assert_null(o.public_url);
    assert_null(o.mail);
    assert_true(o.rate_limits && o.reminders);
    assert_false(o.watch || o.strict || o.migrate || o.help);
    assert_int_equal(o.log_level, LOG_INFO);
    assert_int_equal(o.log_format, LOG_TEXT);
    options_done(&o);

    unsetenv("STATE_DIRECTORY");
    setenv("HOME", "/home/someone", 1);
    o = good("", NULL);
    assert_null(o.command);
    assert_string_equal(o.data, "/home/someone/.local/state/timecapsule");
    options_done(&o);
}

static void the_application_is_found_above_the_program(void **state)
{
    (void)state;
    char cwd[2048] = "", program[4096] = "";
    struct options o = good("serve", NULL);
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    if (strncmp(program, cwd, strlen(cwd)) == 0 && access("scripts/main.lua", F_OK) == 0)
        assert_string_equal(o.app, cwd);
    else
        assert_non_null(strstr(o.app, "share/timecapsule"));
    options_done(&o);
}

static void every_option_is_read(void **state)
{
    (void)state;
    struct options o = good("serve --workers=4 --listen :9 --listen [::1]:10,unix:/run/tc.sock "
                            "--admin-listen off --public-url https://example.org/tc/ "
                            "--rate-limits off --database sqlite:///x.db --data /d "
                            "--time-zone Europe/Berlin --log-level debug --log-format json "
                            "--migrate --secret-file /s --reminders off",
                            NULL);
    assert_int_equal(o.workers, 4);
    assert_int_equal(o.listen.count, 3);
    assert_string_equal(o.listen.items[0], ":9");
    assert_string_equal(o.listen.items[1], "[::1]:10");
    assert_string_equal(o.listen.items[2], "unix:/run/tc.sock");
    assert_string_equal(o.admin_listen, "off");
    assert_string_equal(o.public_url, "https://example.org/tc");
    assert_false(o.rate_limits || o.reminders);
    assert_string_equal(o.database, "sqlite:///x.db");
    assert_string_equal(o.time_zone, "Europe/Berlin");
    assert_string_equal(o.secret_file, "/s");
    assert_true(o.migrate);
    assert_int_equal(o.log_level, LOG_DEBUG);
    assert_int_equal(o.log_format, LOG_JSON);
    options_done(&o);
}

static void words_behind_the_command_are_its_arguments(void **state)
{
    (void)state;
    struct options o = good("--data /d site new -- --help", NULL);
    assert_string_equal(o.command, "site");
    assert_int_equal(o.args.count, 2);
    assert_string_equal(o.args.items[0], "new");
    assert_string_equal(o.args.items[1], "--help");
    assert_false(o.help);
    options_done(&o);
    o = good("serve -h", NULL);
    assert_true(o.help);
    options_done(&o);
    o = good("--version", NULL);
    assert_string_equal(o.command, "version");
    options_done(&o);
}

static void relative_paths_become_absolute(void **state)
{
    (void)state;
    char cwd[2048], expected[4096];
    assert_non_null(getcwd(cwd, sizeof cwd));
    struct options o = good("serve --data var", NULL);
    snprintf(expected, sizeof expected, "%s/var", cwd);
    assert_string_equal(o.data, expected);
    snprintf(expected, sizeof expected, "sqlite://%s/var/capsules.db", cwd);
    assert_string_equal(o.database, expected);
    options_done(&o);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const struct option_setting *setting(const struct options *o, const char *name)
{
    for (size_t i = 0; i < o->nsettings; i++) {
        if (strcmp(o->settings[i].name, name) == 0)
            return &o->settings[i];
    }
    fail_msg("no setting %s", name);
    return NULL;
}

static void the_command_line_wins_over_environment_over_file(void **state)
{
    (void)state;
    char path[] = "/tmp/tc-options-XXXXXX", line[256], origin[64];
    close(mkstemp(path));
    write_file(path, "# a comment\n\nworkers = 1\n listen=:1, :2\t\nlog-level = error\n"
                     "required = name time\nkey_length = 12\nname_max = 5\r\n");
    char *env[] = {T("TIMECAPSULE_WORKERS=2"),     T("TIMECAPSULE_LOG_LEVEL=warn"),
                   T("TIMECAPSULE_KEY_LENGTH=20"), T("TIMECAPSULE_TIME_ZONE="),
                   T("TIMECAPSULE_NAME_MAX=6"),    T("OTHER=x"),
                   T("TIMECAPSULE_DATA=/e"),       NULL};
    snprintf(line, sizeof line, "serve --workers 3 --set key_length=32 --config %s", path);
    struct options o = good(line, env);
    assert_int_equal(o.workers, 3);
    assert_int_equal(o.log_level, LOG_WARN);
    assert_string_equal(o.data, "/e");
    assert_int_equal(o.listen.count, 2);
    assert_string_equal(o.listen.items[1], ":2");
    assert_int_equal(o.nsettings, 3);
    assert_string_equal(setting(&o, "key_length")->value, "32");
    assert_string_equal(setting(&o, "key_length")->origin, "--set");
    assert_string_equal(setting(&o, "name_max")->value, "6");
    assert_string_equal(setting(&o, "name_max")->origin, "TIMECAPSULE_NAME_MAX");
    assert_string_equal(setting(&o, "required")->value, "name time");
    snprintf(origin, sizeof origin, "%s:6", path);
    assert_string_equal(setting(&o, "required")->origin, origin);
    options_done(&o);

    char *list[] = {T("TIMECAPSULE_LISTEN=:7 :8"), NULL};
    snprintf(line, sizeof line, "serve --config=%s", path);
    o = good(line, list);
    assert_int_equal(o.listen.count, 2); /* a stronger list replaces a weaker one */
    assert_string_equal(o.listen.items[0], ":7");
    options_done(&o);
    unlink(path);
}

static void a_public_address_is_kept_as_browsers_send_it(void **state)
{
    static const char *const cases[][2] = {
        {"https://capsule.example", "https://capsule.example"},
        {"https://capsule.example/", "https://capsule.example"},
        {"https://b\xc3\xbc"
         "cher.example/kapsel/",
         "https://xn--bcher-kva.example/kapsel"},
        {"http://10.0.0.1:8080", "http://10.0.0.1:8080"},
        {"http://[::1]:8080/x", "http://[::1]:8080/x"},
        {"http://localhost:8080", "http://localhost:8080"},
        {"https://a.example/x/y-z_1.2", "https://a.example/x/y-z_1.2"},
        {"https://a.example:65535/%C3%BC", "https://a.example:65535/%C3%BC"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(mem_freep) char *line = mem_format("serve --public-url %s", cases[i][0]);
        struct options o = good(line, NULL);
        assert_string_equal(o.public_url, cases[i][1]);
        options_done(&o);
    }
}

static void mail_options_are_read(void **state)
{
    (void)state;
    char *env[] = {T("TIMECAPSULE_MAIL_PASSWORD=hush"), NULL};
    struct options o = good("serve --mail smtp://me@localhost:25 --mail-password-file /p "
                            "--mail-from a@b\xc3\xbc"
                            "cher.example",
                            env);
    assert_string_equal(o.mail, "smtp://me@localhost:25");
    assert_string_equal(o.mail_password, "hush");
    assert_string_equal(o.mail_password_file, "/p");
    assert_string_equal(o.mail_from, "a@xn--bcher-kva.example");
    assert_int_equal(o.nsettings, 0);
    options_done(&o);
}

static void limits_are_times_and_sizes(void **state)
{
    (void)state;
    struct options o = good("serve", NULL);
    assert_true(o.limits.on);
    assert_int_equal(o.limits.cpu, NS_PER_S);
    assert_int_equal(o.limits.hold, 250 * NS_PER_MS);
    assert_int_equal(o.limits.memory, 16 * 1024 * 1024);
    options_done(&o);
    o = good("serve --limits off --limit-cpu 2s --limit-hold 70ms --limit-memory 512KiB", NULL);
    assert_false(o.limits.on);
    assert_int_equal(o.limits.cpu, 2 * NS_PER_S);
    assert_int_equal(o.limits.hold, 70 * NS_PER_MS);
    assert_int_equal(o.limits.memory, 512 * 1024);
    options_done(&o);
}

static void doctor_alone_takes_a_reader(void **state)
{
    (void)state;
    struct options o =
        good("doctor --mail smtp://me@localhost:25 --mail-to you@example.org", NULL);
    assert_string_equal(o.mail, "smtp://me@localhost:25");
    assert_string_equal(o.mail_to, "you@example.org");
    assert_int_equal(o.args.count, 0);
    options_done(&o);
    o = good("--mail-to you@example.org doctor", NULL);
    assert_string_equal(o.mail_to, "you@example.org");
    options_done(&o);

    char *env[] = {T("TIMECAPSULE_MAIL_TO=you@example.org"), NULL};
    struct err err;
    assert_false(read_words("serve --mail-to you@example.org", NULL, &o, &err));
    assert_non_null(strstr(err.text, "--mail-to: this is for `timecapsule doctor --mail-to"));
    assert_false(read_words("doctor", env, &o, &err));
    assert_non_null(strstr(err.text, "TIMECAPSULE_MAIL_TO: this is for `timecapsule doctor"));
}

static void what_is_said_twice_is_told(void **state)
{
    (void)state;
    char *env[] = {T("TIMECAPSULE_WORKERS=2"), T("TIMECAPSULE_LISTEN=:3"), NULL};
    struct options o = good("serve --workers 3 --listen :1 --listen :2 --workers=4", env);
    assert_int_equal(o.workers, 4);
    assert_int_equal(o.warnings.count,
                     1); /* lists add, and a stronger source may speak again */
    assert_string_equal(o.warnings.items[0],
                        "--workers: 'workers' is given twice; the last one counts");
    options_done(&o);
    o = good("serve --set key_length=20 --set key_length=21", NULL);
    assert_string_equal(setting(&o, "key_length")->value, "21");
    assert_string_equal(o.warnings.items[0],
                        "--set: 'key_length' is given twice; the last one counts");
    options_done(&o);
}

static void a_misspelt_variable_is_told_with_what_is_near(void **state)
{
    (void)state;
    char *env[] = {T("TIMECAPSULE_LISTN=:1"), T("TIMECAPSULE_DATABASE_PASWORD=secret"),
                   T("TIMECAPSULE_ENTIRELY_ELSE=1"), NULL};
    struct options o = good("serve", env);
    assert_string_equal(setting(&o, "listn")->near, "listen");
    assert_string_equal(setting(&o, "database_pasword")->near, "database_password");
    assert_null(setting(&o, "entirely_else")->near);
    options_done(&o);
}

struct refusal {
    const char *line;
    const char *says[3];
};

static const struct refusal refusals[] = {
    {"serve --lisen :1", {"--lisen", "did you mean --listen?"}},
    {"serve --adminlisten :1", {"did you mean --admin-listen?"}},
    {"serve --completely-else", {"--completely-else", "--help", "--set"}},
    {"serve -w", {"-w", "--help"}},
    {"serve --workers", {"--workers needs a value"}},
    {"serve --workers=", {"--workers", "empty"}},
    {"serve --workers many", {"--workers", "'many'", "0 to 256"}},
    {"serve --workers 257", {"'257'", "0 to 256"}},
    {"serve --limit-cpu 2", {"'2'", "250ms or 10s"}},
    {"serve --limit-cpu 0s", {"'0s'", "250ms or 10s"}},
    {"serve --limit-memory 16MB", {"'16MB'", "512KiB or 16MiB"}},
    {"serve --workers -1", {"'-1'", "0 to 256"}},
    {"serve --listen 8080", {"--listen", "'8080'", "host:port"}},
    {"serve --listen ::1:80", {"'::1:80'", "[::1]:port"}},
    {"serve --listen :99999", {"':99999'"}},
    {"serve --listen unix:x", {"'unix:x'", "unix:/path"}},
    {"serve --listen ,", {"--listen", "at least one ADDR"}},
    {"serve --trusted-proxy 10.0.0", {"--trusted-proxy", "'10.0.0'", "10.0.0.0/8"}},
    {"serve --trusted-proxy 10.1.0.0/8", {"'10.1.0.0/8'", "write 10.0.0.0/8"}},
    {"serve --trusted-proxy fd00::/129", {"'fd00::/129'", "fd00::/8"}},
    {"serve --trusted-proxy localhost", {"'localhost'"}},
    {"serve --connections-per-client some", {"'some'", "0 to 1000000"}},
    {"serve --admin-listen on", {"--admin-listen", "'on'", "off"}},
    {"serve --rate-limits yes", {"--rate-limits", "'yes'", "neither on nor off"}},
    {"serve --watch=maybe", {"--watch", "'maybe'"}},
    {"serve --public-url example.org", {"--public-url", "https://"}},
    {"serve --public-url https://a:b@c", {"--public-url", "https://"}},
    {"serve --public-url https://", {"--public-url"}},
    {"serve --public-url https://a..b", {"--public-url", "https://"}},
    {"serve --public-url https://i\xe2\x9d\xa4.ws", {"--public-url", "https://"}},
    {"serve --public-url https://a.example:port", {"--public-url", "https://"}},
    {"serve --public-url https://a.example:123456", {"--public-url", "https://"}},
    {"serve --public-url https://a.example:0", {"--public-url", "https://"}},
    {"serve --public-url https://a.example:65536", {"--public-url", "https://"}},
    {"serve --public-url https://[a.example]", {"--public-url", "https://"}},
    {"serve --public-url https://[::1", {"--public-url", "https://"}},
    {"serve --public-url https://[10.0.0.1]", {"--public-url", "https://"}},
    {"serve --public-url https://10.0.0", {"--public-url", "https://"}},
    {"serve --public-url https://999.0.0.1", {"--public-url", "https://"}},
    {"serve --public-url https://a.example/x;y", {"--public-url", "https://"}},
    {"serve --public-url https://a.example/%zz", {"--public-url", "https://"}},
    {"serve --public-url https://a.example/x?y", {"--public-url", "https://"}},
    {"serve --public-url https://a.example//x", {"--public-url", "https://"}},
    {"serve --public-url https://a.example/../x", {"--public-url", "https://"}},
    {"serve --public-url https://a.example/<x>", {"--public-url", "https://"}},
    {"serve --database postgres://u@h/d", {"--database", "sqlite://", "mariadb://"}},
    {"serve --mail localhost", {"--mail", "smtp://"}},
    {"serve --mail-from a@b.example,c@d.example", {"--mail-from", "one address alone"}},
    {"serve --time-zone Mars/Olympus", {"--time-zone", "Mars/Olympus", "Europe/Berlin"}},
    {"serve --log-level loud", {"--log-level", "'loud'", "debug, info, warn, error"}},
    {"serve --log-format xml", {"--log-format", "'xml'", "text nor json"}},
    {"serve --set required", {"--set", "NAME=VALUE"}},
    {"serve --set listen=:1", {"--set", "--listen"}},
    {"serve --config /nowhere/at/all", {"--config", "/nowhere/at/all"}},
};

static void refusals_name_the_option_and_what_is_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct options options;
        struct err err = {0};
        if (read_words(refusals[i].line, NULL, &options, &err))
            fail_msg("'%s' was accepted", refusals[i].line);
        for (size_t j = 0; j < 3 && refusals[i].says[j]; j++) {
            if (!strstr(err.text, refusals[i].says[j]))
                fail_msg("'%s': no \"%s\" in \"%s\"", refusals[i].line, refusals[i].says[j],
                         err.text);
        }
    }
}

static void a_password_in_a_url_is_not_repeated(void **state)
{
    (void)state;
    struct options options;
    struct err err = {0};
    assert_false(read_words("serve --database mysql://u:hush@h/d", NULL, &options, &err));
    assert_null(strstr(err.text, "hush"));
    assert_false(read_words("serve --mail pop://u:hush@h", NULL, &options, &err));
    assert_null(strstr(err.text, "hush"));
}

static void faults_of_the_file_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } files[] = {{"\n\nworkers = x\n", ":3: workers: 'x'"},
                 {"workers 3\n", ":1: a line has to be"},
                 {"= 3\n", ":1: "},
                 {"config = other\n", ":1: 'config' cannot be set"}};
    char path[] = "/tmp/tc-options-XXXXXX", line[128];
    close(mkstemp(path));
    snprintf(line, sizeof line, "serve --config %s", path);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct options options;
        struct err err = {0};
        write_file(path, files[i].text);
        assert_false(read_words(line, NULL, &options, &err));
        if (!strstr(err.text, files[i].says))
            fail_msg("no \"%s\" in \"%s\"", files[i].says, err.text);
    }
    unlink(path);
}

static void a_fault_of_the_environment_names_the_variable(void **state)
{
    (void)state;
    char *env[] = {T("TIMECAPSULE_LOG_FORMAT=xml"), NULL};
    struct options options;
    struct err err = {0};
    assert_false(read_words("serve", env, &options, &err));
    assert_non_null(strstr(err.text, "TIMECAPSULE_LOG_FORMAT: 'xml'"));
}

static void a_variable_may_name_a_file_with_the_value(void **state)
{
    (void)state;
    char path[] = "/tmp/tc-options-XXXXXX", variable[64], secret[64];
    close(mkstemp(path));
    write_file(path, "mariadb://capsules@db/capsules\n");
    snprintf(variable, sizeof variable, "TIMECAPSULE_DATABASE_FILE=%s", path);
    snprintf(secret, sizeof secret, "TIMECAPSULE_SECRET_FILE=%s", path); /* an option's own */
    char *env[] = {variable, secret, NULL}, *missing[] = {T("TIMECAPSULE_DATA_FILE=/no"), NULL};
    struct options o = good("serve", env);
    assert_string_equal(o.database, "mariadb://capsules@db/capsules");
    assert_string_equal(o.secret_file, path);
    assert_int_equal(o.nsettings, 0);
    options_done(&o);
    unlink(path);
    struct err err = {0};
    assert_false(read_words("serve", missing, &o, &err));
    assert_string_equal(err.text, "TIMECAPSULE_DATA_FILE: cannot open '/no': No such file or "
                                  "directory");
}

static void help_lists_options_and_their_defaults(void **state)
{
    (void)state;
    struct buf out = {NULL, 0, 0};
    options_help(&out);
    assert_non_null(strstr(out.data, "--listen ADDR"));
    assert_non_null(strstr(out.data, "127.0.0.1:8080"));
    assert_non_null(strstr(out.data, "--site DIR"));
    assert_null(strstr(out.data, "not yet"));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_help_text),
        cmocka_unit_test(the_application_is_found_above_the_program),
        cmocka_unit_test(every_option_is_read),
        cmocka_unit_test(words_behind_the_command_are_its_arguments),
        cmocka_unit_test(relative_paths_become_absolute),
        cmocka_unit_test(the_command_line_wins_over_environment_over_file),
        cmocka_unit_test(a_public_address_is_kept_as_browsers_send_it),
        cmocka_unit_test(mail_options_are_read),
        cmocka_unit_test(limits_are_times_and_sizes),
        cmocka_unit_test(doctor_alone_takes_a_reader),
        cmocka_unit_test(what_is_said_twice_is_told),
        cmocka_unit_test(a_misspelt_variable_is_told_with_what_is_near),
        cmocka_unit_test(refusals_name_the_option_and_what_is_allowed),
        cmocka_unit_test(a_password_in_a_url_is_not_repeated),
        cmocka_unit_test(faults_of_the_file_name_the_line),
        cmocka_unit_test(a_fault_of_the_environment_names_the_variable),
        cmocka_unit_test(a_variable_may_name_a_file_with_the_value),
        cmocka_unit_test(help_lists_options_and_their_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
