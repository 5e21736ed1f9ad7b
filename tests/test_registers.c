/*
 * tests/test_registers.c - the PCB is what counts: what a process leaves in its
 * registers is in its PCB while it is off the CPU, and what is changed there is
 * what it finds. Each register of the save area, on both instruction sets.
 *
 * The process loads its registers from FROM, yields, and stores them to TO;
 * between, another one runs, and the test reads and changes the PCB.
 *
 * Two registers have one value that is legal in user mode (cs, ss). Of three no
 * instruction of this Unicorn tells (fpop, fpip, fpdp): these are only seen to
 * be kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "emu/machine.h"
#include "os/abi.h"
#include "tests/elf_build.h"
#include "tests/rng.h"

#define PHYS   (128u * 1024u)
#define BOUNDS 8192u
#define CODE   0x300u
#define FROM   0x800u
#define TO     0xc00u
#define FNSAVE 0x200u /* its image in FROM and TO */
#define FLAGS  0x1fcu /* the flags that pushf or popf moves */
#define MAGIC  0x700u /* what fs_base and gs_base point at in the end */

/* ---- code, as it is written ---- */

struct code {
    uint8_t bytes[1024];
    uint32_t size;
    vaddr_t resume; /* where the process goes on when its pc is changed */
};

static void put(struct code *code, const void *bytes, uint32_t size)
{
    assert_true(size <= sizeof(code->bytes) - code->size);
    memcpy(code->bytes + code->size, bytes, size);
    code->size += size;
}

static void put32(struct code *code, uint32_t word)
{
    put(code, &word, 4);
}

/* An opcode of up to three bytes, then an address. */
static void x86_at(struct code *code, const char *opcode, uint32_t length,
                   vaddr_t va)
{
    put(code, opcode, length);
    put32(code, va);
}

/* mov between register @reg and memory; and the same for movups and xmm. */
static void x86_mov(struct code *code, uint8_t opcode, unsigned reg, vaddr_t va)
{
    const uint8_t bytes[] = {opcode, (uint8_t)(5 | (reg & 7) << 3)};

    put(code, bytes, 2);
    put32(code, va);
}

static uint32_t slot(const struct isa *isa, unsigned reg)
{
    return isa->regs[reg].offset;
}

static void x86_code(struct code *code)
{
    /* By enum: ds es fs gs; their numbers in mov are 3 0 4 5. */
    static const uint8_t selector[] = {3, 0, 4, 5};
    const struct isa *isa = &isa_x86;

    x86_at(code, "\xdd\x25", 2, FROM + FNSAVE);                   /* frstor */
    x86_at(code, "\x0f\xae\x15", 3, FROM + slot(isa, X86_MXCSR)); /* ldmxcsr */
    for (unsigned i = 0; i < 8; i++) {
        put(code, "\x0f", 1);
        x86_mov(code, 0x10, i, FROM + slot(isa, X86_XMM0 + i)); /* movups */
    }
    for (unsigned i = 0; i < 4; i++)
        x86_mov(code, 0x8e, selector[i], FROM + slot(isa, X86_DS + i));
    put(code, "\xbc", 1); /* mov esp, FROM + FLAGS */
    put32(code, FROM + FLAGS);
    put(code, "\x9d", 1); /* popf */
    for (unsigned i = X86_ECX; i <= X86_EDI; i++)
        x86_mov(code, 0x8b, i, FROM + slot(isa, i));
    put(code, "\xb8", 1); /* mov eax, sched_yield; int 0x80; hlt */
    put32(code, ABI_SYS_SCHED_YIELD);
    put(code, "\xcd\x80\xf4", 3);

    code->resume = CODE + code->size;
    for (unsigned i = X86_EAX; i <= X86_EDI; i++)
        x86_mov(code, 0x89, i, TO + slot(isa, i));
    for (unsigned i = 0; i < 4; i++)
        x86_mov(code, 0x8c, selector[i], TO + slot(isa, X86_DS + i));
    x86_mov(code, 0x8c, 1, TO + slot(isa, X86_CS));
    x86_mov(code, 0x8c, 2, TO + slot(isa, X86_SS));
    put(code, "\xbc", 1); /* mov esp, TO + FLAGS + 4; pushf */
    put32(code, TO + FLAGS + 4);
    put(code, "\x9c", 1);
    x86_at(code, "\x64\xa1", 2, 0); /* mov eax, fs:0 */
    x86_mov(code, 0x89, 0, TO + slot(isa, X86_FS_BASE));
    x86_at(code, "\x65\xa1", 2, 0); /* mov eax, gs:0 */
    x86_mov(code, 0x89, 0, TO + slot(isa, X86_GS_BASE));
    x86_at(code, "\x0f\xae\x1d", 3, TO + slot(isa, X86_MXCSR)); /* stmxcsr */
    for (unsigned i = 0; i < 8; i++) {
        put(code, "\x0f", 1);
        x86_mov(code, 0x11, i, TO + slot(isa, X86_XMM0 + i));
    }
    x86_at(code, "\xdd\x35", 2, TO + FNSAVE);
    put(code, "\xbb\x2a\0\0\0", 5); /* exit(42) */
    put(code, "\xb8\x01\0\0\0\xcd\x80", 7);
}

