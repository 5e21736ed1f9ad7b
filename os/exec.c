/*
 * os/exec.c - execve: another program in the same process.
 *
 * Decisions of the model:
 * - A process finds the programs that it was granted, by exactly the name that
 *   they were granted under, and no other file of the host.
 * - The environment is empty here: what the call passes as one is not looked
 *   at.
 * - Without arguments a program gets one that is empty, as on Linux.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/call.h"

void os_grant(struct os *os, const struct os_grant *grants, unsigned count)
{
    os->grants = grants;
    os->grant_count = count;
}

static const struct os_grant *find(const struct os *os, const char *name)
{
    for (unsigned i = 0; i < os->grant_count; i++)
        if (strcmp(os->grants[i].name, name) == 0)
            return &os->grants[i];
    return NULL;
}

/* As many of @size bytes at @va as may be read, in a few tries. */
static uint32_t readable(const struct call *call, vaddr_t va, uint32_t size)
{
    while (size > 0 && !call_may(call, va, size, MMU_READ))
        size /= 2;
    return size;
}

/*
 * Copy the string at @va, which with its 0 has at most @room bytes. Returns 0
 * and sets *@size to how many it has, or an error: @too_long, or EFAULT.
 */
static uint32_t copy_string(const struct call *call, vaddr_t va, char *to,
                            uint32_t room, int too_long, uint32_t *size)
{
    uint32_t done = 0;

    while (done < room) {
        const uint32_t wanted = room - done < 64 ? room - done : 64;
        const uint32_t part = readable(call, va + done, wanted);

        if (part == 0 || call_copy_in(call, to + done, va + done, part))
            return call_error(ABI_EFAULT);

        const char *end = memchr(to + done, 0, part);
        if (end) {
            *size = (uint32_t)(end - to) + 1;
            return 0;
        }
        done += part;
    }
    return call_error(too_long);
}

/* The arguments of a program, as the process has passed them. */
struct arguments {
    const char *argv[ABI_ARGS_MAX];
    int argc;
    char path[ABI_PATH_MAX];
    char text[ABI_ARG_MAX];
    uint32_t used; /* of the text */
};

static uint32_t copy_pointer(const struct call *call, vaddr_t va,
                             vaddr_t *pointer)
{
    uint8_t b[4];

    if (call_copy_in(call, b, va, sizeof(b)))
        return call_error(ABI_EFAULT);
    *pointer = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
               (uint32_t)b[3] << 24;
    return 0;
}

static uint32_t copy_argument(const struct call *call, struct arguments *to,
                              vaddr_t string)
{
    char *text = to->text + to->used;
    uint32_t size;

    if (to->argc == ABI_ARGS_MAX)
        return call_error(ABI_E2BIG);

    const uint32_t err = copy_string(call, string, text, ABI_ARG_MAX - to->used,
                                     ABI_E2BIG, &size);
    if (err)
        return err;
    to->argv[to->argc++] = text;
    to->used += size;
    return 0;
}

static uint32_t copy_arguments(const struct call *call, struct arguments *to)
{
    vaddr_t at = call->args[1], string;
    uint32_t size;
    uint32_t err = copy_string(call, call->args[0], to->path, ABI_PATH_MAX,
                               ABI_ENAMETOOLONG, &size);

    for (; !err && call->args[1] != 0; at += 4) {
        err = copy_pointer(call, at, &string);
        if (err || string == 0)
            break;
        err = copy_argument(call, to, string);
    }
    if (!err && to->argc == 0)
        to->argv[to->argc++] = "";
    return err;
}

static uint32_t run(const struct call *call, const struct arguments *arguments)
{
    const struct os_grant *grant = find(call->os, arguments->path);
    struct os_program program;
    struct os_error why;

    if (!grant)
        return call_error(ABI_ENOENT);
    program = grant->program;
    program.argc = arguments->argc;
    program.argv = arguments->argv;
    switch (os_exec(call->os, call->process, &program, &why)) {
    case -ENOEXEC:
        return call_error(ABI_ENOEXEC);
    case -ENOMEM:
        return call_error(ABI_ENOMEM);
    default: /* the new program begins with it, or there is nobody to tell */
        return 0;
    }
}

uint32_t sys_execve(const struct call *call)
{
    struct arguments *arguments = malloc(sizeof(*arguments));
    uint32_t result;

    if (!arguments)
        return call_error(ABI_ENOMEM);
    arguments->argc = 0;
    arguments->used = 0;
    result = copy_arguments(call, arguments);
    if (!result)
        result = run(call, arguments);
    free(arguments);
    return result;
}
