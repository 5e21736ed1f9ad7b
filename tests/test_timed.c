/*
 * tests/test_timed.c - machines on a clock: what traps, switches and whole
 * programs cost, and that nobody who watches changes it.
 *
 * The programs are bytes, so that no compiler changes what they cost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/machine.h"
#include "os/abi.h"
#include "tests/elf_build.h"

#define PHYS         (128u * 1024u)
#define BASE         0x8000u
#define CODE         0x100u /* file offset and address of the code */
#define DATA         0x200u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct code {
    const char *name;
    uint16_t machine;
    const uint8_t *bytes;
    size_t size;
};

/*
 *      mov ecx, 40
 *  1:  mov eax, [esi*4 + 0x200]; imul eax, ecx; add [esi*4 + 0x200], eax
 *      lea esi, [esi + 3]; and esi, 0x1f
 *      push eax; call f; pop eax; dec ecx; jnz 1b
 *      xor edx, edx; mov ebx, 7; div ebx
 *      mov edi, 0x201; mov ecx, 9; rep stosb
 *      fld qword [0x208]; fadd qword [0x210]; fdiv qword [0x208]
 *      fstp tbyte [0x21e]; movups xmm0, [0x205]; movaps [0x210], xmm0
 *      getpid(); exit(5)
 *  f:  mov edx, [esp + 4]; ret
 */
static const uint8_t x86_bytes[] = {
    0xb9, 0x28, 0x00, 0x00, 0x00, 0x8b, 0x04, 0xb5, 0x00, 0x02, 0x00,
    0x00, 0x0f, 0xaf, 0xc1, 0x01, 0x04, 0xb5, 0x00, 0x02, 0x00, 0x00,
    0x8d, 0x76, 0x03, 0x83, 0xe6, 0x1f, 0x50, 0xe8, 0x52, 0x00, 0x00,
    0x00, 0x58, 0x49, 0x75, 0xdf, 0x31, 0xd2, 0xbb, 0x07, 0x00, 0x00,
    0x00, 0xf7, 0xf3, 0xbf, 0x01, 0x02, 0x00, 0x00, 0xb9, 0x09, 0x00,
    0x00, 0x00, 0xf3, 0xaa, 0xdd, 0x05, 0x08, 0x02, 0x00, 0x00, 0xdc,
    0x05, 0x10, 0x02, 0x00, 0x00, 0xdc, 0x35, 0x08, 0x02, 0x00, 0x00,
    0xdb, 0x3d, 0x1e, 0x02, 0x00, 0x00, 0x0f, 0x10, 0x05, 0x05, 0x02,
    0x00, 0x00, 0x0f, 0x29, 0x05, 0x10, 0x02, 0x00, 0x00, 0xb8, 0x14,
    0x00, 0x00, 0x00, 0xcd, 0x80, 0xb8, 0x01, 0x00, 0x00, 0x00, 0xbb,
    0x05, 0x00, 0x00, 0x00, 0xcd, 0x80, 0x8b, 0x54, 0x24, 0x04, 0xc3};

/*
 *      mov r4, #40; mov r5, #0; mov r6, #0x200
 *  1:  ldr r0, [r6, r5, lsl #2]; mul r0, r4, r0; str r0, [r6, r5, lsl #2]
 *      add r5, r5, #3; and r5, r5, #31; tst r5, #1; ldrne r1, [r6]
 *      push {r0, r4}; bl f; pop {r0, r4}; subs r4, r4, #1; bne 1b
 *      vldr d0, [r6, #8]; vadd.f64 d1, d0, d0; vdiv.f64 d1, d1, d0
 *      vstr d1, [r6, #16]; ldm r6, {r0-r3}
 *      getpid(); exit(5)
 *  f:  ldr r2, [sp]; bx lr
 */