/* ldr or str of @reg, relative to pc. */
static void arm_at(struct code *code, uint32_t opcode, unsigned reg, vaddr_t va)
{
    put32(code, opcode | reg << 12 | (va - (CODE + code->size + 8)));
}

#define ARM_LDR_PC 0xe59f0000u
#define ARM_STR_PC 0xe58f0000u
#define ARM_LDR_R1 0xe5901000u /* ldr r1, [r0, #] */
#define ARM_STR_R1 0xe5801000u

static void arm_code(struct code *code)
{
    const struct isa *isa = &isa_arm;

    put32(code, 0xe3a00b02); /* mov r0, FROM; msr, mcr, vmsr */
    put32(code, ARM_LDR_R1 + slot(isa, ARM_CPSR));
    put32(code, 0xe12cf001);
    put32(code, ARM_LDR_R1 + slot(isa, ARM_TPIDRURW));
    put32(code, 0xee0d1f50);
    put32(code, ARM_LDR_R1 + slot(isa, ARM_FPSCR));
    put32(code, 0xeee11a10);
    put32(code, 0xe2802050); /* add r2, r0, 80; vldmia r2!, {d0-31} */
    put32(code, 0xecb20b20);
    put32(code, 0xecf20b20);
    for (unsigned i = 0; i < 15; i++)
        if (i != 7)
            arm_at(code, ARM_LDR_PC, i, FROM + 4 * i);
    put32(code, 0xe3a07000 | ABI_SYS_SCHED_YIELD); /* mov r7, #; svc 0; udf */
    put32(code, 0xef000000);
    put32(code, 0xe7f000f0);

    code->resume = CODE + code->size;
    for (unsigned i = 0; i < 15; i++)
        arm_at(code, ARM_STR_PC, i, TO + 4 * i);
    put32(code, 0xe3a00b03); /* mov r0, TO */
    put32(code, 0xe10f1000); /* mrs r1, cpsr */
    put32(code, ARM_STR_R1 + slot(isa, ARM_CPSR));
    put32(code, 0xee1d1f70); /* mrc tpidruro */
    put32(code, ARM_STR_R1 + slot(isa, ARM_TPIDRURO));
    put32(code, 0xee1d1f50); /* mrc tpidrurw */
    put32(code, ARM_STR_R1 + slot(isa, ARM_TPIDRURW));
    put32(code, 0xeef11a10); /* vmrs fpscr */
    put32(code, ARM_STR_R1 + slot(isa, ARM_FPSCR));
    put32(code, 0xe2802050); /* add r2, r0, 80; vstmia r2!, {d0-31} */
    put32(code, 0xeca20b20);
    put32(code, 0xece20b20);
    put32(code, 0xe3a0002a); /* exit(42) */
    put32(code, 0xe3a07001);
    put32(code, 0xef000000);
}

