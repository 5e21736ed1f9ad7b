/*
 * tests/bench_bare.c - the yardsticks of `make bench`: Unicorn as people use
 * it, without this project's engine.
 *
 *   bench_bare unhooked BOUNDS PROGRAM [ARG...]   no hooks, memory mapped rwx
 *   bench_bare hooked   BOUNDS PROGRAM [ARG...]   MEM and CODE hooks on
 *                                                 everything, which count and
 *                                                 check the bounds
 *
 * The same guest files, the same loader and the same system calls as
 * `fencepost run`; only the way instructions run differs. Not a test.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <unicorn/unicorn.h>

#include "os/os.h"

struct bare {
    uc_engine *uc;
    struct phys *phys;
    struct os *os;
    struct process *process;
    uint64_t instructions, accesses;
    bool failed;
};

static const int x86_regs[] = {
    UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
    UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI,
};

static int io_read(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx;
    return (int)read(fd, to, size);
}

static int io_write(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx;
    return (int)write(fd, from, size);
}

/* The registers that system calls use: eight on x86, r0 to r7 and sp on ARM. */
static unsigned reg_at(const struct bare *b, unsigned i, int *id)
{
    if (b->process->isa == &isa_x86) {
        *id = x86_regs[i];
        return X86_EAX + i;
    }
    *id = i < 8 ? UC_ARM_REG_R0 + (int)i : UC_ARM_REG_SP;
    return i < 8 ? ARM_R0 + i : ARM_SP;
}

static unsigned reg_count(const struct bare *b)
{
    return b->process->isa == &isa_x86 ? 8 : 9;
}

static void move_registers(struct bare *b, bool to_pcb)
{
    const struct isa *isa = b->process->isa;
    struct cpu_state cpu;

    pcb_restore(b->phys, b->process->pcb, isa, &cpu);
    for (unsigned i = 0; i < reg_count(b); i++) {
        int id;
        const unsigned reg = reg_at(b, i, &id);
        uint32_t value = isa_get(isa, &cpu, reg);

        if (to_pcb) {
            uc_reg_read(b->uc, id, &value);
            isa_set(isa, &cpu, reg, value);
        } else {
            uc_reg_write(b->uc, id, &value);
        }
    }
    if (to_pcb)
        pcb_save(b->phys, b->process->pcb, isa, &cpu);
}

static void on_exception(uc_engine *uc, uint32_t number, void *user)
{
    struct bare *b = user;
    const bool call = number == (b->process->isa == &isa_x86 ? 0x80u : 2u);
    const struct trap trap = {.cause = call ? TRAP_SYSCALL : TRAP_UNDEFINED};

    b->failed |= !call;
    move_registers(b, true);
    b->process = os_trap(b->os, b->process, &trap);
    if (b->process)
        move_registers(b, false);
    else
        uc_emu_stop(uc);
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t va, int size,
                      int64_t value, void *user)
{
    struct bare *b = user;

    (void)type, (void)value;
    b->accesses++;
    if (va + (uint64_t)size > b->process->regs.bb.bounds)
        uc_emu_stop(uc);
}

static void on_code(uc_engine *uc, uint64_t va, uint32_t size, void *user)
{
    struct bare *b = user;

    b->instructions++;
    if (va + size > b->process->regs.bb.bounds)
        uc_emu_stop(uc);
}

static void open_engine(struct bare *b, bool hooked)
{
    const bool x86 = b->process->isa == &isa_x86;
    const struct base_bounds *bb = &b->process->regs.bb;
    const uint32_t size = (bb->bounds + 4095) / 4096 * 4096;
    uc_hook hook;

    if (uc_open(x86 ? UC_ARCH_X86 : UC_ARCH_ARM, x86 ? UC_MODE_32 : UC_MODE_ARM,
                &b->uc)) {
        fputs("bench_bare: cannot open Unicorn\n", stderr);
        exit(1);
    }
    if (!x86) {
        const uc_arm_cp_reg cpacr = {
            .cp = 15, .crn = 1, .opc2 = 2, .val = 0xf00000};
        const uint32_t fpexc = 0x40000000;

        uc_ctl_set_cpu_model(b->uc, UC_CPU_ARM_CORTEX_A15);
        uc_reg_write(b->uc, UC_ARM_REG_CP_REG, &cpacr);
        uc_reg_write(b->uc, UC_ARM_REG_FPEXC, &fpexc);
    }
    uc_mem_map_ptr(b->uc, 0, size, UC_PROT_ALL, b->phys->bytes + bb->base);
    uc_hook_add(b->uc, &hook, UC_HOOK_INTR, (void *)on_exception, b, 1, 0);
    if (hooked) {
        uc_hook_add(b->uc, &hook, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
                    (void *)on_access, b, 1, 0);
        uc_hook_add(b->uc, &hook, UC_HOOK_CODE, (void *)on_code, b, 1, 0);
    }
}

static void load(struct bare *b, const char *bounds, int argc, char **argv)
{
    static uint8_t file[1 << 22];
    const struct os_io io = {io_read, io_write, NULL};
    const int fd = open(argv[0], O_RDONLY);
    const ssize_t size = fd < 0 ? -1 : read(fd, file, sizeof(file));
    const struct os_program program = {
        .file = file,
        .file_size = size < 0 ? 0 : (size_t)size,
        .argc = argc,
        .argv = (const char *const *)argv,
        .bounds = (uint32_t)strtoul(bounds, NULL, 0),
        .base = 1024u * 1024u,
    };
    struct os_error why;

    close(fd);
    if (phys_create(&b->phys, PHYS_SIZE_DEFAULT) ||
        os_create(&b->os, b->phys, &io) ||
        os_spawn(b->os, &program, &b->process, &why)) {
        fprintf(stderr, "bench_bare: cannot load %s\n", argv[0]);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct bare b = {0};

    if (argc < 4) {
        fputs("usage: bench_bare unhooked|hooked BOUNDS PROGRAM [ARG...]\n",
              stderr);
        return 2;
    }
    load(&b, argv[2], argc - 3, argv + 3);
    open_engine(&b, strcmp(argv[1], "hooked") == 0);
    move_registers(&b, false);

    struct cpu_state cpu;
    const struct isa *isa = b.process->isa;
    pcb_restore(b.phys, b.process->pcb, isa, &cpu);
    const bool thumb = isa_get(isa, &cpu, isa->flags) & isa->thumb_flag;
    const uc_err err = uc_emu_start(
        b.uc, isa_get(isa, &cpu, isa->pc) | (thumb ? 1 : 0), 0xffffffff, 0, 0);

    if (err || b.failed || b.process) {
        fprintf(stderr, "bench_bare: %s did not finish: %s\n", argv[3],
                uc_strerror(err));
        return 1;
    }
    uc_close(b.uc);
    const int code = (int)os_exit_code(b.os);
    os_destroy(b.os);
    phys_destroy(b.phys);
    return code;
}
