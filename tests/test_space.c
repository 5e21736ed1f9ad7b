/*
 * tests/test_space.c - address spaces of segments, without a CPU: what is
 * refused, what the PCB says, how heap and stack grow, and what is left.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/failing.h"
#include "tests/rig.h"
#include "tests/rng.h"

#define DATA       0x40000000u
#define DATA_SIZE  0x30u
#define STACK_SIZE 2048u
#define STACK_MAX  16384u
#define REACH      (65536u + 128u) /* below the stack pointer: os/space.c */

enum { CODE_SEGMENT = 0, DATA_SEGMENT = 1, STACK_SEGMENT = 3 };

/* The good file, with its data in segment 1. */
static void build(struct elf_build *elf)
{
    elf_build(elf, ELF_X86);
    elf_put(elf, PH(1, PH_VADDR), 4, DATA);
}

static struct os_program program_of(const struct elf_build *elf)
{
    static const char *const argv[] = {"prog", "x"};

    return (struct os_program){
        .file = elf->bytes,
        .file_size = elf->size,
        .argc = 2,
        .argv = argv,
        .base = OS_BASE_ANY,
        .scheme = os_scheme_find("segmented"),
        .stack = STACK_SIZE,
        .stack_max = STACK_MAX,
    };
}

static struct process *spawn(struct rig *rig)
{
    struct elf_build elf;
    struct process *process = NULL;

    build(&elf);
    const struct os_program program = program_of(&elf);
    if (os_spawn(rig->os, &program, &process, &rig->why))
        fail_msg("refused: %s", rig->why.text);
    return process;
}

static struct pcb_segment segment_of(const struct rig *rig,
                                     const struct process *p, unsigned index)
{
    return pcb_get_segment(rig->phys, p->pcb, index);
}

static void set_sp(struct rig *rig, const struct process *p, vaddr_t sp)
{
    pcb_set_reg(rig->phys, p->pcb, p->isa, p->isa->sp, sp);
}

static uint32_t brk_to(struct rig *rig, struct process *p, vaddr_t to)
{
    return rig_call(rig, p, ABI_SYS_BRK, to, 0, 0);
}

/* A byte of a process, by the registers in its PCB. */
static uint8_t *byte_at(struct rig *rig, const struct process *p, vaddr_t va)
{
    const union os_mmu regs = os_registers(rig->os, p);
    const struct mmu_access access = {va, 1, MMU_READ};
    paddr_t pa = 0;

    assert_int_equal(mmu_translate(&regs.mmu, &access, &pa), MMU_FAULT_NONE);
    return rig->phys->bytes + pa;
}

static bool has(struct rig *rig, const struct process *p, vaddr_t va)
{
    return os_user_holds(rig->os, p, va, 1, MMU_READ);
}

/* ---- a new process ---- */

static void test_space_pcb_is_as_drawn(void **state)
{
    struct rig *rig = *state;
    const struct process *p = spawn(rig);
    const struct pcb_segment code = segment_of(rig, p, CODE_SEGMENT);
    const struct pcb_segment data = segment_of(rig, p, DATA_SEGMENT);
    const struct pcb_segment stack = segment_of(rig, p, STACK_SEGMENT);

    assert_int_equal(phys_read32(rig->phys, p->pcb + 16), 32 | 2 << 8);
    assert_int_equal(phys_read32(rig->phys, p->pcb + 20), DATA + DATA_SIZE);
    assert_int_equal(phys_read32(rig->phys, p->pcb + 24), DATA + DATA_SIZE);
    assert_int_equal(phys_read32(rig->phys, p->pcb + 28), STACK_MAX);
    assert_int_equal(phys_read32(rig->phys, p->pcb + 64), code.base);
    assert_int_equal(phys_read32(rig->phys, p->pcb + 76 + 4), DATA_SIZE);
    assert_int_equal(code.bounds, 164);
    assert_int_equal(code.flags, MMU_READ | MMU_EXEC | PCB_PRESENT);
    assert_int_equal(data.bounds, DATA_SIZE);
    assert_int_equal(data.flags, MMU_READ | MMU_WRITE | PCB_PRESENT);
    assert_int_equal(stack.bounds, STACK_SIZE);
    assert_int_equal(stack.flags,
                     MMU_READ | MMU_WRITE | PCB_PRESENT | PCB_GROWS_DOWN);
    assert_int_equal(segment_of(rig, p, 2).bounds, 0);
    assert_int_equal(stack.base, p->blocks[STACK_SEGMENT].base + STACK_SIZE);
    assert_memory_equal(byte_at(rig, p, DATA), "datadata", 8);
    assert_string_equal((char *)byte_at(rig, p, UINT32_MAX - 1), "x");
    assert_true(os_check(rig->os));
}

