/*
 * What a task is called in the log.  Texts are borrowed and outlive the task, or are taken away
 * before they go; NULL or empty ones are left out.
 */
#pragma once

#include "base/log.h"

#include <lua.h>

struct task_label {
    const char *request; /* its id */
    const char *route;
    const char *timer;
};

/* What every log line of the running task carries: request id, route, timer, generation.
 * Returns how many of the at most max fields were filled; values are borrowed until the task
 * goes on. */
int label_fields(lua_State *L, struct log_field *fields, int max);