static const uint8_t arm_bytes[] = {
    0x28, 0x40, 0xa0, 0xe3, 0x00, 0x50, 0xa0, 0xe3, 0x02, 0x6c, 0xa0, 0xe3,
    0x05, 0x01, 0x96, 0xe7, 0x94, 0x00, 0x00, 0xe0, 0x05, 0x01, 0x86, 0xe7,
    0x03, 0x50, 0x85, 0xe2, 0x1f, 0x50, 0x05, 0xe2, 0x01, 0x00, 0x15, 0xe3,
    0x00, 0x10, 0x96, 0x15, 0x11, 0x00, 0x2d, 0xe9, 0x0c, 0x00, 0x00, 0xeb,
    0x11, 0x00, 0xbd, 0xe8, 0x01, 0x40, 0x54, 0xe2, 0xf3, 0xff, 0xff, 0x1a,
    0x02, 0x0b, 0x96, 0xed, 0x00, 0x1b, 0x30, 0xee, 0x00, 0x1b, 0x81, 0xee,
    0x04, 0x1b, 0x86, 0xed, 0x0f, 0x00, 0x96, 0xe8, 0x14, 0x70, 0xa0, 0xe3,
    0x00, 0x00, 0x00, 0xef, 0x01, 0x70, 0xa0, 0xe3, 0x05, 0x00, 0xa0, 0xe3,
    0x00, 0x00, 0x00, 0xef, 0x00, 0x20, 0x9d, 0xe5, 0x1e, 0xff, 0x2f, 0xe1};

/*
 *      mov ecx, 60
 *  1:  movups xmm0, [ecx + 0x205]; movups [ecx + 0x216], xmm0; jmp 2f
 *  2:  movaps xmm1, [0x210]; movaps [0x220], xmm1; jmp 3f
 *  3:  movsd xmm2, [ecx + 0x20c]; movups xmm3, [ecx + 0x214]
 *      movsd [0x230], xmm2; jmp 4f
 *  4:  fld tbyte [ecx + 0x203]; fstp tbyte [0x238]; jmp 5f
 *  5:  pusha; popa; dec ecx; jnz 1b
 *      exit(5)
 */
static const uint8_t wide_bytes[] = {
    0xb9, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x10, 0x81, 0x05, 0x02, 0x00, 0x00,
    0x0f, 0x11, 0x81, 0x16, 0x02, 0x00, 0x00, 0xeb, 0x00, 0x0f, 0x28, 0x0d,
    0x10, 0x02, 0x00, 0x00, 0x0f, 0x29, 0x0d, 0x20, 0x02, 0x00, 0x00, 0xeb,
    0x00, 0xf2, 0x0f, 0x10, 0x91, 0x0c, 0x02, 0x00, 0x00, 0x0f, 0x10, 0x99,
    0x14, 0x02, 0x00, 0x00, 0xf2, 0x0f, 0x11, 0x15, 0x30, 0x02, 0x00, 0x00,
    0xeb, 0x00, 0xdb, 0xa9, 0x03, 0x02, 0x00, 0x00, 0xdb, 0x3d, 0x38, 0x02,
    0x00, 0x00, 0xeb, 0x00, 0x60, 0x61, 0x49, 0x75, 0xb4, 0xb8, 0x01, 0x00,
    0x00, 0x00, 0xbb, 0x05, 0x00, 0x00, 0x00, 0xcd, 0x80};

static const struct code wide = {"wide", ELF_X86, wide_bytes,
                                 sizeof(wide_bytes)};
static const struct code x86 = {"x86", ELF_X86, x86_bytes, sizeof(x86_bytes)};
static const struct code arm = {"arm", ELF_ARM, arm_bytes, sizeof(arm_bytes)};

/* mov eax, 20; int 0x80; hlt */
static const uint8_t ask_bytes[] = {0xb8, ABI_SYS_GETPID, 0,    0,
                                    0,    0xcd,           0x80, 0xf4};
static const struct code ask = {"ask", ELF_X86, ask_bytes, sizeof(ask_bytes)};

/* jmp to itself */
static const uint8_t loop_bytes[] = {0xeb, 0xfe};
static const struct code loop = {"loop", ELF_X86, loop_bytes, 2};

/* ---- a machine on a clock ---- */

struct bench {
    struct charge *charge;
    struct machine *machine;
};

