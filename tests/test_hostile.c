/*
 * tests/test_hostile.c - no program harms the emulator or tells its ways apart.
 *
 * Every bug that the fuzzers found is pinned here as a case, and a bounded run
 * of them is made. The long ones: tests/fuzz_engine.c, tests/fuzz_sweep.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/hostile_code.h"

#define BOUNDS 4096u
#define LIMIT  5000u /* instructions: so many that the fast core runs */

/* One set of machines for all tests: hostile programs follow each other. */
static struct hostile x86, arm;

static int set_up(void **state)
{
    (void)state;
    hostile_open(&x86, &isa_x86);
    hostile_open(&arm, &isa_arm);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hostile_close(&x86);
    hostile_close(&arm);
    return 0;
}

static void agree(struct hostile *h, bool agreed)
{
    if (!agreed || !hostile_contained(h))
        fail_msg("%s", h->why);
}

/* A process with @code at 0 whose stack is at its end. */
static void load(struct hostile *h, uint32_t bounds, const void *code,
                 uint32_t size)
{
    uint8_t image[HOSTILE_BOUNDS] = {0};
    struct cpu_state cpu;

    memcpy(image, code, size);
    isa_entry_state(h->isa, &cpu, 0, bounds);
    hostile_start(h, 20001, bounds, image, &cpu);
}

static void set(struct hostile *h, unsigned reg, uint32_t value)
{
    isa_set(h->isa, &h->cpu, reg, value);
}

static uint32_t get(const struct hostile *h, unsigned reg)
{
    return isa_get(h->isa, &h->cpu, reg);
}

static void expect_trap(struct hostile *h, enum trap_cause cause, vaddr_t pc)
{
    agree(h, hostile_run(h, LIMIT));
    assert_int_equal(h->stop, ENGINE_TRAP);
    assert_int_equal(h->trap.cause, cause);
    assert_int_equal(h->trap.pc, pc);
}

#define LOAD(h, code) load(h, BOUNDS, &(code), sizeof(code))

/* ---- pinned: state ---- */

static void test_hostile_flags_survive_a_trap_that_is_taken_back(void **state)
{
    static const uint8_t code[] = {
        0xa1, 0x00, 0x10, 0x00, 0x00, /* mov eax, [0x1000] */
        0x9f,                         /* lahf */
        0xcd, 0x80,
    };

    (void)state;
    LOAD(&x86, code);
    set(&x86, X86_EFLAGS, 0x2d6);
    expect_trap(&x86, TRAP_BOUNDS, 0);
    set(&x86, X86_EIP, 5); /* and the flags are not written again */
    expect_trap(&x86, TRAP_SYSCALL, 8);
    assert_int_equal(get(&x86, X86_EAX) >> 8, 0xd6);
}

static void test_hostile_iret_to_virtual_8086_mode_is_privileged(void **state)
{
    static const uint8_t code[] = {
        0x68, 0x02, 0x02, 0x02, 0x00, /* push flags with VM */
        0x6a, 0x73,                   /* push cs */
        0x6a, 0x09,                   /* push 9 */
        0xcf,                         /* iret */
    };

    (void)state;
    LOAD(&x86, code);
    expect_trap(&x86, TRAP_PRIVILEGED, 9);
    hostile_write(&x86, 3, "\0", 1); /* without VM, it returns to itself */
    set(&x86, X86_EIP, 0);
    set(&x86, X86_ESP, BOUNDS);
    expect_trap(&x86, TRAP_BOUNDS, 9);
    assert_int_equal(get(&x86, X86_ESP), BOUNDS);
}