static void test_space_refuses_what_does_not_fit_and_says_why(void **state)
{
    static const struct {
        const char *why; /* part of it */
        int err;
        size_t at; /* of the file; 0: unspoilt */
        uint32_t value;
        unsigned va_bits, seg_bits;
        uint32_t stack, stack_max;
        unsigned code_prot;
    } cases[] = {
        {"header 0 at 0 is writable, but its segment is not", -ENOEXEC,
         PH(0, PH_FLAGS), 7, 32, 2, 0, 0, 0},
        {"header 1 at 0x200 is writable, but its segment", -ENOEXEC,
         PH(1, PH_VADDR), 0x200, 32, 2, 0, 0, MMU_READ | MMU_EXEC},
        {"header 1 at 0x80000000: a file has bytes for segment 0 (code) and 1 "
         "(data), not for 2",
         -ENOEXEC, PH(1, PH_VADDR), 0x80000000, 32, 2, 0, 0, 0},
        {"not for 3", -ENOEXEC, PH(1, PH_VADDR), 0xc0000000, 32, 2, 0, 0, 0},
        {"from 0x3ffffff0 to 0x4000001f lie in more than one segment", -ENOEXEC,
         PH(1, PH_VADDR), 0x3ffffff0, 32, 2, 0, 0, 0},
        {"not for 65536", -ENOEXEC, 0, 0, 16, 2, 0, 0, 0},
        {"selector bits 1: a program needs 2 or 3", -ENOEXEC, 0, 0, 32, 1, 0, 0,
         0},
        {"selector bits 4: a program needs 2 or 3", -ENOEXEC, 0, 0, 32, 4, 0, 0,
         0},
        {"2^13 bytes: with 2 bits of selector a program needs 2^14 to 2^32",
         -ENOEXEC, 0, 0, 13, 2, 0, 0, 0},
        {"a stack of 4097 bytes at first and 4097 at most does not fit in a "
         "segment of 4096",
         -ENOEXEC, PH(1, PH_VADDR), 0x1000, 14, 2, 4097, 4097, 0},
        {"a stack of 8192 bytes at first is more than the 4096", -ENOEXEC, 0, 0,
         32, 2, 8192, 4096, 0},
        {"at first and 100 at most", -ENOEXEC, 0, 0, 32, 2, 64, 100, 0},
        {"no hole is that large", -ENOMEM, 0, 0, 32, 2, RIG_PHYS, 2 * RIG_PHYS,
         0},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *process = NULL;
        struct elf_build elf;

        build(&elf);
        if (cases[i].at)
            elf_put(&elf, cases[i].at, 4, cases[i].value);
        struct os_program program = program_of(&elf);
        program.va_bits = cases[i].va_bits;
        program.seg_bits = cases[i].seg_bits;
        program.stack = cases[i].stack;
        program.stack_max = cases[i].stack_max;
        program.prot[OS_CODE] = cases[i].code_prot;
        assert_int_equal(os_spawn(rig->os, &program, &process, &rig->why),
                         cases[i].err);
        if (!strstr(rig->why.text, cases[i].why))
            fail_msg("case %zu: \"%s\"", i, rig->why.text);
        assert_null(process);
        assert_true(rig_is_empty(rig));
    }
}

