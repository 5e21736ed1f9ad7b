/* emu/policy.c - the name of a placement policy; see policy.h. */
#include "emu/policy.h"

#include <string.h>

#define SLOTS "slots:"

int policy_word(const struct cli_command *command, const char *name,
                const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return (int)i;

    const char *near = cli_nearest(text, words, count);
    cli_complain(command, "--%s: there is no '%s'%s%s%s", name, text,
                 near ? "; did you mean " : "; see --help", near ? near : "",
                 near ? "?" : "");
    return -1;
}

bool policy_value(const struct cli_command *command, const char *name,
                  const char *text, struct policy_choice *out)
{
    const char *names[ALLOC_POLICIES];
    uint64_t slot = 0;

    if (strncmp(text, SLOTS, strlen(SLOTS)) == 0) {
        if (!cli_size_value(command, name, text + strlen(SLOTS), 1,
                            ALLOC_SIZE_MAX, &slot))
            return false;
        *out = (struct policy_choice){&alloc_slots, (uint32_t)slot};
        return true;
    }
    for (size_t i = 0; i < ALLOC_POLICIES; i++)
        names[i] = alloc_policy_name(alloc_policies[i]);

    const int index = policy_word(command, name, text, names, ALLOC_POLICIES);
    if (index >= 0)
        *out = (struct policy_choice){alloc_policies[index], 0};
    return index >= 0;
}