static void test_hostile_misaligned_exclusives_are_alignment_traps(void **state)
{
    static const struct {
        uint32_t word;
        uint32_t size;
        enum mmu_prot kind;
    } rows[] = {
        {0xe1910f9f, 4, MMU_READ}, /* ldrex r0, [r1] */
        {0xe1b12f9f, 8, MMU_READ}, /* ldrexd r2, r3, [r1] */
        {0xe1f10f9f, 2, MMU_READ}, /* ldrexh r0, [r1] */
        {0xe1010090, 4, MMU_READ}, /* swp r0, r0, [r1] */
        {0x0f00e851, 4, MMU_READ}, /* ldrex r0, [r1] */
        {0x237fe8d1, 8, MMU_READ}, /* ldrexd r2, r3, [r1] */
        {0x0f5fe8d1, 2, MMU_READ}, /* ldrexh r0, [r1] */
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        LOAD(&arm, rows[i].word);
        set(&arm, ARM_R0 + 1, 0x101);
        if (i >= 4)
            set(&arm, ARM_CPSR, 0x30);
        expect_trap(&arm, TRAP_ALIGNMENT, 0);
        assert_int_equal(arm.trap.access.va, 0x101);
        assert_int_equal(arm.trap.access.size, rows[i].size);
        assert_int_equal(arm.trap.access.kind, rows[i].kind);
    }
}