static void test_space_rights_are_as_asked(void **state)
{
    struct rig *rig = *state;
    struct process *process = NULL;
    struct elf_build elf;

    build(&elf);
    elf_put(&elf, PH(0, PH_FLAGS), 4, 7);
    struct os_program program = program_of(&elf);
    program.prot[OS_CODE] = MMU_RWX;
    program.prot[OS_STACK] = MMU_WRITE;
    assert_int_equal(os_spawn(rig->os, &program, &process, &rig->why), 0);
    assert_true(os_user_holds(rig->os, process, 0, 164, MMU_RWX));
    assert_true(os_user_holds(rig->os, process, 0u - 1, 1, MMU_WRITE));
    assert_false(os_user_holds(rig->os, process, 0u - 1, 1, MMU_READ));
}

static void test_space_survives_every_failing_allocation(void **state)
{
    struct rig *rig = *state;
    struct process *process = NULL;
    struct elf_build elf;
    int n = 0;

    build(&elf);
    struct os_program program = program_of(&elf);
    program.scheme = os_scheme_find("table"); /* it takes host memory */
    program.seg_bits = 2;
    for (;; n++) {
        failing_after(n);
        const int err = os_spawn(rig->os, &program, &process, &rig->why);
        failing_after(-1);
        if (!err)
            break;
        assert_int_equal(err, -ENOMEM);
        assert_string_equal(rig->why.text, "no memory for its segment table");
        assert_true(rig_is_empty(rig));
        assert_true(os_check(rig->os));
    }
    assert_true(n >= 1);
}

/* ---- the heap ---- */

/* Bytes [from, to) of the heap are 0. */
static bool is_zero(struct rig *rig, const struct process *p, vaddr_t from,
                    vaddr_t to)
{
    while (from < to && *byte_at(rig, p, from) == 0)
        from++;
    return from == to;
}

static void test_space_heap_moves_when_a_neighbour_is_in_the_way(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const paddr_t old = p->blocks[DATA_SEGMENT].base;
    uint32_t holes, largest, before;

    assert_int_equal(old + DATA_SIZE, p->blocks[STACK_SEGMENT].base);
    os_memory(rig->os, &before, &largest);
    phys_fill(rig->phys, RIG_PHYS / 2, 0xee, RIG_PHYS / 2);
    assert_int_equal(brk_to(rig, p, DATA + 50000), DATA + 50000);
    assert_int_not_equal(p->blocks[DATA_SEGMENT].base, old);
    assert_memory_equal(byte_at(rig, p, DATA), "datadata", 8);
    assert_true(is_zero(rig, p, DATA + 8, DATA + 50000));
    assert_false(has(rig, p, DATA + 50000));
    os_memory(rig->os, &holes, &largest);
    assert_int_equal(before - holes, 50000 - DATA_SIZE);
}

static void test_space_heap_grows_in_place_into_a_hole(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    assert_int_equal(brk_to(rig, p, DATA + 4096), DATA + 4096);
    const paddr_t base = p->blocks[DATA_SEGMENT].base;
    phys_fill(rig->phys, base + 4096, 0xee, 4096);
    assert_int_equal(brk_to(rig, p, DATA + 8192), DATA + 8192);
    assert_int_equal(p->blocks[DATA_SEGMENT].base, base);
    assert_int_equal(segment_of(rig, p, DATA_SEGMENT).base, base);
    assert_true(is_zero(rig, p, DATA + 8, DATA + 8192));
}

static void test_space_heap_shrinks_and_forgets(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    brk_to(rig, p, DATA + 4096);
    *byte_at(rig, p, DATA + 3000) = 1;
    assert_int_equal(brk_to(rig, p, DATA + 1000), DATA + 1000);
    assert_true(has(rig, p, DATA + 999));
    assert_false(has(rig, p, DATA + 1000));
    assert_true(os_check(rig->os));
    brk_to(rig, p, DATA + 4096);
    assert_true(is_zero(rig, p, DATA + 1000, DATA + 4096));
    assert_int_equal(brk_to(rig, p, DATA + DATA_SIZE - 1), DATA + 4096);
}

