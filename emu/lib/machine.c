/*
 * emu/lib/machine.c - machines, from creation to end; see fencepost/machine.h.
 *
 * Decisions:
 * - A machine of the library always counts: limits, cycles and injections are
 *   to the instruction. It costs some speed (see the README).
 * - Guests are not given the host's descriptors: output is captured, input is
 *   what was put in.
 * - Programs that execve() may find are copied: a test may free its own.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/cli.h"
#include "emu/file.h"
#include "emu/lib/internal.h"
#include "os/abi.h"
#include "os/schedule.h"

#define SLICE      10000u
#define TRAPS_KEPT 65536u
#define OUTPUT_MAX (16u << 20)

int fp_say(struct fp_machine *machine, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(machine->error, sizeof(machine->error), format, args);
    va_end(args);
    return err;
}

const char *fp_error(const struct fp_machine *machine)
{
    return machine->error;
}

const char *fp_version(void)
{
    return CLI_VERSION;
}

/* ---- input and output ---- */

bool fp_bytes_add(struct fp_bytes *bytes, const void *from, size_t size)
{
    if (bytes->room - bytes->used <= size) {
        const size_t room = 2 * bytes->room + size + 64;
        char *at = realloc(bytes->at, room);

        if (!at)
            return false;
        bytes->at = at;
        bytes->room = room;
    }
    if (size > 0)
        memcpy(bytes->at + bytes->used, from, size);
    bytes->used += size;
    bytes->at[bytes->used] = 0;
    return true;
}

int fp_input(struct fp_machine *machine, const void *bytes, size_t size)
{
    return fp_bytes_add(&machine->input, bytes, size) ? 0 : -ENOMEM;
}

const char *fp_output(const struct fp_machine *machine, int fd, size_t *size)
{
    const bool captured = fd == 1 || fd == 2;
    const struct fp_bytes *bytes = &machine->output[fd == 2];

    if (size)
        *size = captured ? bytes->used : 0;
    return captured && bytes->at ? bytes->at : "";
}

/* No more than @size, whoever says so. */
static int checked(int moved, uint32_t size)
{
    return moved > 0 && (uint32_t)moved > size ? -ABI_EIO : moved;
}

static int on_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct fp_machine *fp = ctx;
    const size_t left = fp->input.used - fp->input_read;

    if (fp->config.read)
        return checked(fp->config.read(fp->config.ctx, os_running_pid(fp->os),
                                       fd, to, size),
                       size);
    if (size > left)
        size = (uint32_t)left;
    if (size > 0)
        memcpy(to, fp->input.at + fp->input_read, size);
    fp->input_read += size;
    return (int)size;
}

static int on_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct fp_machine *fp = ctx;
    struct fp_bytes *bytes = &fp->output[fd == 2];

    if (fp->config.write)
        return checked(fp->config.write(fp->config.ctx, os_running_pid(fp->os),
                                        fd, from, size),
                       size);
    if (size > fp->config.output_max - bytes->used)
        size = fp->config.output_max - (uint32_t)bytes->used;
    if (size == 0 || !fp_bytes_add(bytes, from, size))
        return -ABI_ENOSPC;
    return (int)size;
}

/* ---- disks ---- */

static int swap_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    memcpy(to, ((const struct fp_machine *)ctx)->swap + at, size);
    return 0;
}

static int swap_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    memcpy(((struct fp_machine *)ctx)->swap + at, from, size);
    return 0;
}

static int disk_read(void *ctx, uint32_t at, void *to, uint32_t size)
{
    const struct fp_machine *fp = ctx;

    memcpy(to, (const uint8_t *)fp->config.disk + at, size);
    return 0;
}

static int disk_write(void *ctx, uint32_t at, const void *from, uint32_t size)
{
    const struct fp_machine *fp = ctx;

    memcpy((uint8_t *)fp->config.disk + at, from, size);
    return 0;
}

/* ---- creation ---- */

static const struct schedule_policy *find_schedule(const char *name)
{
    for (unsigned i = 0; i < SCHEDULE_POLICIES; i++)
        if (strcmp(schedule_policies[i]->name, name) == 0)
            return schedule_policies[i];
    return NULL;
}

static const struct alloc_policy *find_placement(const char *name)
{
    for (unsigned i = 0; i < ALLOC_POLICIES; i++)
        if (strcmp(alloc_policy_name(alloc_policies[i]), name) == 0)
            return alloc_policies[i];
    return NULL;
}

static struct fp_config with_defaults(const struct fp_config *config)
{
    struct fp_config c = config ? *config : (struct fp_config){0};

    c.memory = c.memory ? c.memory : PHYS_SIZE_DEFAULT;
    c.schedule = c.schedule ? c.schedule : schedule_rr.name;
    c.placement = c.placement ? c.placement : alloc_policy_name(&alloc_first);
    c.traps_kept = c.traps_kept ? c.traps_kept : TRAPS_KEPT;
    c.output_max = c.output_max ? c.output_max : OUTPUT_MAX;
    return c;
}