/* Unicorn 2.0.1 took CF from the address of the instruction. */
static void test_hostile_shift_of_memory_by_cl_sets_carry(void **state)
{
    static const struct {
        uint8_t code[3];
        uint32_t value;
        uint32_t carry;
    } rows[] = {
        {{0xd3, 0x2f}, 0x04, 1},       /* shr dword [edi], cl */
        {{0xd3, 0x2f}, 0x0b, 0},       /* by 3 */
        {{0xd3, 0x3f}, 0x04, 1},       /* sar */
        {{0xd3, 0x27}, 0x20000000, 1}, /* shl */
        {{0xd3, 0x27}, 0xdf000000, 0}, {{0xd2, 0x27}, 0x20, 1}, /* shl byte */
        {{0x0f, 0xad, 0x07}, 0x04, 1}, /* shrd dword [edi], eax, cl */
        {{0x0f, 0xad, 0x07}, 0x0b, 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (vaddr_t pc = 0; pc < 0x100; pc += 0x33) {
            LOAD(&x86, "");
            hostile_write(&x86, pc, rows[i].code, 3);
            hostile_write(&x86, pc + (rows[i].code[2] ? 3 : 2), "\xcd\x80", 2);
            hostile_write(&x86, 0x800, &rows[i].value, 4);
            set(&x86, X86_EIP, pc);
            set(&x86, X86_ECX, 3);
            set(&x86, X86_EDI, 0x800);
            agree(&x86, hostile_run(&x86, LIMIT));
            assert_int_equal(x86.trap.cause, TRAP_SYSCALL);
            assert_int_equal(get(&x86, X86_EFLAGS) & 1, rows[i].carry);
        }
}

static void test_hostile_loops_by_flag_leave_the_flags(void **state)
{
    static const uint8_t code[] = {
        0x3c, 0x79, /* cmp al, 0x79 */
        0xe0, 0x00, /* loopne, or loope */
        0xcd, 0x80,
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t count = 0; count < 3; count++) {
            LOAD(&x86, code);
            hostile_write(&x86, 2, i ? "\xe1" : "\xe0", 1);
            set(&x86, X86_EAX, 0x97);
            set(&x86, X86_ECX, count);
            expect_trap(&x86, TRAP_SYSCALL, sizeof(code));
            assert_int_equal(get(&x86, X86_EFLAGS), 0xa16);
        }
}

static void test_hostile_rep_before_bit_scan_is_ignored(void **state)
{
    static const uint8_t code[] = {
        0xf3, 0x0f, 0xbd, 0xd9,       /* rep bsr ebx, ecx */
        0x66, 0xf3, 0x0f, 0xbc, 0xd0, /* rep bsf dx, ax */
        0xcd, 0x80,
    };

    (void)state;
    LOAD(&x86, code);
    set(&x86, X86_ECX, 0x10000);
    set(&x86, X86_EDX, 7); /* stays: eax is 0 */
    expect_trap(&x86, TRAP_SYSCALL, sizeof(code));
    assert_int_equal(get(&x86, X86_EBX), 16);
    assert_int_equal(get(&x86, X86_EDX), 7);
    assert_memory_equal(hostile_bytes(&x86), code, sizeof(code));
}

/* ---- pinned: fetches ---- */

static void test_hostile_jump_outside_faults_at_its_target(void **state)
{
    static const uint8_t code[] = {0xff, 0xe0}; /* jmp eax */
    const vaddr_t targets[] = {BOUNDS,     BOUNDS + 1, 0x1ff1,     0x2ffc,
                               0x2ffd,     0x2fff,     0x3000,     0x3fff,
                               0xfffdffff, 0xfffe0000, 0xfffe0100, 0xffff0000,
                               0xfffffffe, 0xffffffff};

    (void)state;
    for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        LOAD(&x86, code);
        set(&x86, X86_EAX, targets[i]);
        expect_trap(&x86, TRAP_BOUNDS, targets[i]);
        assert_int_equal(x86.trap.access.va, targets[i]);
    }
}

/* The program's last bytes are @code, all values follow in turn. */
static void expect_at_end(const char *code, uint32_t size,
                          enum trap_cause cause)
{
    uint8_t image[64] = {0};
    const vaddr_t pc = (vaddr_t)sizeof(image) - size;

    memcpy(image + pc, code, size);
    for (unsigned next = 0; next < 256; next++) {
        load(&x86, sizeof(image), image, sizeof(image));
        hostile_follow(&x86, (uint8_t)next);
        set(&x86, X86_EIP, pc);
        expect_trap(&x86, cause, pc);
        if (cause == TRAP_BOUNDS)
            assert_int_equal(x86.trap.access.size, size + 1);
    }
}

static void test_hostile_neighbours_bytes_complete_no_instruction(void **state)
{
    (void)state;
    expect_at_end("\xff", 1, TRAP_BOUNDS);
    expect_at_end("\x0f", 1, TRAP_BOUNDS);
    expect_at_end("\xf0", 1, TRAP_BOUNDS);
    expect_at_end("\xc4", 1, TRAP_BOUNDS);
    expect_at_end("\xa1", 1, TRAP_BOUNDS);
    expect_at_end("\x0f\x38", 2, TRAP_BOUNDS);
    expect_at_end("\x66\xc7\x05", 3, TRAP_BOUNDS);
    expect_at_end("\x0f\xff", 2, TRAP_BOUNDS); /* UD0 has a modrm byte */
    expect_at_end("\x0f\x0b", 2, TRAP_UNDEFINED);
    expect_at_end("\xf0\xa7", 2, TRAP_UNDEFINED);
    expect_at_end("\xff\xdb", 2, TRAP_UNDEFINED);
}

static void test_hostile_bytes_made_an_instruction_are_one_at_once(void **state)
{
    static const uint8_t code[] = {
        0x66, 0xf0, 0xa7, 0x03,                   /* lock cmpsw: none */
        0xc6, 0x05, 0x02, 0x00, 0x00, 0x00, 0x01, /* mov byte [2], 1 */
        0xeb, 0xf3, /* jmp 0: lock add [ebx], ax */
    };

    (void)state;
    LOAD(&x86, code);
    expect_trap(&x86, TRAP_UNDEFINED, 0);
    set(&x86, X86_EIP, 4);
    set(&x86, X86_EBX, 0x100);
    agree(&x86, hostile_run(&x86, LIMIT));
    assert_int_equal(x86.stop, ENGINE_LIMIT); /* round and round */
}

static void test_hostile_code_on_any_page_can_be_replaced(void **state)
{
    static const uint8_t old[] = {0x40, 0xcd, 0x80}; /* inc eax; int 0x80 */
    static const uint8_t new[] = {0x41, 0xcd, 0x80}; /* inc ecx; int 0x80 */

    (void)state;
    for (vaddr_t page = 0; page < 0x4000; page += 0x1000) {
        load(&x86, 0x4000, "", 1);
        for (vaddr_t va = page; va < 0x4000; va += 0x1000) {
            hostile_write(&x86, va, old, sizeof(old));
            set(&x86, X86_EIP, va);
            expect_trap(&x86, TRAP_SYSCALL, va + 3);
        }
        for (vaddr_t va = page; va < 0x4000; va += 0x1000) {
            hostile_write(&x86, va, new, sizeof(new));
            set(&x86, X86_EIP, va);
            expect_trap(&x86, TRAP_SYSCALL, va + 3);
            assert_int_equal(get(&x86, X86_ECX), (va - page) / 0x1000 + 1);
        }
    }
}

static void test_hostile_skipped_instructions_are_fetched(void **state)
{
    static const uint16_t code[] = {
        0xbf08, /* it eq */
        0x3001, /* adds r0, #1 */
    };

    (void)state;
    for (uint32_t bounds = 2; bounds <= 5; bounds++) {
        load(&arm, bounds, code, bounds < 4 ? bounds : 4);
        set(&arm, ARM_CPSR, 0x30); /* Z is clear */
        expect_trap(&arm, TRAP_BOUNDS, bounds < 4 ? 2 : 4);
    }
    load(&arm, 4, code, 4);
    set(&arm, ARM_CPSR, 0x7c30); /* inside IT, its condition false */
    set(&arm, ARM_R0 + 15, 0x1000);
    expect_trap(&arm, TRAP_BOUNDS, 0x1000);
}

/* ---- pinned: loads ---- */

static void test_hostile_page_in_part_legal_is_never_read_unasked(void **state)
{
    static const uint8_t code[] = {
        0xa3, 0xf0, 0x10, 0x00, 0x00, /* mov [0x10f0], eax */
        0xa1, 0xfc, 0x10, 0x00, 0x00, /* mov eax, [0x10fc] */
        0xa1, 0xfd, 0x10, 0x00, 0x00, /* mov eax, [0x10fd] */
        0xcd, 0x80,
    };

    (void)state;
    load(&x86, 0x1100, code, sizeof(code));
    expect_trap(&x86, TRAP_BOUNDS, 10);
    load(&x86, 0x1100, code, sizeof(code));
    hostile_write(&x86, 0x1000, code, sizeof(code)); /* code on that page */
    set(&x86, X86_EIP, 0x1000);
    expect_trap(&x86, TRAP_BOUNDS, 0x100a);
}

/* ---- made up ---- */

#define CASES 150u /* for each instruction set */

static void run_cases(struct hostile *h)
{
    const struct rng start = rng_start();

    for (uint32_t i = 0; i < CASES; i++) {
        struct choices c = {
            .rng = {start.seed, (uint64_t)start.seed << 32 ^ i}};

        if (!hostile_case(h, &c))
            fail_msg("case %u: %s", i, h->why);
    }
}

static void test_hostile_x86_programs_run_alike_and_contained(void **state)
{
    (void)state;
    run_cases(&x86);
}

/* Small caches, so that much misses; and what a hit leaves behind matters. */
static void run_timed_cases(const struct isa *isa, bool moments)
{
    static const struct cache_config rows[][3] = {
        {{256, 4, 16}, {128, 2, 16}, {1024, 4, 16}},
        {{1024, 16, 64}, {512, 8, 32}, {2048, 2, 64}},
        {{32768, 8, 64}, {32768, 8, 64}, {262144, 4, 64}},
        {{512, 4, 32, CACHE_plru},
         {256, 2, 16, CACHE_fifo, .write_through = true},
         {1024, 2, 32, CACHE_random}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct memsys_config caches;
        struct hostile h;

        memsys_config_init(&caches);
        for (unsigned k = 0; k < 3; k++)
            caches.caches[k] = rows[i][k];
        hostile_open_timed(&h, isa, &caches);
        h.moments = moments;
        h.rng = rng_start();
        run_cases(&h);
        hostile_close(&h);
    }
}

static void test_hostile_x86_programs_cost_the_same_in_every_way(void **state)
{
    (void)state;
    run_timed_cases(&isa_x86, false);
}

static void test_hostile_arm_programs_cost_the_same_in_every_way(void **state)
{
    (void)state;
    run_timed_cases(&isa_arm, false);
}

static void test_hostile_x86_programs_stop_at_the_same_moment(void **state)
{
    (void)state;
    run_timed_cases(&isa_x86, true);
}

static void test_hostile_arm_programs_stop_at_the_same_moment(void **state)
{
    (void)state;
    run_timed_cases(&isa_arm, true);
}

/* The lean core, too, where nothing costs anything. */
static void stop_alike(const struct isa *isa)
{
    struct hostile h;

    hostile_open_moments(&h, isa);
    run_cases(&h);
    hostile_close(&h);
}

static void test_hostile_x86_programs_stop_at_the_same_count(void **state)
{
    (void)state;
    stop_alike(&isa_x86);
}

static void test_hostile_arm_programs_stop_at_the_same_count(void **state)
{
    (void)state;
    stop_alike(&isa_arm);
}

static void test_hostile_arm_programs_run_alike_and_contained(void **state)
{
    (void)state;
    run_cases(&arm);
}

/* ---- host memory ---- */

static long resident_mib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long whole = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &whole, &resident), 2);
    fclose(file);
    return resident * 4096 / (1024 * 1024);
}