/* Refused: nothing in memory is another byte, but the answer. */
static void test_space_heap_that_finds_no_room_changes_nothing(void **state)
{
    static uint8_t before[RIG_PHYS];
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    static const vaddr_t too_far[] = {DATA + RIG_PHYS, 2 * DATA, 2 * DATA + 1,
                                      UINT32_MAX};

    brk_to(rig, p, DATA + 60000);
    for (size_t i = 0; i < sizeof(too_far) / sizeof(too_far[0]); i++) {
        brk_to(rig, p, 0);
        memcpy(before, rig->phys->bytes, sizeof(before));
        assert_int_equal(brk_to(rig, p, too_far[i]), DATA + 60000);
        phys_write(rig->phys, p->pcb + PCB_SAVE, before + p->pcb + PCB_SAVE,
                   p->isa->save_size);
        assert_memory_equal(before, rig->phys->bytes, sizeof(before));
        assert_true(os_check(rig->os));
    }
    assert_int_equal(os_resize(rig->os, p, DATA_SEGMENT, RIG_PHYS), -ENOMEM);
    assert_memory_equal(before, rig->phys->bytes, sizeof(before));
}

/* ---- the stack ---- */

static void test_space_stack_grows_as_far_as_it_may(void **state)
{
    static const struct {
        const char *what;
        vaddr_t sp, va; /* counted back from 2^32 */
        uint32_t bounds;
        bool grows;
    } cases[] = {
        {"is legal already", 64, STACK_SIZE, STACK_SIZE, false},
        {"a byte below", 64, STACK_SIZE + 1, 4096, true},
        {"the whole unit", 64, 4096, 4096, true},
        {"a byte more", 64, 4097, 8192, true},
        {"all of it", 64, STACK_MAX, STACK_MAX, true},
        {"a byte too many", 64, STACK_MAX + 1, STACK_SIZE, false},
        {"the heap", 64, 0u - DATA, STACK_SIZE, false},
        {"address 0", 64, 0, STACK_SIZE, false},
        {"far above a stack pointer that ran away", 0u - 16, 5000, 8192, true},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *p = spawn(rig);

        *byte_at(rig, p, 0u - 100) = 0x77;
        set_sp(rig, p, 0u - cases[i].sp);
        if (os_grow_stack(rig->os, p, 0u - cases[i].va) != cases[i].grows)
            fail_msg("%s", cases[i].what);
        const struct pcb_segment stack = segment_of(rig, p, STACK_SEGMENT);
        if (stack.bounds != cases[i].bounds)
            fail_msg("%s: %u", cases[i].what, stack.bounds);
        assert_int_equal(*byte_at(rig, p, 0u - 100), 0x77);
        assert_true(is_zero(rig, p, 0u - stack.bounds, 0u - STACK_SIZE));
        assert_true(os_check(rig->os));
        os_exit(rig->os, p, 0);
    }
}

static void test_space_stack_grows_only_near_its_pointer(void **state)
{
    struct rig *rig = *state;
    struct process *p = NULL;
    struct elf_build elf;

    build(&elf);
    struct os_program program = program_of(&elf);
    program.stack_max = 1024 * 1024;
    assert_int_equal(os_spawn(rig->os, &program, &p, &rig->why), 0);
    set_sp(rig, p, 0u - 16);
    assert_false(os_grow_stack(rig->os, p, 0u - 16 - REACH - 1));
    assert_int_equal(segment_of(rig, p, STACK_SEGMENT).bounds, STACK_SIZE);
    assert_true(os_grow_stack(rig->os, p, 0u - 16 - REACH));
    assert_true(has(rig, p, 0u - 16 - REACH));
}