/* ---- registers, as a test sets them ---- */

/* Where in FROM or TO instructions find a register, and how many bytes. */
static uint32_t place_of(const struct isa *isa, unsigned reg, uint32_t *size)
{
    *size = isa->regs[reg].size;
    if (isa == &isa_arm)
        return slot(isa, reg);
    if (reg >= X86_CS && reg <= X86_GS)
        *size = 2;
    if (reg == X86_EFLAGS)
        return FLAGS;
    if (reg >= X86_FPCW && reg <= X86_FPTAG) {
        *size = 2;
        return FNSAVE + 4 * (reg - X86_FPCW);
    }
    return slot(isa, reg);
}

/* The word of x86's registers that not any value will do for. */
static bool x86_word(unsigned reg, bool second, uint32_t *value)
{
    static const struct {
        unsigned reg;
        uint32_t value[2];
    } words[] = {
        {X86_EFLAGS, {0x202 | 0x8d5, 0x202 | 0x411}},
        {X86_CS, {0x73, 0x73}},
        {X86_SS, {0x7b, 0x7b}},
        {X86_DS, {0x7b, 0x73}},
        {X86_ES, {0x73, 0x7b}},
        {X86_FS, {0x73, 0x7b}},
        {X86_GS, {0x7b, 0x73}},
        {X86_FS_BASE, {0, MAGIC}},
        {X86_GS_BASE, {0, MAGIC + 4}},
        {X86_FPCW, {0x27f, 0xc7f}},
        {X86_FPSW, {3u << 11 | 0x4100, 6u << 11 | 0x0200}},
        {X86_FPTAG, {3u << 8, 3u << 10}},
        {X86_MXCSR, {0x3f80, 0x5fa0}},
        {X86_FPOP, {0x123, 0x321}},
        {X86_FPIP, {0x1234567, 0x7654321}},
        {X86_FPDP, {0x89abcde, 0xedcba98}},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].reg == reg) {
            *value = words[i].value[second];
            return true;
        }
    return false;
}

static bool arm_word(unsigned reg, bool second, uint32_t *value)
{
    *value = reg == ARM_CPSR    ? (second ? 0x600a0010 : 0x98050010)
             : reg == ARM_FPSCR ? (second ? 0x60800003 : 0x91000010)
                                : 0;
    return *value != 0;
}

/* All registers of a process, @second for those that a test puts in. */
static void fill(const struct isa *isa, bool second, struct rng *rng,
                 struct cpu_state *cpu)
{
    for (unsigned reg = 0; reg < isa->reg_count; reg++) {
        uint8_t *bytes = cpu->bytes + slot(isa, reg);
        uint32_t value;

        if (isa == &isa_x86 ? x86_word(reg, second, &value)
                            : arm_word(reg, second, &value)) {
            isa_set(isa, cpu, reg, value);
            continue;
        }
        for (unsigned i = 0; i < isa->regs[reg].size; i++)
            bytes[i] = (uint8_t)rng_next(rng);
        if (isa->regs[reg].size == 10) /* a normal number */
            bytes[7] |= 0x80, bytes[8] = 0x12, bytes[9] = 0x34;
    }
}

/* ---- a machine with two processes ---- */

struct scene {
    struct machine *machine;
    struct process *process;
    const struct isa *isa;
    struct code code;
    struct cpu_state first, second; /* what it loads; what the test puts in */
    unsigned switches;
    bool seen;
};