static int boot(struct fp_machine *fp)
{
    const struct fp_config *c = &fp->config;
    const struct os_disk swap = {swap_read, swap_write, fp};
    const struct os_disk disk = {disk_read, disk_write, fp};
    const struct machine_config config = {
        .phys_size = c->memory,
        .io = {on_read, on_write, fp},
        .counting = true,
        .paranoid = c->paranoid,
        .slice = c->slice ? c->slice : SLICE,
        .slice_alone = c->slice > 0,
        .schedule = find_schedule(c->schedule),
        .schedule_seed = c->seed,
        .placement = find_placement(c->placement),
        .swap = c->swap ? &swap : NULL,
        .swap_size = c->swap,
        .disk = c->disk ? &disk : NULL,
        .disk_blocks = c->disk_size / ABI_DISK_BLOCK,
    };
    const struct machine_watcher watcher = fp_watcher(fp);
    int err;

    if (!config.schedule || !config.placement || c->swap > OS_SWAP_SIZE_MAX ||
        (c->disk && c->disk_size % ABI_DISK_BLOCK != 0))
        return -EINVAL;
    if (c->swap) {
        fp->swap = malloc(c->swap);
        if (!fp->swap)
            return -ENOMEM;
    }
    err = machine_create(&fp->machine, &config, &watcher);
    if (err)
        return err;
    fp->os = machine_os(fp->machine);
    fp->phys = os_phys(fp->os);
    os_watch_ends(fp->os, fp_note_end, fp);
    if (c->paranoid)
        os_guard(fp->os);
    return 0;
}

int fp_create(struct fp_machine **out, const struct fp_config *config)
{
    struct fp_machine *fp = calloc(1, sizeof(*fp));
    int err;

    if (!fp)
        return -ENOMEM;
    fp->config = with_defaults(config);
    fp->log.kept = fp->config.traps_kept;
    err = boot(fp);
    fp->config.schedule = fp->config.placement = NULL; /* the caller's */
    if (err) {
        fp_destroy(fp);
        return err;
    }
    *out = fp;
    return 0;
}

static void free_grants(struct fp_machine *fp)
{
    for (unsigned i = 0; i < fp->grant_count; i++) {
        free((void *)(uintptr_t)fp->grants[i].name);
        free((void *)(uintptr_t)fp->grants[i].program.file);
    }
    free(fp->grants);
}

void fp_destroy(struct fp_machine *machine)
{
    if (!machine)
        return;
    if (machine->os)
        os_watch_ends(machine->os, NULL, NULL);
    machine_destroy(machine->machine);
    while (machine->pending) {
        struct fp_pending *next = machine->pending->next;

        free(machine->pending);
        machine->pending = next;
    }
    free_grants(machine);
    free(machine->swap);
    free(machine->input.at);
    free(machine->output[0].at);
    free(machine->output[1].at);
    free(machine->log.at);
    free(machine->ends);
    free(machine->ended);
    free(machine);
}

/* ---- programs ---- */

/* Everything of @program but its file. 0 or -EINVAL. */
static int translate(struct fp_machine *fp, const struct fp_program *program,
                     struct os_program *out)
{
    *out = (struct os_program){
        .tickets = program->tickets,
        .bounds = program->bounds ? program->bounds : OS_BOUNDS_DEFAULT,
        .base = program->base ? program->base : OS_BASE_ANY,
        .va_bits = program->address_bits,
        .seg_bits = program->selector_bits,
        .stack = program->stack,
        .stack_max = program->stack_max,
        .prot = {[OS_CODE] = program->code,
                 [OS_DATA] = program->data,
                 [OS_STACK] = program->stack_rights},
    };
    if ((program->code | program->data | program->stack_rights) &
        ~(unsigned)MMU_RWX)
        return fp_say(fp, -EINVAL, "there are no such rights");
    if (!program->path && !program->image)
        return fp_say(fp, -EINVAL, "the program has no path and no image");
    if (program->tickets > SCHEDULE_TICKETS_MAX)
        return fp_say(fp, -EINVAL, "more than %u tickets",
                      SCHEDULE_TICKETS_MAX);
    if (program->scheme) {
        out->scheme = os_scheme_find(program->scheme);
        if (!out->scheme)
            return fp_say(fp, -EINVAL, "there is no scheme %.40s: %s",
                          program->scheme, os_scheme_names);
    }
    return 0;
}

/* A copy of the program's file that the caller frees. */
static int copy_file(struct fp_machine *fp, const struct fp_program *program,
                     void **file, size_t *size)
{
    int err;

    if (program->image) {
        *size = program->image_size;
        *file = malloc(*size ? *size : 1);
        if (!*file)
            return fp_say(fp, -ENOMEM, "out of host memory");
        memcpy(*file, program->image, *size);
        return 0;
    }
    err = file_read(program->path, file, size);
    return err ? fp_say(fp, err, "%.160s: %s", program->path, strerror(-err))
               : 0;
}

static int count(const char *const *argv)
{
    int n = 0;

    while (argv[n])
        n++;
    return n;
}