static void test_space_stack_grows_in_place_into_a_hole(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const paddr_t end = segment_of(rig, p, STACK_SEGMENT).base;

    /* The heap leaves its place below the stack, after the code. */
    brk_to(rig, p, DATA + 5000);
    set_sp(rig, p, 0u - 64);
    const uint32_t room =
        p->blocks[STACK_SEGMENT].base - p->blocks[CODE_SEGMENT].base - 164;
    assert_int_equal(room, DATA_SIZE);
    assert_int_equal(os_resize(rig->os, p, STACK_SEGMENT, STACK_SIZE + room),
                     0);
    assert_int_equal(segment_of(rig, p, STACK_SEGMENT).base, end);
    assert_true(is_zero(rig, p, 0u - STACK_SIZE - room, 0u - STACK_SIZE));
    assert_int_equal(
        os_resize(rig->os, p, STACK_SEGMENT, STACK_SIZE + room + 1), 0);
    assert_int_not_equal(segment_of(rig, p, STACK_SEGMENT).base, end);
}

/* ---- copies of the operating system ---- */

static void test_space_read_into_a_stack_that_has_not_grown(void **state)
{
    static const uint8_t input[] = "0123456789";
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const vaddr_t to = 0u - 6000;

    rig->in = input;
    rig->in_size = 10;
    set_sp(rig, p, to);
    assert_int_equal(rig_call(rig, p, ABI_SYS_READ, 0, to, 4000), 10);
    assert_memory_equal(byte_at(rig, p, to), input, 10);
    assert_true(os_check(rig->os));
}

static void test_space_copies_fail_outside_of_segments(void **state)
{
    static const struct {
        const char *what;
        uint32_t number;
        vaddr_t va;
        uint32_t size;
    } cases[] = {
        {"read into code", ABI_SYS_READ, 0, 4},
        {"read behind the heap", ABI_SYS_READ, DATA + DATA_SIZE - 1, 2},
        {"read into no segment", ABI_SYS_READ, 0x80000000, 1},
        {"read past the top", ABI_SYS_READ, 0u - 8, 9},
        {"read far below the stack", ABI_SYS_READ, 0u - STACK_MAX - 1, 4},
        {"write from behind code", ABI_SYS_WRITE, 160, 5},
        {"write from no segment", ABI_SYS_WRITE, 0x80000000, 1},
    };
    static const uint8_t input[] = "0123456789";
    struct rig *rig = *state;
    struct process *p = spawn(rig);

    set_sp(rig, p, 0u - 64);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t fd = cases[i].number == ABI_SYS_WRITE;

        rig->in = input;
        rig->in_size = 10;
        if (rig_call(rig, p, cases[i].number, fd, cases[i].va, cases[i].size) !=
            (uint32_t)-ABI_EFAULT)
            fail_msg("%s", cases[i].what);
        assert_int_equal(rig->in_size, 10);
        assert_int_equal(rig->out_size, 0);
    }
    assert_int_equal(rig_call(rig, p, ABI_SYS_WRITE, 1, 0, 164), 164);
}

/* Bytes of two segments are two accesses, wherever the boundary is. */
static void test_space_copies_go_on_in_the_next_segment(void **state)
{
    struct rig *rig = *state;
    struct process *p = NULL;
    struct elf_build elf;
    uint8_t got[32];

    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(0, PH_VADDR), 4, 4096 - 164);
    elf_put(&elf, EH_ENTRY, 4, 4096 - 16);
    elf_put(&elf, PH(1, PH_VADDR), 4, 4096);
    struct os_program program = program_of(&elf);
    program.va_bits = 14;
    program.seg_bits = 2;
    program.stack_max = 4096;
    if (os_spawn(rig->os, &program, &p, &rig->why))
        fail_msg("%s", rig->why.text);
    assert_int_equal(os_copy_from_user(rig->os, p, got, 4096 - 5, 13), 0);
    assert_memory_equal(got + 5, "datadata", 8);
    assert_int_equal(os_copy_from_user(rig->os, p, got, 4096 - 5, 5 + 0x31),
                     -EFAULT);
}

