/*
 * For builds with ThreadSanitizer alone.  Debian's liblua leaves a function that raises or
 * yields by __longjmp_chk(), which libtsan does not know: the frames that are left stay on its
 * own stack of calls, which then grows with every yield until nothing moves any more.  It does
 * know longjmp().
 */
#include <setjmp.h>

_Noreturn void __longjmp_chk(struct __jmp_buf_tag env[1], int value);

_Noreturn void __longjmp_chk(struct __jmp_buf_tag env[1], int value)
{
    longjmp(env, value);
}