static int spawn(struct fp_machine *fp, const struct fp_program *program,
                 struct os_program *to_run, uint32_t *pid)
{
    const char *const alone[] = {program->path ? program->path : "program",
                                 NULL};
    struct process *process;
    struct os_error why;
    int err;

    to_run->argv = program->argv ? program->argv : alone;
    to_run->argc = count(to_run->argv);
    err = os_spawn(fp->os, to_run, &process, &why);
    if (err)
        return fp_say(fp, err, "%.80s: %s", alone[0], why.text);
    if (pid)
        *pid = process->pid;
    return 0;
}

int fp_load(struct fp_machine *machine, const struct fp_program *program,
            uint32_t *pid)
{
    struct os_program to_run;
    void *file;
    int err;

    if (machine->handling)
        return fp_say(machine, -EBUSY, "a handler cannot load a program");
    err = translate(machine, program, &to_run);
    if (!err)
        err = copy_file(machine, program, &file, &to_run.file_size);
    if (err)
        return err;
    to_run.file = file;
    err = spawn(machine, program, &to_run, pid);
    free(file);
    return err;
}

int fp_grant(struct fp_machine *machine, const char *name,
             const struct fp_program *program)
{
    const unsigned n = machine->grant_count;
    struct os_grant *grants =
        realloc(machine->grants, (n + 1) * sizeof(*grants));
    struct os_grant grant;
    void *file;
    int err;

    if (!grants)
        return fp_say(machine, -ENOMEM, "out of host memory");
    machine->grants = grants;
    os_grant(machine->os, grants, n);
    err = translate(machine, program, &grant.program);
    if (!err)
        err = copy_file(machine, program, &file, &grant.program.file_size);
    if (err)
        return err;
    grant.program.file = file;
    grant.name = strdup(name);
    if (!grant.name) {
        free(file);
        return fp_say(machine, -ENOMEM, "out of host memory");
    }
    grants[machine->grant_count++] = grant;
    os_grant(machine->os, grants, machine->grant_count);
    return 0;
}

/* ---- runs ---- */

static int end_of(struct fp_machine *fp, enum machine_end end)
{
    struct os_error who;

    if (fp->corrupt)
        return FP_CORRUPT;
    switch (end) {
    case MACHINE_DONE:
        return FP_DONE;
    case MACHINE_STUCK:
        (void)os_waiting(fp->os, &who);
        return fp_say(fp, FP_STUCK, "nothing can run any more: %s", who.text);
    case MACHINE_LIMIT:
        return FP_LIMIT;
    case MACHINE_STOPPED:
        if (!fp->looping)
            return FP_STOPPED;
        return fp_say(fp, FP_LOOPING,
                      "pid %u traps again and again at pc 0x%x: %s",
                      fp->trap.pid, fp->trap.pc, fp_cause_name(fp->trap.cause));
    case MACHINE_UNCOUNTED: /* it always counts */
    case MACHINE_BROKEN:
        break;
    }
    return fp_say(fp, FP_BROKEN, "%s", machine_error(fp->machine));
}

int fp_run(struct fp_machine *machine, uint64_t instructions)
{
    const uint64_t done = fp_instructions(machine);

    if (machine->handling)
        return fp_say(machine, -EBUSY, "a handler cannot run the machine");
    machine->looping = machine->corrupt = false;
    machine->row = 0;
    return end_of(machine,
                  machine_run(machine->machine, instructions < UINT64_MAX - done
                                                    ? done + instructions
                                                    : UINT64_MAX));
}

void fp_stop(struct fp_machine *machine)
{
    machine_stop(machine->machine);
}

unsigned fp_living(const struct fp_machine *machine)
{
    return os_living(machine->os);
}

uint64_t fp_instructions(const struct fp_machine *machine)
{
    return machine_counts(machine->machine).engine.instructions;
}

uint64_t fp_loads(const struct fp_machine *machine)
{
    return machine_counts(machine->machine).engine.loads;
}

uint64_t fp_stores(const struct fp_machine *machine)
{
    return machine_counts(machine->machine).engine.stores;
}

uint64_t fp_clock(const struct fp_machine *machine)
{
    return machine_clock(machine->machine);
}

bool fp_check(struct fp_machine *machine)
{
    paddr_t pa;

    if (os_guard_broken(machine->os, &pa))
        fp_say(machine, 0,
               "the byte at physical address 0x%x, which is "
               "nobody's, has changed",
               pa);
    else if (!os_check(machine->os))
        fp_say(machine, 0, "registers, PCBs and memory do not agree");
    else
        return true;
    return false;
}

bool fp_check_after(struct fp_machine *machine, const struct fp_trap *trap)
{
    char what[sizeof(machine->error)];

    if (fp_check(machine))
        return true;
    strcpy(what, machine->error);
    fp_say(machine, 0, "%s after a %s trap of pid %u at pc 0x%x", what,
           fp_cause_name(trap->cause), trap->pid, trap->pc);
    return false;
}