/* ---- who watches ---- */

static void test_space_guard_sees_nothing_in_moves(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    paddr_t pa;

    os_guard(rig->os);
    brk_to(rig, p, DATA + 20000);
    set_sp(rig, p, 0u - 64);
    assert_true(os_grow_stack(rig->os, p, 0u - 9000));
    brk_to(rig, p, DATA + 30000);
    brk_to(rig, p, DATA + 100);
    assert_false(os_guard_broken(rig->os, &pa));
    assert_true(is_zero(rig, p, 0u - 9000, 0u - STACK_SIZE));

    /* A byte in a hole, which a heap then grows over. */
    const struct os_block *heap = &p->blocks[DATA_SEGMENT];
    rig->phys->bytes[heap->base + heap->size] ^= 1;
    brk_to(rig, p, DATA + 31000);
    assert_true(os_guard_broken(rig->os, &pa));
    os_exit(rig->os, p, 0);
    assert_true(os_guard_broken(rig->os, &pa));
}

static void test_space_check_notices_each_corruption(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig);
    const struct {
        const char *what;
        paddr_t at;
        uint32_t delta;
    } cases[] = {
        {"code begins before its block", 64, 0u - 1},
        {"code is larger than its block", 68, 1},
        {"data begins before its block", 76, 0u - 1},
        {"data is larger than its block", 80, 1},
        {"data and the break differ", 80, 0u - 1},
        {"a segment without a block", 92, 16},
        {"the stack ends behind its block", 100, 1},
        {"the stack begins before its block", 104, 1},
        {"the stack grows up", 108, 0u - PCB_GROWS_DOWN},
        {"the break is elsewhere", 20, 16},
        {"the break is below the lowest", 24, 16},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const paddr_t at = p->pcb + cases[i].at;
        const uint32_t old = phys_read32(rig->phys, at);

        phys_write32(rig->phys, at, old + cases[i].delta);
        if (os_check(rig->os))
            fail_msg("not noticed: %s", cases[i].what);
        phys_write32(rig->phys, at, old);
        assert_true(os_check(rig->os));
    }
    p->blocks[STACK_SEGMENT].size++;
    assert_false(os_check(rig->os));
    p->blocks[STACK_SEGMENT].size--;
    p->regs.segmented.segments[1].bounds = RIG_PHYS;
    assert_false(os_check(rig->os));
    os_load_registers(rig->os, p);
}

/* ---- histories ---- */

#define STEPS 20000u
#define HEAP  24000u
#define MANY  18u /* processes; the last PCBs are not in the kernel's area */

struct story {
    struct rig *rig;
    struct rng rng;
    struct process *processes[MANY];
    uint32_t heap[MANY]; /* bytes, as asked for */
};

static uint8_t mark_of(unsigned slot, vaddr_t va)
{
    return (uint8_t)(va * 31 + slot * 101 + 7);
}

/* All bytes that hold a mark do so still. */
static void look(struct story *story, unsigned i)
{
    struct process *p = story->processes[i];
    const uint32_t stack = segment_of(story->rig, p, STACK_SEGMENT).bounds;

    for (uint32_t n = DATA_SIZE; n < story->heap[i]; n += 509)
        assert_int_equal(*byte_at(story->rig, p, DATA + n),
                         mark_of(i, DATA + n));
    for (uint32_t n = 1024; n <= stack; n += 1024)
        assert_int_equal(*byte_at(story->rig, p, 0u - n), mark_of(i, 0u - n));
}

