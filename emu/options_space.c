/*
 * emu/options_space.c - options that each process can have its own value of;
 * see options_internal.h.
 */
#include <string.h>

#include "emu/options_internal.h"
#include "os/schedule.h"

bool options_take_u32(const struct cli_command *command, enum run_option option,
                      const char *text, uint32_t min, uint32_t max,
                      uint32_t *out)
{
    uint64_t value;

    if (!cli_size_value(command, options_of_run[option].name, text, min, max,
                        &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool take_scheme(const struct cli_command *command, const char *name,
                        struct os_program *program)
{
    program->scheme = os_scheme_find(name);
    if (!program->scheme)
        cli_complain(command, "--mmu %s: there is %s", name, os_scheme_names);
    return program->scheme;
}

/* A power of two, as its number of address bits. */
static bool take_asize(const struct cli_command *command, const char *text,
                       struct os_program *program)
{
    uint64_t size;

    if (!cli_size_value(command, "asize", text, 2, UINT64_C(1) << 32, &size))
        return false;
    if (size & (size - 1)) {
        cli_complain(command, "--asize %s: no power of two", text);
        return false;
    }
    program->va_bits = (unsigned)__builtin_ctzll(size);
    return true;
}

static unsigned right_of(char letter)
{
    return letter == 'r'   ? MMU_READ
           : letter == 'w' ? MMU_WRITE
           : letter == 'x' ? MMU_EXEC
                           : 0;
}

static const char *const role_names[OS_ROLES] = {
    [OS_CODE] = "code=", [OS_DATA] = "data=", [OS_STACK] = "stack="};

/* Some of r, w and x, none of them twice; 0: it is not that. */
static unsigned read_rights(const char *text, size_t length)
{
    unsigned rights = 0;

    for (size_t i = 0; i < length; i++) {
        const unsigned right = right_of(text[i]);

        if (!right || rights & right)
            return 0;
        rights |= right;
    }
    return rights;
}

/* The role of one "code=rx" of @length bytes; OS_ROLES when it is none. */
static unsigned read_role(const char *text, size_t length, unsigned *rights)
{
    for (unsigned i = 0; i < OS_ROLES; i++) {
        const size_t name = strlen(role_names[i]);

        if (length <= name || strncmp(text, role_names[i], name) != 0)
            continue;
        *rights = read_rights(text + name, length - name);
        return *rights ? i : OS_ROLES;
    }
    return OS_ROLES;
}

static bool take_prot(const struct cli_command *command, const char *list,
                      unsigned prot[OS_ROLES])
{
    bool given[OS_ROLES] = {false};

    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        unsigned rights = 0;
        const unsigned role = read_role(at, length, &rights);

        if (role == OS_ROLES) {
            cli_complain(command,
                         "--prot %s: '%.*s' is none of code=, data= or stack= "
                         "with some of r, w and x",
                         list, (int)length, at);
            return false;
        }
        if (given[role]) {
            cli_complain(command, "--prot %s: %s is given twice", list,
                         role_names[role]);
            return false;
        }
        given[role] = true;
        prot[role] = rights;
        at += length;
        if (!*at)
            return true;
    }
}

bool options_is_space(enum run_option option)
{
    return option <= OPT_PROT || option == OPT_TICKETS;
}

bool options_take_space(const struct cli_command *command,
                        enum run_option option, const char *value,
                        struct os_program *program)
{
    switch ((int)option) {
    case OPT_MMU:
        return take_scheme(command, value, program);
    case OPT_BOUNDS:
        return options_take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                                &program->bounds);
    case OPT_BASE:
        return options_take_u32(command, option, value, 0, PHYS_SIZE_MAX - 1,
                                &program->base);
    case OPT_ASIZE:
        return take_asize(command, value, program);
    case OPT_SEG_BITS:
        return options_take_u32(command, option, value, 1, 31,
                                &program->seg_bits);
    case OPT_STACK:
        return options_take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                                &program->stack);
    case OPT_STACK_MAX:
        return options_take_u32(command, option, value, 1, PHYS_SIZE_MAX,
                                &program->stack_max);
    case OPT_PROT:
        return take_prot(command, value, program->prot);
    case OPT_TICKETS:
        return options_take_u32(command, option, value, 1, SCHEDULE_TICKETS_MAX,
                                &program->tickets);
    default:
        return true;
    }
}
