/* tests/rig.c - see rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/internal.h"
#include "tests/rig.h"

static int host_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct rig *rig = ctx;
    const uint32_t n = size < rig->in_size ? size : rig->in_size;

    assert_int_equal(fd, 0);
    rig->reads++;
    if (rig->read_error)
        return rig->read_error;
    if (n > 0)
        memcpy(to, rig->in, n);
    rig->in += n;
    rig->in_size -= n;
    return (int)n;
}

static int host_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct rig *rig = ctx;
    const uint32_t n = size < rig->take_max ? size : rig->take_max;

    rig->out_fd = fd;
    if (rig->write_error && rig->writes_before_error-- == 0)
        return rig->write_error;
    assert_true(n <= sizeof(rig->out) - rig->out_size);
    memcpy(rig->out + rig->out_size, from, n);
    rig->out_size += n;
    return (int)n;
}

static int set_up(void **state, uint32_t phys_size)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    const struct os_io io = {host_read, host_write, rig};

    assert_non_null(rig);
    rig->take_max = UINT32_MAX;
    assert_int_equal(phys_create(&rig->phys, phys_size), 0);
    assert_int_equal(os_create(&rig->os, rig->phys, &io), 0);
    *state = rig;
    return 0;
}

int rig_setup(void **state)
{
    return set_up(state, RIG_PHYS);
}

int rig_setup_large(void **state)
{
    return set_up(state, RIG_LARGE);
}

static bool pcbs_are_zero(const struct rig *rig)
{
    for (paddr_t pa = OS_PCBS; pa < OS_PCBS + OS_PCBS_FIXED * PCB_SIZE; pa++)
        if (rig->phys->bytes[pa] != 0)
            return false;
    return true;
}

void rig_put(struct rig *rig, struct process *process, vaddr_t va,
             const char *text)
{
    assert_int_equal(
        os_copy_to_user(rig->os, process, va, text, (uint32_t)strlen(text)), 0);
}

void rig_expect(struct rig *rig, struct process *process, vaddr_t va,
                const char *text)
{
    char got[64] = {0};

    assert_in_range(strlen(text), 0, sizeof(got) - 1);
    assert_int_equal(
        os_copy_from_user(rig->os, process, got, va, (uint32_t)strlen(text)),
        0);
    assert_string_equal(got, text);
}

bool rig_is_empty(const struct rig *rig)
{
    uint32_t bytes, largest;

    os_memory(rig->os, &bytes, &largest);
    return bytes == largest && bytes == rig->phys->size - OS_END;
}

int rig_teardown(void **state)
{
    struct rig *rig = *state;

    assert_true(os_check(rig->os));
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (rig->os->processes[i].pid)
            os_exit(rig->os, &rig->os->processes[i], 0);
    assert_true(os_check(rig->os));
    assert_true(rig_is_empty(rig));
    assert_true(pcbs_are_zero(rig));
    os_destroy(rig->os);
    phys_destroy(rig->phys);
    free(rig);
    return 0;
}

struct process *rig_spawn(struct rig *rig, uint16_t elf_machine, paddr_t base,
                          uint32_t bounds)
{
    static const char *const argv[] = {"prog", "x"};
    struct elf_build elf;
    struct process *process = NULL;

    elf_build(&elf, elf_machine);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 2,
                                       .argv = argv,
                                       .bounds = bounds,
                                       .base = base};
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

struct process *rig_trap(struct rig *rig, struct process *process,
                         enum trap_cause cause)
{
    const struct trap trap = {.cause = cause};

    return os_trap(rig->os, process, &trap);
}

uint32_t rig_call(struct rig *rig, struct process *process, uint32_t number,
                  uint32_t a, uint32_t b, uint32_t c)
{
    const struct isa *isa = process->isa;
    const uint32_t args[] = {a, b, c};

    for (unsigned i = 0; i < 3; i++)
        pcb_set_reg(rig->phys, process->pcb, isa, isa->call_args[i], args[i]);
    pcb_set_reg(rig->phys, process->pcb, isa, isa->call_number, number);
    rig_trap(rig, process, TRAP_SYSCALL);
    if (!os_lives(rig->os, process))
        return os_exit_code(rig->os);
    return pcb_get_reg(rig->phys, process->pcb, isa, isa->call_result);
}

uint8_t *rig_bytes(struct rig *rig, const struct process *process, vaddr_t va)
{
    return rig->phys->bytes + process->blocks[0].base + va;
}