/* New bytes read 0, and then hold a mark. */
static void mark(struct story *story, unsigned i, uint32_t heap, uint32_t stack)
{
    struct process *p = story->processes[i];
    const uint32_t now = segment_of(story->rig, p, STACK_SEGMENT).bounds;

    for (uint32_t n = DATA_SIZE; n < story->heap[i]; n += 509) {
        if (n >= heap)
            assert_int_equal(*byte_at(story->rig, p, DATA + n), 0);
        *byte_at(story->rig, p, DATA + n) = mark_of(i, DATA + n);
    }
    for (uint32_t n = 1024; n <= now; n += 1024) {
        if (n > stack)
            assert_int_equal(*byte_at(story->rig, p, 0u - n), 0);
        *byte_at(story->rig, p, 0u - n) = mark_of(i, 0u - n);
    }
}

/* Process @i has the CPU, and nobody else. */
static void give_cpu(struct story *story, unsigned i)
{
    for (unsigned k = 0; k < MANY; k++)
        if (story->processes[k])
            pcb_set(story->rig->phys, story->processes[k]->pcb, PCB_FIELD_STATE,
                    k == i ? PCB_RUNNING : PCB_READY);
}

static void step(struct story *story, unsigned i)
{
    struct rig *rig = story->rig;
    struct process *p = story->processes[i];
    const uint32_t what = rng_below(&story->rng, 16);
    const uint32_t heap = story->heap[i];
    const uint32_t stack =
        p ? segment_of(rig, p, STACK_SEGMENT).bounds : STACK_SIZE;

    if (!p) {
        struct elf_build elf;

        build(&elf);
        const struct os_program program = program_of(&elf);
        if (os_spawn(rig->os, &program, &p, &rig->why))
            return; /* no room just now */
        story->processes[i] = p;
        story->heap[i] = DATA_SIZE;
        set_sp(rig, p, 0u - 64);
        mark(story, i, DATA_SIZE, STACK_SIZE);
        return;
    }
    look(story, i);
    if (what == 0) {
        os_exit(rig->os, p, 0);
        story->processes[i] = NULL;
    } else if (what < 10) {
        const uint32_t to = DATA_SIZE + rng_below(&story->rng, HEAP);

        give_cpu(story, i);
        story->heap[i] = brk_to(rig, p, DATA + to) - DATA;
        assert_true(story->heap[i] == to || story->heap[i] == heap);
        set_sp(rig, p, 0u - 64);
        mark(story, i, heap, stack);
    } else {
        os_grow_stack(rig->os, p, 0u - rng_below(&story->rng, STACK_MAX) - 1);
        mark(story, i, heap, stack);
    }
}

static void test_space_any_history_keeps_all_bytes(void **state)
{
    struct story story = {.rig = *state, .rng = rng_start()};
    paddr_t pa;

    os_guard(story.rig->os);
    for (unsigned n = 0; n < STEPS; n++) {
        step(&story, rng_below(&story.rng, 5));
        if (!os_check(story.rig->os))
            fail_msg("step %u", n);
    }
    assert_false(os_guard_broken(story.rig->os, &pa));
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_space_pcb_is_as_drawn),
        TEST(test_space_refuses_what_does_not_fit_and_says_why),
        TEST(test_space_rights_are_as_asked),
        TEST(test_space_survives_every_failing_allocation),
        TEST(test_space_heap_moves_when_a_neighbour_is_in_the_way),
        TEST(test_space_heap_grows_in_place_into_a_hole),
        TEST(test_space_heap_shrinks_and_forgets),
        TEST(test_space_heap_that_finds_no_room_changes_nothing),
        TEST(test_space_stack_grows_as_far_as_it_may),
        TEST(test_space_stack_grows_only_near_its_pointer),
        TEST(test_space_stack_grows_in_place_into_a_hole),
        TEST(test_space_read_into_a_stack_that_has_not_grown),
        TEST(test_space_copies_fail_outside_of_segments),
        TEST(test_space_copies_go_on_in_the_next_segment),
        TEST(test_space_guard_sees_nothing_in_moves),
        TEST(test_space_check_notices_each_corruption),
        TEST(test_space_any_history_keeps_all_bytes),
    };

    return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
