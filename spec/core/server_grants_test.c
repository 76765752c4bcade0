/* What SHOW GRANTS says of a database. */
#include "server/grants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static unsigned of(const char *line)
{
    return grants_read(slice_of(line), "time_capsule");
}

static void lines_give_what_they_name(void **state)
{
    (void)state;
    assert_int_equal(of("GRANT SELECT, INSERT ON `time_capsule`.* TO `a`@`%`"),
                     GRANT_SELECT | GRANT_INSERT);
    assert_int_equal(of("GRANT CREATE, DROP, INDEX, ALTER ON `time_capsule`.* TO `a`@`%`"),
                     GRANT_TABLES | GRANT_SITE_TABLES);
    assert_int_equal(
        of("GRANT ALL PRIVILEGES ON `time_capsule`.* TO `a`@`%` WITH GRANT OPTION"),
        GRANT_ROWS | GRANT_TABLES | GRANT_SITE_TABLES);
    assert_int_equal(of("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`"),
                     GRANT_ROWS | GRANT_TABLES | GRANT_SITE_TABLES | GRANT_SERVER);
    assert_int_equal(of("GRANT DELETE, CREATE USER, SUPER ON *.* TO `a`@`%`"),
                     GRANT_DELETE | GRANT_SERVER);
    assert_int_equal(of("GRANT UPDATE ON `time_capsule`.`capsule` TO `a`@`%`"), GRANT_UPDATE);
}

static void names_are_patterns(void **state)
{
    (void)state;
    assert_int_equal(of("GRANT SELECT ON `time\\_capsule`.* TO `a`@`%`"), GRANT_SELECT);
    assert_int_equal(of("GRANT SELECT ON `time%`.* TO `a`@`%`"), GRANT_SELECT);
    assert_int_equal(of("GRANT SELECT ON `%caps%`.* TO `a`@`%`"), GRANT_SELECT);
    assert_int_equal(of("GRANT SELECT ON `%`.* TO `a`@`%`"), GRANT_SELECT);
    assert_int_equal(of("GRANT SELECT ON `timexcapsule`.* TO `a`@`%`"), 0);
    assert_int_equal(of("GRANT SELECT ON `time`.* TO `a`@`%`"), 0);
    assert_int_equal(of("GRANT SELECT ON `%capsules`.* TO `a`@`%`"), 0);
}

static void other_lines_give_nothing(void **state)
{
    (void)state;
    assert_int_equal(of("GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*6775'"), 0);
    assert_int_equal(of("GRANT `writers` TO `a`@`%`"), 0);
    assert_int_equal(of("SET DEFAULT ROLE `writers` FOR `a`@`%`"), 0);
    assert_int_equal(of("GRANT EXECUTE ON PROCEDURE `time_capsule`.`p` TO `a`@`%`"), 0);
    assert_int_equal(of(""), 0);
}

static void they_are_named(void **state)
{
    (void)state;
    struct buf names = {0};
    grants_name(GRANT_UPDATE | GRANT_DELETE | GRANT_ACCOUNTS, &names);
    assert_string_equal(names.data, "UPDATE, DELETE, CREATE USER");
    buf_done(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_give_what_they_name),
        cmocka_unit_test(names_are_patterns),
        cmocka_unit_test(other_lines_give_nothing),
        cmocka_unit_test(they_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