/* Who watches. */
struct watch {
    const char *what;
    bool observed, paranoid, round_trip, counting;
    uint64_t step; /* instructions between two stops; 0: none */
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

static void on_access(void *ctx, const struct process *process, vaddr_t pc,
                      const struct mmu_access *access, paddr_t pa)
{
    (void)ctx, (void)process, (void)pc, (void)access, (void)pa;
}

static void start(struct bench *bench, const struct memsys_config *caches,
                  const struct costs *costs, const struct watch *watch,
                  uint64_t slice)
{
    assert_int_equal(charge_create(&bench->charge, caches, costs, 16), 0);
    const struct machine_config config = {
        .phys_size = PHYS,
        .io = {no_read, no_write, NULL},
        .counting = watch->counting,
        .paranoid = watch->paranoid,
        .round_trip = watch->round_trip,
        .slice = slice,
        .charge = bench->charge,
    };
    const struct machine_watcher watcher = {
        .access = watch->observed ? on_access : NULL};

    assert_int_equal(machine_create(&bench->machine, &config, &watcher), 0);
}

static void stop(struct bench *bench)
{
    assert_true(charge_check(bench->charge));
    machine_destroy(bench->machine);
    charge_destroy(bench->charge);
}

static void spawn(struct bench *bench, const struct code *code, paddr_t base)
{
    static const char *const argv[] = {"test"};
    struct elf_build elf;
    struct os_error why;
    struct process *process;

    elf_build(&elf, code->machine);
    memset(elf.bytes + CODE, 0, 0x300 - CODE);
    memcpy(elf.bytes + CODE, code->bytes, code->size);
    elf_put(&elf, EH_ENTRY, 4, CODE);
    elf_put(&elf, PH(0, PH_FILESZ), 4, DATA);
    elf_put(&elf, PH(0, PH_MEMSZ), 4, DATA);
    elf_put(&elf, PH(1, PH_OFFSET), 4, DATA);
    elf_put(&elf, PH(1, PH_FILESZ), 4, 0x100);
    elf_put(&elf, PH(1, PH_MEMSZ), 4, 0x100);
    for (unsigned i = 0; i < 0x40; i++)
        elf_put(&elf, DATA + 4 * i, 4, 0x40000000 + i * 77773);
    elf.size = 0x300;

    const struct os_program program = {.file = elf.bytes,
                                       .file_size = elf.size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = 8192,
                                       .base = base};
    if (os_spawn(machine_os(bench->machine), &program, &process, &why))
        fail_msg("%s: %s", code->name, why.text);
}

static const struct watch nobody = {.what = "nobody"};

/* Costs that cannot be mistaken for each other's sums. */
static struct costs plain_costs(void)
{
    struct costs costs;

