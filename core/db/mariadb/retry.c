/* Another try, or not; see the header.  Only judges. */
#include "db/mariadb/retry.h"

static enum maria_verdict again(const struct maria_case *matter, enum maria_verdict how,
                                enum maria_verdict otherwise)
{
    const struct db_op *op = matter->op;
    bool may = !op->cancelled && op->tries + 1 < MARIA_TRIES && matter->now < op->deadline;

    return may ? how : otherwise;
}

/* The server has rolled the transaction back. */
static enum maria_verdict judge_undone(const struct maria_case *matter)
{
    if (!matter->inside)
        return again(matter, VERDICT_REST, VERDICT_ANSWER);
    return matter->untouched ? again(matter, VERDICT_REOPEN, VERDICT_TX_OVER) : VERDICT_TX_OVER;
}

enum maria_verdict maria_judge(const struct maria_case *matter)
{
    const struct maria_answer *answer = matter->answer;

    if (matter->op->group != NULL && !answer->unknown)
        return VERDICT_APART;
    switch (answer->effect) {
    case EFFECT_UNDONE:
        return judge_undone(matter);
    case EFFECT_WAITED:
        return matter->inside ? VERDICT_ANSWER : again(matter, VERDICT_REST, VERDICT_ANSWER);
    case EFFECT_PREPARE:
    case EFFECT_CROWDED:
        return again(matter, VERDICT_HERE, VERDICT_ANSWER);
    case EFFECT_READ_ONLY:
        if (matter->inside || matter->known)
            return VERDICT_ANSWER;
        return again(matter, VERDICT_ELSEWHERE, VERDICT_ANSWER);
    case EFFECT_GONE:
    case EFFECT_ASIDE:
    case EFFECT_LOST:
    case EFFECT_CUT:
        if (matter->inside || answer->unknown)
            return VERDICT_ANSWER;
        return again(matter, VERDICT_ELSEWHERE, VERDICT_ANSWER);
    case EFFECT_NONE:
    case EFFECT_FULL:
    case EFFECT_SIZE:
    case EFFECT_BROKEN:
    case EFFECT_LATE:
        break;
    }
    return VERDICT_ANSWER;
}