static int no_read(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_write(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

static uint8_t *memory(const struct scene *scene, vaddr_t va)
{
    return os_phys(machine_os(scene->machine))->bytes +
           scene->process->blocks[0].base + va;
}

static void compare(const struct scene *scene, const char *what, unsigned reg,
                    const uint8_t *got, const uint8_t *want, uint32_t size)
{
    if (memcmp(got, want, size) != 0)
        fail_msg("%s %s: %s", scene->isa->name, scene->isa->regs[reg].name,
                 what);
}

/* The call itself has changed these. */
static bool is_kept(const struct isa *isa, unsigned reg)
{
    return reg != isa->pc && reg != isa->call_number && reg != isa->call_result;
}

static bool is_readable(const struct isa *isa, unsigned reg)
{
    return reg != isa->pc &&
           (isa != &isa_x86 || reg < X86_FPOP || reg > X86_FPDP);
}

/* The process is off the CPU: its PCB has what it loaded. Change it all. */
static void exchange(struct scene *scene)
{
    const struct isa *isa = scene->isa;
    struct phys *phys = os_phys(machine_os(scene->machine));
    const paddr_t area = scene->process->pcb + PCB_SAVE;

    for (unsigned reg = 0; reg < isa->reg_count; reg++) {
        uint32_t size;

        (void)place_of(isa, reg, &size);
        if (is_kept(isa, reg))
            compare(scene, "not saved", reg,
                    phys->bytes + area + slot(isa, reg),
                    scene->first.bytes + slot(isa, reg), size);
    }
    assert_int_equal(pcb_get_reg(phys, scene->process->pcb, isa, isa->pc),
                     scene->code.resume - (isa == &isa_x86 ? 1 : 4));
    isa_set(isa, &scene->second, isa->pc, scene->code.resume);
    phys_write(phys, area, scene->second.bytes, isa->save_size);
}

static void on_switch(void *ctx, uint32_t from, const struct process *to,
                      cycles_t cycle)
{
    struct scene *scene = ctx;

    (void)cycle;
    if (from == scene->process->pid && to != scene->process &&
        scene->switches++ == 0)
        exchange(scene);
}

/* The process has stored what it found. */
static void look(struct scene *scene)
{
    const struct isa *isa = scene->isa;

    for (unsigned reg = 0; reg < isa->reg_count; reg++) {
        uint32_t size;
        const uint8_t *got = memory(scene, TO + place_of(isa, reg, &size));
        const uint8_t *want = scene->second.bytes + slot(isa, reg);
        static const uint8_t magic[] = "fs: gs: ";

        if (isa == &isa_x86 && (reg == X86_FS_BASE || reg == X86_GS_BASE))
            want = magic + (reg == X86_GS_BASE ? 4 : 0);
        if (isa == &isa_x86 && reg >= X86_ST0 && reg < X86_FPCW) {
            /* fnsave begins at the top of the stack */
            const unsigned top = isa_get(isa, &scene->second, X86_FPSW) >> 11;

            got = memory(scene,
                         TO + FNSAVE + 28 + 10 * ((reg - X86_ST0 - top) & 7));
        }
        if (is_readable(isa, reg))
            compare(scene, "not restored", reg, got, want, size);
    }
    scene->seen = true;
}

static void on_trap(void *ctx, const struct process *process,
                    const struct trap *trap)
{
    struct scene *scene = ctx;
    const struct phys *phys = os_phys(machine_os(scene->machine));
    const struct isa *isa = scene->isa;

    if (process != scene->process)
        return;
    if (trap->cause != TRAP_SYSCALL && trap->cause != TRAP_TIMER)
        fail_msg("%s %s: not restored", isa->name, isa->regs[isa->pc].name);
    if (trap->cause == TRAP_SYSCALL && scene->switches > 0) {
        assert_int_equal(pcb_get_reg(phys, process->pcb, isa, isa->call_number),
                         ABI_SYS_EXIT);
        look(scene);
    }
}

static struct process *spawn(struct scene *scene, uint16_t machine)
{
    static const char *const argv[] = {"test"};
    struct process *process = NULL;
    struct elf_build elf;
    struct os_error why;

    elf_build(&elf, machine);
    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = BOUNDS,
                                       .base = OS_BASE_ANY};
    assert_int_equal(
        os_spawn(machine_os(scene->machine), &program, &process, &why), 0);
    return process;
}

/* The registers of @cpu where the process's instructions take them from. */
static void lay_out(struct scene *scene)
{
    const struct isa *isa = scene->isa;
    const struct cpu_state *cpu = &scene->first;

    for (unsigned reg = 0; reg < isa->reg_count; reg++) {
        uint32_t size;
        const uint32_t at = place_of(isa, reg, &size);

        memcpy(memory(scene, FROM + at), cpu->bytes + slot(isa, reg), size);
    }
    for (unsigned i = 0; isa == &isa_x86 && i < 8; i++) {
        const unsigned top = isa_get(isa, cpu, X86_FPSW) >> 11;

        memcpy(memory(scene, FROM + FNSAVE + 28 + 10 * ((i - top) & 7)),
               cpu->bytes + slot(isa, X86_ST0 + i), 10);
    }
    memcpy(memory(scene, MAGIC), "fs: gs: ", 8);
    memcpy(memory(scene, CODE), scene->code.bytes, scene->code.size);
}

/* What its instructions cannot load the process has from the start. */
static void begin(struct scene *scene)
{
    static const unsigned x86[] = {X86_FPOP, X86_FPIP, X86_FPDP};
    const struct isa *isa = scene->isa;
    struct phys *phys = os_phys(machine_os(scene->machine));
    const paddr_t pcb = scene->process->pcb;

    pcb_set_reg(phys, pcb, isa, isa->pc, CODE);
    if (isa == &isa_arm) {
        pcb_set_reg(phys, pcb, isa, ARM_TPIDRURO,
                    isa_get(isa, &scene->first, ARM_TPIDRURO));
        return;
    }
    for (unsigned i = 0; i < 3; i++)
        pcb_set_reg(phys, pcb, isa, x86[i],
                    isa_get(isa, &scene->first, x86[i]));
    /* To load a selector makes these 0. */
    pcb_set_reg(phys, pcb, isa, X86_FS_BASE, MAGIC);
    pcb_set_reg(phys, pcb, isa, X86_GS_BASE, MAGIC);
}

static void run(const struct isa *isa, bool counting, bool paranoid)
{
    struct scene scene = {.isa = isa};
    struct rng rng = rng_start();
    const struct machine_config config = {.phys_size = PHYS,
                                          .io = {no_read, no_write, NULL},
                                          .counting = counting,
                                          .paranoid = paranoid,
                                          .slice = 1000};
    const struct machine_watcher watcher = {
        .ctx = &scene, .before_trap = on_trap, .switched = on_switch};

    assert_int_equal(machine_create(&scene.machine, &config, &watcher), 0);
    scene.process = spawn(&scene, isa->elf_machine);
    if (isa == &isa_x86)
        x86_code(&scene.code);
    else
        arm_code(&scene.code);
    fill(isa, false, &rng, &scene.first);
    fill(isa, true, &rng, &scene.second);
    lay_out(&scene);
    begin(&scene);

    /* The other one, of the same machine: exit(). */
    struct process *other = spawn(&scene, ELF_X86);
    memcpy(os_phys(machine_os(scene.machine))->bytes + other->blocks[0].base +
               ELF_BUILD_ENTRY,
           "\xb8\x01\0\0\0\xcd\x80", 7);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_true(scene.seen);
    assert_int_equal(os_exit_code(machine_os(scene.machine)), 42);
    machine_destroy(scene.machine);
}

static void test_registers_of_x86_are_those_in_the_pcb(void **state)
{
    (void)state;
    run(&isa_x86, true, false);
    run(&isa_x86, false, false);
    run(&isa_x86, true, true);
}

static void test_registers_of_arm_are_those_in_the_pcb(void **state)
{
    (void)state;
    run(&isa_arm, true, false);
    run(&isa_arm, false, false);
    run(&isa_arm, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers_of_x86_are_those_in_the_pcb),
        cmocka_unit_test(test_registers_of_arm_are_those_in_the_pcb),
    };

    return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