    costs_init(&costs);
    costs.cycles[COST_execute_simple] = 5;
    costs.cycles[COST_execute_jump] = 7;
    costs.cycles[COST_translate_base_bounds] = 3;
    costs.cycles[COST_trap_entry] = 700000;
    costs.cycles[COST_trap_exit] = 400000;
    costs.cycles[COST_l1i_hit] = 1;
    costs.cycles[COST_l1d_hit] = 2;
    costs.cycles[COST_l2_hit] = 10;
    costs.cycles[COST_dram_hit] = 100;
    costs.cycles[COST_dram_closed] = 1000;
    costs.cycles[COST_dram_conflict] = 10000;
    return costs;
}

static void expect(const struct bench *bench, enum clock_cause cause,
                   cycles_t cycles)
{
    if (bench->charge->clock.spent[cause] != cycles)
        fail_msg("%s: %llu, not %llu", clock_cause_name(cause),
                 (unsigned long long)bench->charge->clock.spent[cause],
                 (unsigned long long)cycles);
}

/* ---- by hand ---- */

static void test_timed_traps_cost_what_the_hardware_does(void **state)
{
    const struct costs costs = plain_costs();
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    start(&bench, &caches, &costs, &nobody, 0);
    spawn(&bench, &ask, BASE);
    assert_int_equal(machine_run(bench.machine, UINT64_MAX), MACHINE_DONE);

    /* mov and int 0x80 are complete, in one line; hlt is not, and is free. */
    expect(&bench, CLOCK_fetch_stall, 10 + 1000 + 1);
    expect(&bench, CLOCK_execute, 5 + 5);
    expect(&bench, CLOCK_translate, 3 + 3);
    /*
     * The vectors of the system call and of the privileged instruction are in
     * one line. The second handler returns to nobody.
     */
    expect(&bench, CLOCK_trap, 700000 + (10 + 1000) + 400000 + 700000 + 2);
    assert_int_equal(bench.charge->clock.now, 1011 + 10 + 6 + 1801012);
    stop(&bench);
}

/* Registers of 4, 8, 10 and 16 bytes are 1, 2, 3 and 4 words. */
static unsigned words_of(const struct isa *isa)
{
    unsigned words = 0;

    for (unsigned i = 0; i < isa->reg_count; i++)
        words += isa->regs[i].size == 10 ? 3 : isa->regs[i].size / 4;
    return words;
}

static void test_timed_a_switch_saves_and_restores_registers(void **state)
{
    struct costs costs = {{0}};
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    costs.cycles[COST_l1d_hit] = 1;
    costs.cycles[COST_l2_hit] = 1;
    start(&bench, &caches, &costs, &nobody, 1);
    spawn(&bench, &loop, BASE);
    spawn(&bench, &loop, 2 * BASE);

    /* The timer fires before the first one jumps again. */
    assert_int_equal(machine_run(bench.machine, 2), MACHINE_LIMIT);
    assert_int_equal(machine_counts(bench.machine).switches, 1);
    assert_int_equal(words_of(&isa_x86), 8 + 2 + 6 + 2 + 8 * 3 + 8 * 4 + 7);
    expect(&bench, CLOCK_context_switch, 2 * words_of(&isa_x86) + 8 * 3);
    expect(&bench, CLOCK_trap, 1); /* the vector */
    expect(&bench, CLOCK_fetch_stall, 1 + 1);
    stop(&bench);
}

/*
 * Each jump costs 3 + 1 + 7, and the first 3 + (10 + 1000) + 7: after the
 * fourth the clock says 1053.
 */
static void test_timed_a_slice_is_cycles(void **state)
{
    const struct costs costs = plain_costs();
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    for (uint64_t slice = 1043; slice <= 1053; slice++) {
        start(&bench, &caches, &costs, &nobody, slice);
        spawn(&bench, &loop, BASE);
        spawn(&bench, &loop, 2 * BASE);
        assert_int_equal(machine_run(bench.machine, 4), MACHINE_LIMIT);
        assert_int_equal(bench.charge->clock.now, 1053);
        assert_int_equal(machine_counts(bench.machine).switches, 0);
        assert_int_equal(machine_run(bench.machine, 5), MACHINE_LIMIT);
        assert_int_equal(machine_counts(bench.machine).switches, 1);
        stop(&bench);
    }
}

/* Two in turns: what they have used is what ran, and no trap or switch. */
static void test_timed_a_process_is_charged_for_what_it_runs(void **state)
{
    const struct costs costs = plain_costs();
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    start(&bench, &caches, &costs, &nobody, 1053);
    spawn(&bench, &loop, BASE);
    spawn(&bench, &loop, 2 * BASE);
    for (uint64_t limit = 5; machine_counts(bench.machine).switches < 2;)
        assert_int_equal(machine_run(bench.machine, limit++), MACHINE_LIMIT);

    /* The first one has jumped again, which its PCB does not know yet. */
    const struct phys *phys = os_phys(machine_os(bench.machine));
    const cycles_t *spent = bench.charge->clock.spent;
    const cycles_t ran = spent[CLOCK_execute] + spent[CLOCK_fetch_stall] +
                         spent[CLOCK_translate];

    assert_int_equal(pcb_get64(phys, OS_PCBS, PCB_FIELD_CPU), 1053);
    assert_int_equal(pcb_get64(phys, OS_PCBS + PCB_SIZE, PCB_FIELD_CPU),
                     ran - 1053 - 11);
    stop(&bench);
}

static void note_clock(struct machine *machine, void *ctx)
{
    *(cycles_t *)ctx = machine_clock(machine);
}

static void test_timed_events_come_at_their_cycle(void **state)
{
    static const struct {
        cycles_t at, seen;
    } rows[] = {{0, 0},       {1, 1020},      {1020, 1020},
                {1021, 1031}, {1031, 1031},   {1032, 1042},
                {1042, 1042}, {90009, 90010}, {1101020, 1101020}};
    const struct costs costs = plain_costs();
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cycles_t seen = 0;

        start(&bench, &caches, &costs, &nobody, 0);
        spawn(&bench, &loop, BASE);
        assert_int_equal(
            machine_at(bench.machine, rows[i].at, note_clock, &seen), 0);
        assert_int_equal(machine_run(bench.machine, 200000), MACHINE_LIMIT);
        assert_int_equal(seen, rows[i].seen);
        stop(&bench);
    }
}

