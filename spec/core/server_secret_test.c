/* The server secret, against a database that is one row in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "server/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a database that knows three statements -------------------------------------------- */

static struct {
    bool there, begun;
    unsigned char verifier[CRYPTO_KEY];
    char history[256]; /* "": none */
    /* What another host writes just before our INSERT. */
    const unsigned char *rival;
    int inserts, updates, open_sessions;
} meta;

static bool fake_open(struct db *db, struct db_session **ret_session, struct err *err)
{
    (void)db;
    (void)err;
    meta.open_sessions++;
    *ret_session = (struct db_session *)&meta;
    return true;
}

static void fake_close(struct db_session *session)
{
    (void)session;
    meta.open_sessions--;
}

static void add_row(struct db_result *result, const char *name, const void *value, size_t len)
{
    struct db_value *row = db_result_add_row(result);
    db_value_set_bytes(&row[0], DB_TEXT, name, strlen(name));
    db_value_set_bytes(&row[1], DB_BYTES, value, len);
}

static const char *name_column(void *of, size_t index)
{
    (void)of;
    return index ? "value" : "name";
}

static bool fake_select(struct db_result *result)
{
    db_result_columns(result, 2, name_column, NULL, NULL);
    if (meta.history[0])
        add_row(result, "secret_history", meta.history, strlen(meta.history));
    if (meta.there)
        add_row(result, "secret_verifier", meta.verifier, CRYPTO_KEY);
    return true;
}

static bool insert_history(const struct db_value *value, struct err *err)
{
    if (meta.history[0])
        return err_set(err, ERR_CONFLICT, "UNIQUE constraint failed");
    snprintf(meta.history, sizeof meta.history, "%s", value->bytes.data);
    return true;
}

static bool insert_verifier(struct err *err)
{
    if (meta.rival) {
        memcpy(meta.verifier, meta.rival, CRYPTO_KEY);
        meta.there = true;
    }
    if (meta.there)
        return err_set(err, ERR_CONFLICT, "UNIQUE constraint failed");
    meta.inserts++;
    return true;
}

static bool insert(const struct db_value *args, struct db_result *result, struct err *err)
{
    bool history = strcmp(args[1].bytes.data, "secret_history") == 0;
    result->affected = 1;
    if (history)
        return insert_history(&args[0], err);
    if (!insert_verifier(err))
        return false;
    meta.there = true;
    memcpy(meta.verifier, args[0].bytes.data, CRYPTO_KEY);
    return true;
}

/* Only where it is what was seen, and in a transaction. */
static bool update(const struct db_value *args, size_t nargs, struct db_result *result)
{
    assert_int_equal(nargs, 3);
    assert_true(meta.begun);
    assert_int_equal(args[0].bytes.len, CRYPTO_KEY);
    if (memcmp(meta.verifier, args[2].bytes.data, CRYPTO_KEY) != 0)
        return true;
    memcpy(meta.verifier, args[0].bytes.data, CRYPTO_KEY);
    meta.updates++;
    result->affected = 1;
    return true;
}

static bool fake_run(struct db_session *session, const char *sql, const struct db_value *args,
                     size_t nargs, struct db_result *ret_result, struct err *err)
{
    (void)session;
    if (strncmp(sql, "SELECT", 6) == 0)
        return fake_select(ret_result);
    if (strncmp(sql, "INSERT", 6) == 0)
        return insert(args, ret_result, err);
    if (strncmp(sql, "UPDATE", 6) == 0)
        return update(args, nargs, ret_result);
    if (strncmp(sql, "DELETE", 6) == 0)
        meta.history[0] = '\0';
    else
        meta.begun = strcmp(sql, "BEGIN") == 0;
    return true;
}

static const struct db_driver driver = {.begin = "BEGIN",
                                        .session_open = fake_open,
                                        .session_run = fake_run,
                                        .session_close = fake_close};
static struct db db = {.driver = &driver};

/* --- each test has an empty folder ----------------------------------------------------- */

