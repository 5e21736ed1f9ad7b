/* tests/machine.c - see machine.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/internal.h"
#include "tests/machine.h"

static int host_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct machine *m = ctx;
    const uint32_t n = size < m->in_size ? size : m->in_size;

    assert_int_equal(fd, 0);
    m->reads++;
    if (m->read_error)
        return m->read_error;
    if (n > 0)
        memcpy(to, m->in, n);
    m->in += n;
    m->in_size -= n;
    return (int)n;
}

static int host_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct machine *m = ctx;
    const uint32_t n = size < m->take_max ? size : m->take_max;

    m->out_fd = fd;
    if (m->write_error && m->writes_before_error-- == 0)
        return m->write_error;
    assert_true(n <= sizeof(m->out) - m->out_size);
    memcpy(m->out + m->out_size, from, n);
    m->out_size += n;
    return (int)n;
}

int machine_setup(void **state)
{
    struct machine *m = calloc(1, sizeof(*m));
    const struct os_io io = {host_read, host_write, m};

    assert_non_null(m);
    m->take_max = UINT32_MAX;
    assert_int_equal(phys_create(&m->phys, MACHINE_PHYS), 0);
    assert_int_equal(os_create(&m->os, m->phys, &io), 0);
    *state = m;
    return 0;
}

static bool pcbs_are_zero(const struct machine *m)
{
    for (paddr_t pa = OS_PCBS; pa < OS_PCBS + OS_PROCESSES * PCB_SIZE; pa++)
        if (m->phys->bytes[pa] != 0)
            return false;
    return true;
}

bool machine_is_empty(const struct machine *m)
{
    uint32_t bytes, largest;

    os_memory(m->os, &bytes, &largest);
    return bytes == largest && bytes == m->phys->size - OS_END;
}

int machine_teardown(void **state)
{
    struct machine *m = *state;

    assert_true(os_check(m->os));
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        if (m->os->processes[i].pid)
            os_exit(m->os, &m->os->processes[i], 0);
    assert_true(os_check(m->os));
    assert_true(machine_is_empty(m));
    assert_true(pcbs_are_zero(m));
    os_destroy(m->os);
    phys_destroy(m->phys);
    free(m);
    return 0;
}

struct process *machine_spawn(struct machine *m, uint16_t elf_machine,
                              paddr_t base, uint32_t bounds)
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
    if (os_spawn(m->os, &program, &process, &m->why))
        fail_msg("refused: %s", m->why.text);
    return process;
}

struct process *machine_trap(struct machine *m, struct process *process,
                             enum trap_cause cause)
{
    const struct trap trap = {.cause = cause};

    return os_trap(m->os, process, &trap);
}

uint32_t machine_call(struct machine *m, struct process *process,
                      uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    const struct isa *isa = process->isa;
    const uint32_t args[] = {a, b, c};

    for (unsigned i = 0; i < 3; i++)
        pcb_set_reg(m->phys, process->pcb, isa, isa->call_args[i], args[i]);
    pcb_set_reg(m->phys, process->pcb, isa, isa->call_number, number);
    machine_trap(m, process, TRAP_SYSCALL);
    if (process->pid == 0)
        return os_exit_code(m->os);
    return pcb_get_reg(m->phys, process->pcb, isa, isa->call_result);
}

uint8_t *machine_bytes(struct machine *m, const struct process *process,
                       vaddr_t va)
{
    return m->phys->bytes + process->image + va;
}