/*
 * pipe(0x200); write(end, 0x220, 10); read(end, 0x230, 64); fork(); exit(5)
 */
static const uint8_t work_bytes[] = {
    0xb8, 0x2a, 0x00, 0x00, 0x00, 0xbb, 0x00, 0x02, 0x00, 0x00, 0xcd,
    0x80, 0xb8, 0x04, 0x00, 0x00, 0x00, 0x8b, 0x1d, 0x04, 0x02, 0x00,
    0x00, 0xb9, 0x20, 0x02, 0x00, 0x00, 0xba, 0x0a, 0x00, 0x00, 0x00,
    0xcd, 0x80, 0xb8, 0x03, 0x00, 0x00, 0x00, 0x8b, 0x1d, 0x00, 0x02,
    0x00, 0x00, 0xb9, 0x30, 0x02, 0x00, 0x00, 0xba, 0x40, 0x00, 0x00,
    0x00, 0xcd, 0x80, 0xb8, 0x02, 0x00, 0x00, 0x00, 0xcd, 0x80, 0xb8,
    0x01, 0x00, 0x00, 0x00, 0xbb, 0x05, 0x00, 0x00, 0x00, 0xcd, 0x80};
static const struct code work = {"work", ELF_X86, work_bytes,
                                 sizeof(work_bytes)};

/* Where each reference costs one cycle, and nothing else costs anything. */
static void test_timed_handlers_touch_memory_word_by_word(void **state)
{
    const uint64_t pipe = ABI_PIPE_SIZE / 4 + 2; /* cleared; two descriptors */
    const uint64_t written = 3 + 3, got = 3 + 3; /* 10 bytes: user, ring */
    const uint64_t fork = PCB_SIZE / 4 + 2 * PCB_SIZE / 4 + 2 * 8192 / 4;
    const uint64_t vectors = 4 + 2; /* and each of the two exits */
    struct costs costs = {{0}};
    struct memsys_config caches;
    struct bench bench;

    (void)state;
    memsys_config_init(&caches);
    costs.cycles[COST_l1d_hit] = 1;
    costs.cycles[COST_l2_hit] = 1;
    start(&bench, &caches, &costs, &nobody, 0);
    spawn(&bench, &work, BASE);
    assert_int_equal(machine_run(bench.machine, UINT64_MAX), MACHINE_DONE);
    expect(&bench, CLOCK_trap, pipe + written + got + fork + vectors);
    expect(&bench, CLOCK_load_stall, 2);
    expect(&bench, CLOCK_compact, 0);
    expect(&bench, CLOCK_swap, 0);
    stop(&bench);
}

/* ---- whole programs ---- */

static struct clock time_of(const struct code *code,
                            const struct memsys_config *caches,
                            const struct watch *watch, uint64_t slice)
{
    struct costs costs;
    struct bench bench;
    uint64_t limit = watch->step ? watch->step : UINT64_MAX;

    costs_init(&costs);
    start(&bench, caches, &costs, watch, slice);
    spawn(&bench, code, BASE);
    if (slice)
        spawn(&bench, code == &x86 ? &arm : &x86, 2 * BASE + 17);
    while (machine_run(bench.machine, limit) == MACHINE_LIMIT)
        limit += watch->step;
    assert_int_equal(os_exit_code(machine_os(bench.machine)), 5);

    const struct clock clock = bench.charge->clock;
    stop(&bench);
    return clock;
}

/* Execution by hand: 1 + 40 * 14 + 28 + 2 + 10 + 22 + 5 for x86, and so on. */
static void test_timed_programs_cost_the_same_everywhere(void **state)
{
    static const struct {
        const struct code *code;
        cycles_t spent[CLOCK_CAUSE_COUNT];
    } rows[] = {
        {&x86, {628, 581, 264, 161, 842, 226, 0, 0, 0, 0}},
        {&arm, {669, 647, 245, 151, 879, 226, 0, 0, 0, 0}},
    };
    struct memsys_config caches;

    (void)state;
    memsys_config_init(&caches);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct clock clock = time_of(rows[i].code, &caches, &nobody, 0);

        if (memcmp(clock.spent, rows[i].spent, sizeof(clock.spent)) == 0)
            continue;
        for (unsigned k = 0; k < CLOCK_CAUSE_COUNT; k++)
            print_error("%s, %s: %llu, pinned %llu\n", rows[i].code->name,
                        clock_cause_name((enum clock_cause)k),
                        (unsigned long long)clock.spent[k],
                        (unsigned long long)rows[i].spent[k]);
        fail();
    }
}

