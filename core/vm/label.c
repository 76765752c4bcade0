/* See label.h. */
#include "vm/label.h"

#include "vm/task.h"
#include "vm/vm.h"

int label_fields(lua_State *L, struct log_field *fields, int max)
{
    const struct vm *vm = vm_of(L);
    const struct task *task = vm->tasks.current;
    struct task_label label = task ? task->label : (struct task_label){0};
    const struct log_field all[] = {{"request", label.request, LOG_WORDS},
                                    {"route", label.route, LOG_WORDS},
                                    {"timer", label.timer, LOG_WORDS},
                                    {"generation", vm->plan.label, LOG_NUMBER}};
    int count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && count < max; i++)
        if (all[i].value && all[i].value[0])
            fields[count++] = all[i];
    return count;
}