/* Each round changes a long block and so has it translated again. */
static void test_hostile_code_that_changes_for_ever_costs_no_memory(
    void **state)
{
    static const uint8_t code[] = {
        0x88, 0x0d, 0x11, 0x00, 0x00, 0x00, /* mov [0x11], cl */
        0x49, 0x75, 0x07,                   /* dec ecx; jnz 0x10 */
        0xcd, 0x80,                         /* int 0x80 */
    };
    struct hostile h;
    uint8_t block[490];

    (void)state;
    memset(block, 0x42, sizeof(block)); /* inc edx */
    memcpy(block, "\xb0", 1);           /* mov al, and what was stored */
    memcpy(block + sizeof(block) - 5, "\xe9\x06\xfe\xff\xff", 5); /* jmp 0 */
    hostile_open_some(&h, &isa_x86, 1);
    load(&h, BOUNDS, code, sizeof(code));
    hostile_write(&h, 0x10, block, sizeof(block));
    set(&h, X86_ECX, 8000);

    const long before = resident_mib();
    agree(&h, hostile_run(&h, 1u << 30));
    assert_int_equal(h.stop, ENGINE_TRAP);
    assert_int_equal(h.trap.cause, TRAP_SYSCALL);
    assert_true(resident_mib() - before < 24);
    hostile_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_flags_survive_a_trap_that_is_taken_back),
        cmocka_unit_test(test_hostile_iret_to_virtual_8086_mode_is_privileged),
        cmocka_unit_test(
            test_hostile_misaligned_exclusives_are_alignment_traps),
        cmocka_unit_test(test_hostile_shift_of_memory_by_cl_sets_carry),
        cmocka_unit_test(test_hostile_loops_by_flag_leave_the_flags),
        cmocka_unit_test(test_hostile_rep_before_bit_scan_is_ignored),
        cmocka_unit_test(test_hostile_jump_outside_faults_at_its_target),
        cmocka_unit_test(test_hostile_neighbours_bytes_complete_no_instruction),
        cmocka_unit_test(
            test_hostile_bytes_made_an_instruction_are_one_at_once),
        cmocka_unit_test(test_hostile_code_on_any_page_can_be_replaced),
        cmocka_unit_test(test_hostile_skipped_instructions_are_fetched),
        cmocka_unit_test(test_hostile_x86_programs_run_alike_and_contained),
        cmocka_unit_test(test_hostile_arm_programs_run_alike_and_contained),
        cmocka_unit_test(test_hostile_x86_programs_cost_the_same_in_every_way),
        cmocka_unit_test(test_hostile_arm_programs_cost_the_same_in_every_way),
        cmocka_unit_test(test_hostile_x86_programs_stop_at_the_same_moment),
        cmocka_unit_test(test_hostile_arm_programs_stop_at_the_same_moment),
        cmocka_unit_test(test_hostile_x86_programs_stop_at_the_same_count),
        cmocka_unit_test(test_hostile_arm_programs_stop_at_the_same_count),
        cmocka_unit_test(
            test_hostile_code_that_changes_for_ever_costs_no_memory),
        cmocka_unit_test(test_hostile_page_in_part_legal_is_never_read_unasked),
    };

    return cmocka_run_group_tests_name("hostile", tests, set_up, tear_down);
}