static void compare(const struct code *code, const struct memsys_config *caches,
                    const char *geometry, uint64_t slice)
{
    static const struct watch watches[] = {
        {.what = "an observer", .observed = true},
        {.what = "somebody who counts", .counting = true},
        {.what = "paranoia", .paranoid = true},
        {.what = "round trips", .round_trip = true},
        {.what = "stops", .step = 7},
        {.what = "stops at each", .step = 1},
        {.what = "long steps", .step = 1100},
        {.what = "a crowd",
         .observed = true,
         .counting = true,
         .paranoid = true,
         .round_trip = true,
         .step = 13},
    };
    const struct clock want = time_of(code, caches, &nobody, slice);

    for (size_t i = 0; i < COUNT(watches); i++) {
        const struct clock got = time_of(code, caches, &watches[i], slice);

        for (unsigned k = 0; k < CLOCK_CAUSE_COUNT; k++)
            if (got.spent[k] != want.spent[k])
                fail_msg("%s, %s: %s changes %s: %llu, not %llu", code->name,
                         geometry, watches[i].what,
                         clock_cause_name((enum clock_cause)k),
                         (unsigned long long)got.spent[k],
                         (unsigned long long)want.spent[k]);
    }
}

static void test_timed_nobody_who_watches_costs_anything(void **state)
{
    static const struct {
        const char *what;
        struct cache_config l1i, l1d, l2;
        bool inclusive;
    } rows[] = {
        {"the defaults",
         {32768, 8, 64},
         {32768, 8, 64},
         {262144, 4, 64},
         false},
        {"small for data", {32768, 8, 64}, {32, 1, 16}, {64, 1, 16}, false},
        {"small", {64, 1, 16}, {64, 1, 16}, {256, 1, 32}, false},
        {"one line", {16, 1, 16}, {16, 1, 16}, {64, 4, 16}, false},
        {"inclusive", {128, 2, 16}, {128, 2, 16}, {256, 2, 16}, true},
        {"through",
         {128, 2, 16, CACHE_fifo},
         {128, 2, 16, CACHE_plru, .write_through = true, .no_allocate = true},
         {256, 2, 16, CACHE_random, .seed = 7},
         false},
        {"prefetch",
         {128, 2, 16, CACHE_random, .seed = 3, .prefetch = true},
         {128, 2, 16, .prefetch = true, .virtual_index = true},
         {512, 2, 16},
         false},
        {"virtual",
         {128, 2, 16, CACHE_plru, .virtual_index = true},
         {128, 2, 16},
         {512, 2, 16},
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memsys_config caches;

        memsys_config_init(&caches);
        caches.caches[MEMSYS_L1I] = rows[i].l1i;
        caches.caches[MEMSYS_L1D] = rows[i].l1d;
        caches.caches[MEMSYS_L2] = rows[i].l2;
        caches.inclusive = rows[i].inclusive;
        compare(&x86, &caches, rows[i].what, 0);
        compare(&arm, &caches, rows[i].what, 0);
        compare(&wide, &caches, rows[i].what, 0);
        compare(&x86, &caches, rows[i].what, 50);
        compare(&work, &caches, rows[i].what, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timed_traps_cost_what_the_hardware_does),
        cmocka_unit_test(test_timed_a_switch_saves_and_restores_registers),
        cmocka_unit_test(test_timed_a_slice_is_cycles),
        cmocka_unit_test(test_timed_a_process_is_charged_for_what_it_runs),
        cmocka_unit_test(test_timed_events_come_at_their_cycle),
        cmocka_unit_test(test_timed_handlers_touch_memory_word_by_word),
        cmocka_unit_test(test_timed_programs_cost_the_same_everywhere),
        cmocka_unit_test(test_timed_nobody_who_watches_costs_anything),
    };

    return cmocka_run_group_tests_name("timed", tests, NULL, NULL);
}