static char folder[64], path[96];

static int prepare(void **state)
{
    (void)state;
    memset(&meta, 0, sizeof meta);
    snprintf(folder, sizeof folder, "/tmp/tc-secret-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/secret", folder);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when anything else was left behind */
}

static void write_secret(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void refused(enum err_kind kind, const char *says)
{
    struct secrets secret;
    struct err err = {0};
    assert_false(secret_open(path, &db, true, &secret, &err));
    assert_int_equal(meta.open_sessions, 0);
    if (err.kind != kind || !strstr(err.text, says))
        fail_msg("expected %s \"%s\", got %s \"%s\"", err_kind_name(kind), says,
                 err_kind_name(err.kind), err.text);
}

static struct secrets opened(void)
{
    struct secrets secret;
    struct err err = {0};
    if (!secret_open(path, &db, true, &secret, &err))
        fail_msg("refused: %s", err.text);
    assert_int_equal(meta.open_sessions, 0);
    return secret;
}

static const char *const line_a =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
static const char *const line_b =
    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static void a_new_database_gets_a_new_secret(void **state)
{
    (void)state;
    struct secrets first = opened();
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(file.st_size, 2 * CRYPTO_KEY + 1);
    assert_int_equal(first.count, 1);
    assert_int_equal(meta.inserts, 1);
    assert_memory_not_equal(meta.verifier, first.items[0].key, CRYPTO_KEY);

    struct secrets again = opened();
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(meta.inserts, 1);
    assert_int_equal(meta.updates, 0);
}

static void a_file_without_a_verifier_is_taken(void **state)
{
    (void)state;
    write_secret(line_a, 0400);
    struct secrets secret = opened();
    assert_int_equal(secret.items[0].key[31], 0x1f);
    assert_int_equal(meta.inserts, 1);
}

static void a_verifier_without_its_file_is_refused(void **state)
{
    (void)state;
    opened();
    unlink(path);
    refused(ERR_STATE, "--secret-file");
    assert_int_not_equal(access(path, F_OK), 0);
}

static void another_secret_is_refused(void **state)
{
    (void)state;
    write_secret(line_a, 0600);
    opened();
    write_secret(line_b, 0600);
    refused(ERR_STATE, "is not the one");
    assert_int_equal(access(path, F_OK), 0); /* the admin's file stays */
}

static void a_previous_secret_hands_over_to_the_current(void **state)
{
    (void)state;
    char both[256];
    write_secret(line_a, 0600);
    opened();
    snprintf(both, sizeof both, "%s\n%s", line_b, line_a);
    write_secret(both, 0600);
    struct secrets secret = opened();
    assert_int_equal(secret.count, 2);
    assert_int_equal(secret.items[0].key[0], 0xff);
    assert_int_equal(secret.items[1].key[0], 0x00);
    assert_int_equal(meta.updates, 1);

    assert_int_equal(secret.items[0].state, SECRET_CURRENT);
    assert_int_equal(secret.items[1].state, SECRET_PREVIOUS);
    assert_true(secret.items[0].since > 0);

    write_secret(line_b, 0600); /* the previous one may go now */
    secret = opened();
    assert_int_equal(meta.updates, 1);
    assert_true(secret.lost);
}

static void lines(const char *first, const char *second)
{
    char both[256];
    snprintf(both, sizeof both, "%s%s", first, second);
    write_secret(both, 0600);
}

static void one_behind_that_was_never_current_is_the_next(void **state)
{
    (void)state;
    write_secret(line_a, 0600);
    opened();
    lines(line_a, line_b);
    struct secrets secret = opened();
    assert_int_equal(meta.updates, 0);
    assert_int_equal(secret.items[1].state, SECRET_NEXT);
    assert_int_equal(secret.items[1].since, 0);
    assert_false(secret.lost);
}

static void the_next_is_promoted_and_the_order_of_lines_counts_no_more(void **state)
{
    (void)state;
    struct secret_word word;
    struct err err;
    write_secret(line_a, 0600);
    opened();
    lines(line_a, line_b);
    struct secrets secret = opened();
    assert_true(secret_word_ask(&db, NULL, &word, &err));
    assert_true(secret_promote(&db, NULL, &word, &secret, 1, &err));
    assert_false(meta.begun);
    assert_int_equal(secret.items[0].key[0], 0xff);
    assert_int_equal(secret.items[1].state, SECRET_PREVIOUS);

    secret = opened(); /* from the file, where the old one is still first */
    assert_int_equal(meta.updates, 1);
    assert_int_equal(secret.items[0].key[0], 0xff);
    assert_int_equal(secret.items[0].state, SECRET_CURRENT);
    assert_int_equal(secret.items[1].state, SECRET_PREVIOUS);

    /* Who was slower has seen another word. */
    assert_false(secret_promote(&db, NULL, &word, &secret, 1, &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(meta.updates, 1);
}

static void without_leave_nothing_is_written(void **state)
{
    (void)state;
    struct secrets secret;
    struct err err;
    lines(line_b, line_a);
    assert_true(secret_open(path, &db, false, &secret, &err));
    assert_false(meta.there);
    write_secret(line_a, 0600);
    opened();
    lines(line_b, line_a);
    assert_true(secret_open(path, &db, false, &secret, &err));
    assert_int_equal(secret.items[0].key[0], 0x00);
    assert_int_equal(meta.updates, 0);
}

static void a_faster_host_with_the_same_secret_is_fine(void **state)
{
    (void)state;
    unsigned char verifier[CRYPTO_KEY];
    write_secret(line_a, 0600);
    opened();
    memcpy(verifier, meta.verifier, sizeof verifier);
    meta.there = false;
    meta.rival = verifier;
    opened();
    assert_int_equal(meta.inserts, 1);
}

static void a_faster_host_with_another_secret_leaves_no_file(void **state)
{
    (void)state;
    static const unsigned char other[CRYPTO_KEY] = {1, 2, 3};
    meta.rival = other;
    refused(ERR_STATE, "Copy the secret file");
    assert_int_not_equal(access(path, F_OK), 0);
}

static void files_that_are_not_right_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        const char *says;
    } files[] = {
        {"", 0600, "is empty"},
        {"\n\n", 0600, "is empty"},
        {"00010203\n", 0600, ":1: "},
        {"zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600, ":1: "},
        {"\n00\n", 0600, ":2: "},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0640,
         "chmod 600"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0604,
         "mode 0604"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_secret(files[i].text, files[i].mode);
        refused(ERR_INPUT, files[i].says);
    }
    assert_int_equal(meta.inserts, 0);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct secrets secret;
    struct err err = {0};
    assert_false(secret_open("/nowhere/at/all/secret", &db, true, &secret, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "/nowhere/at/all/secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_database_gets_a_new_secret, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_file_without_a_verifier_is_taken, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_verifier_without_its_file_is_refused, prepare, NULL),
        cmocka_unit_test_setup_teardown(another_secret_is_refused, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_previous_secret_hands_over_to_the_current, prepare,
                                        tidy),
        cmocka_unit_test_setup_teardown(one_behind_that_was_never_current_is_the_next, prepare,
                                        tidy),
        cmocka_unit_test_setup_teardown(
            the_next_is_promoted_and_the_order_of_lines_counts_no_more, prepare, tidy),
        cmocka_unit_test_setup_teardown(without_leave_nothing_is_written, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_faster_host_with_the_same_secret_is_fine, prepare,
                                        tidy),
        cmocka_unit_test_setup_teardown(a_faster_host_with_another_secret_leaves_no_file,
                                        prepare, tidy),
        cmocka_unit_test_setup_teardown(files_that_are_not_right_are_refused, prepare, tidy),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_told, prepare, tidy),
    };
    struct err err;
    if (!crypto_setup(&err))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
