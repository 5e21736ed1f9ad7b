/* tests/test_signal.c - signals: frames word by word, masks, who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/rig.h"

#define BOUNDS   16384u
#define ACTION   0x300u /* where actions and sets are written */
#define OLD      0x340u
#define HANDLER  0x1000u
#define RESTORER 0x1100u
#define ALT      0x2000u
#define ALT_SIZE 4096u
#define USR1     10u
#define USR2     12u

static uint32_t minus(uint32_t error)
{
    return 0u - error;
}

static struct process *spawn(struct rig *rig, uint16_t machine)
{
    struct process *p = rig_spawn(rig, machine, OS_BASE_ANY, BOUNDS);

    assert_non_null(os_next(rig->os));
    return p;
}

static uint32_t word(struct rig *rig, const struct process *p, vaddr_t va)
{
    uint32_t value;

    memcpy(&value, rig_bytes(rig, p, va), 4); /* the host is little-endian */
    return value;
}

static void put(struct rig *rig, const struct process *p, vaddr_t va,
                uint32_t value)
{
    memcpy(rig_bytes(rig, p, va), &value, 4);
}

static uint32_t get(struct rig *rig, const struct process *p, unsigned reg)
{
    return pcb_get_reg(rig->phys, p->pcb, p->isa, reg);
}

static void set(struct rig *rig, const struct process *p, unsigned reg,
                uint32_t value)
{
    pcb_set_reg(rig->phys, p->pcb, p->isa, reg, value);
}

/* A call of four arguments; the result is what its caller sees. */
static uint32_t call4(struct rig *rig, struct process *p, uint32_t number,
                      uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    set(rig, p, p->isa->call_args[3], d);
    (void)rig_call(rig, p, number, a, b, c);
    assert_true(os_check(rig->os));
    return p->result;
}

static uint32_t handle(struct rig *rig, struct process *p, uint32_t number,
                       uint32_t handler, uint32_t flags, uint32_t mask)
{
    put(rig, p, ACTION, handler);
    put(rig, p, ACTION + 4, flags);
    put(rig, p, ACTION + 8, RESTORER);
    put(rig, p, ACTION + 12, mask);
    put(rig, p, ACTION + 16, 0);
    return call4(rig, p, ABI_SYS_RT_SIGACTION, number, ACTION, 0, 8);
}

static uint32_t mask_of(struct rig *rig, const struct process *p)
{
    return (uint32_t)pcb_get64(rig->phys, p->pcb, PCB_FIELD_MASK);
}

/* Every register its own value, so that no two can be mixed up. */
static void scramble(struct rig *rig, struct process *p, uint8_t *save)
{
    for (unsigned i = 0; i < p->isa->reg_count; i++) {
        const struct isa_reg *reg = &p->isa->regs[i];

        if (reg->class == ISA_SYSTEM || i == p->isa->sp || i == p->isa->flags)
            continue;
        for (unsigned k = 0; k < reg->size; k++)
            rig->phys->bytes[p->pcb + PCB_SAVE + reg->offset + k] =
                (uint8_t)(i * 16 + k + 1);
    }
    if (p->isa == &isa_x86) {
        set(rig, p, X86_FPCW, 0x27f);
        set(rig, p, X86_FPSW, 0x1800); /* TOP is 3 */
        set(rig, p, X86_FPTAG, 0xc0f3);
        set(rig, p, X86_FPOP, 0x123);
        set(rig, p, X86_MXCSR, 0x1f85);
        set(rig, p, X86_EFLAGS, 0xed7); /* DF, OF, TF and all below */
    } else {
        set(rig, p, ARM_PC, 0x400);
        set(rig, p, ARM_CPSR, 0xf8000010);
    }
    phys_read(rig->phys, p->pcb + PCB_SAVE, save, p->isa->save_size);
}

static struct process *bounds_trap(struct rig *rig, struct process *p)
{
    const struct trap trap = {.cause = TRAP_BOUNDS,
                              .pc = get(rig, p, p->isa->pc),
                              .insn_size = 2,
                              .access = {0x7ffe, 4, MMU_WRITE},
                              .legal = 2};

    return os_trap(rig->os, p, &trap);
}

static void expect(struct rig *rig, const struct process *p, vaddr_t frame,
                   const uint32_t (*words)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word(rig, p, frame + words[i][0]) != words[i][1])
            fail_msg("frame + %u: 0x%x, not 0x%x", words[i][0],
                     word(rig, p, frame + words[i][0]), words[i][1]);
}

#define EXPECT(frame, words)                                                   \
    expect(rig, p, frame, words, sizeof(words) / sizeof((words)[0]))

/* After the handler: exactly the registers of before. */
static void expect_back(struct rig *rig, struct process *p, uint32_t sp,
                        uint32_t number, const uint8_t *save)
{
    set(rig, p, p->isa->sp, sp);
    (void)rig_call(rig, p, number, 0, 0, 0);
    assert_memory_equal(rig->phys->bytes + p->pcb + PCB_SAVE, save,
                        p->isa->save_size);
}

static void test_signal_frame_of_i386_word_by_word(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86);
    uint8_t save[ISA_SAVE_MAX];

    handle(rig, p, ABI_SIGSEGV, HANDLER, ABI_SA_SIGINFO | ABI_SA_RESTORER,
           1u << (USR1 - 1));
    scramble(rig, p, save);

    const uint32_t sp = get(rig, p, X86_ESP), eip = get(rig, p, X86_EIP);
    assert_ptr_equal(bounds_trap(rig, p), p);
    assert_int_equal(get(rig, p, X86_EIP), HANDLER);

    const uint32_t frame = get(rig, p, X86_ESP);
    const uint32_t floats = word(rig, p, frame + 164 + 76);
    const uint32_t words[][2] = {
        {0, RESTORER},
        {4, 11},
        {8, frame + 16},
        {12, frame + 144},
        {16, 11},
        {20, 0},
        {24, ABI_SEGV_MAPERR},
        {28, 0x8000},
        {144, 0},
        {148, 0},
        {152, 0},
        {156, ABI_SS_DISABLE},
        {160, 0},
        {164, 0},
        {168, 0},
        {172, 0x7b},
        {176, 0x7b},
        {180, 0x74737271},
        {184, 0x64636261},
        {188, 0x54535251},
        {192, sp},
        {196, 0x34333231},
        {200, 0x24232221},
        {204, 0x14131211},
        {208, 0x04030201},
        {212, 14},
        {216, 6},
        {220, eip},
        {224, 0x73},
        {228, 0xed7},
        {232, sp},
        {236, 0x7b},
        {244, 0},
        {248, 0x8000},
        {252, 0},
        {256, 0},
        {260, 0x0000adb8},
        {264, 0x0080cd00},
    };
    EXPECT(frame, words);
    assert_int_equal((frame + 4) % 16, 0);
    assert_int_equal((floats + 112) % 64, 0);
    assert_true(floats + 624 <= sp && floats >= frame + 268);

    const uint8_t *st3 = save + isa_x86.regs[X86_ST0 + 3].offset;
    const uint32_t fx[][2] = {
        {0, 0xffff027f}, {4, 0xffff1800},   {8, 0xffffc0f3}, {16, 0x01230073},
        {108, 0x1800},   {112, 0x1800027f}, {136, 0x1f85},   {140, 0xffff},
    };
    EXPECT(floats, fx);
    assert_int_equal(word(rig, p, floats + 116) >> 16, 0x123);
    assert_int_equal(word(rig, p, floats + 116) & 0xffff, 0x72);
    assert_memory_equal(rig_bytes(rig, p, floats + 28), st3, 10);
    assert_memory_equal(rig_bytes(rig, p, floats + 144), st3, 10);
    assert_memory_equal(rig_bytes(rig, p, floats + 272 + 16 * 7),
                        save + isa_x86.regs[X86_XMM0 + 7].offset, 16);

    assert_int_equal(get(rig, p, X86_EAX), 11);
    assert_int_equal(get(rig, p, X86_EDX), frame + 16);
    assert_int_equal(get(rig, p, X86_ECX), frame + 144);
    assert_int_equal(get(rig, p, X86_EFLAGS), 0xed7 & ~0x500u);
    assert_int_equal(get(rig, p, X86_FPCW), 0x37f);
    assert_int_equal(get(rig, p, X86_FPTAG), 0xffff);
    assert_int_equal(get(rig, p, X86_MXCSR), 0x1f80);
    assert_int_equal(mask_of(rig, p),
                     1u << (USR1 - 1) | 1u << (ABI_SIGSEGV - 1));
    expect_back(rig, p, frame + 4, ABI_SYS_RT_SIGRETURN, save);
    assert_int_equal(mask_of(rig, p), 0);
}

static void test_signal_plain_frames_come_back_whole(void **state)
{
    static const struct {
        uint16_t machine, size, sp, mask, pc;
    } cases[] = {{ELF_X86, 732, 8, 88, 64}, {ELF_ARM, 760, 0, 104, 92}};
    struct rig *rig = *state;

    for (unsigned i = 0; i < 2; i++) {
        struct process *p = spawn(rig, cases[i].machine);
        uint8_t save[ISA_SAVE_MAX];

        handle(rig, p, ABI_SIGSEGV, HANDLER, ABI_SA_RESTORER, 0);
        scramble(rig, p, save);
        pcb_set64(rig->phys, p->pcb, PCB_FIELD_MASK, UINT64_C(1) << 33 | 2);

        const uint32_t pc = get(rig, p, p->isa->pc);
        bounds_trap(rig, p);

        const uint32_t frame = get(rig, p, p->isa->sp);
        assert_int_equal(word(rig, p, frame + cases[i].mask), 2);
        assert_int_equal(word(rig, p, frame + cases[i].pc), pc);
        expect_back(rig, p, frame + cases[i].sp, ABI_SYS_SIGRETURN, save);
        assert_true(pcb_get64(rig->phys, p->pcb, PCB_FIELD_MASK) ==
                    (UINT64_C(1) << 33 | 2));
        os_exit(rig->os, p, 0);
    }
}

static void test_signal_frame_of_arm_word_by_word(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_ARM);
    uint8_t save[ISA_SAVE_MAX];

    handle(rig, p, ABI_SIGSEGV, HANDLER | 1, ABI_SA_SIGINFO, 0);
    scramble(rig, p, save);

    const uint32_t sp = get(rig, p, ARM_SP);
    bounds_trap(rig, p);

    const uint32_t frame = get(rig, p, ARM_SP);
    const uint32_t words[][2] = {
        {0, 11},           {8, ABI_SEGV_MAPERR},
        {12, 0x8000},      {128, 0},
        {132, 0},          {140, ABI_SS_DISABLE},
        {148, 14},         {152, 0x807},
        {156, 0},          {160, 0x04030201},
        {164, 0x14131211}, {208, 0xc4c3c2c1},
        {212, sp},         {216, 0xe4e3e2e1},
        {220, 0x400},      {224, 0xf8000010},
        {228, 0x8000},     {232, 0},
        {236, 0},          {360, 0x56465001},
        {364, 288},        {872, 0xdf0027ad},
    };
    EXPECT(frame, words);
    assert_memory_equal(rig_bytes(rig, p, frame + 368),
                        save + isa_arm.regs[ARM_D0].offset, 256);
    assert_memory_equal(rig_bytes(rig, p, frame + 624),
                        save + isa_arm.regs[ARM_FPSCR].offset, 4);
    assert_int_equal(frame % 8, 0);
    assert_int_equal(get(rig, p, ARM_PC), HANDLER);
    assert_int_equal(get(rig, p, ARM_CPSR), 0x30);
    assert_int_equal(get(rig, p, ARM_LR), frame + 872 + 1);
    assert_int_equal(get(rig, p, ARM_R0), 11);
    assert_int_equal(get(rig, p, ARM_R0 + 1), frame);
    assert_int_equal(get(rig, p, ARM_R0 + 2), frame + 128);
    expect_back(rig, p, frame, ABI_SYS_RT_SIGRETURN, save);
}

static void test_signal_return_keeps_privileged_bits(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86);

    handle(rig, p, USR1, HANDLER, ABI_SA_SIGINFO, 0);
    (void)rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0);

    const uint32_t frame = get(rig, p, X86_ESP);
    put(rig, p, frame + 228, UINT32_MAX);
    put(rig, p, frame + 176, 0x10); /* DS: not his */
    set(rig, p, X86_ESP, frame + 4);
    (void)rig_call(rig, p, ABI_SYS_RT_SIGRETURN, 0, 0, 0);
    assert_int_equal(get(rig, p, X86_EFLAGS), 0x00040fd7);
    assert_int_equal(get(rig, p, X86_DS), 0);
    os_exit(rig->os, p, 0);

    p = spawn(rig, ELF_ARM);
    handle(rig, p, USR1, HANDLER, ABI_SA_SIGINFO, 0);
    (void)rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0);
    const uint32_t arm = get(rig, p, ARM_SP);
    put(rig, p, arm + 224, UINT32_MAX & ~0x20u);
    put(rig, p, arm + 220, 0x403);
    (void)rig_call(rig, p, ABI_SYS_RT_SIGRETURN, 0, 0, 0);
    assert_true(get(rig, p, ARM_CPSR) == 0xf80f0010);
    assert_int_equal(get(rig, p, ARM_PC), 0x400);
}

static void test_signal_bad_frames_end_the_process(void **state)
{
    static const struct {
        uint16_t machine;
        uint32_t offset, value, sp;
        const char *what;
    } cases[] = {
        {ELF_X86, 224, 0x08, 4, "CS of the kernel"},
        {ELF_X86, 236, 0, 4, "no SS"},
        {ELF_X86, 240, 0x7f000000, 4, "floats outside"},
        {ELF_ARM, 360, 0, 0, "no VFP magic"},
        {ELF_ARM, 364, 280, 0, "VFP size"},
        {ELF_ARM, 0, 0, 4, "a misaligned frame"},
        {ELF_X86, 0, 0, BOUNDS, "a frame outside"},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *p = spawn(rig, cases[i].machine);

        handle(rig, p, USR1, HANDLER, ABI_SA_SIGINFO, 0);
        (void)rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0);

        const uint32_t frame = get(rig, p, p->isa->sp);
        put(rig, p, frame + cases[i].offset, cases[i].value);
        set(rig, p, p->isa->sp, frame + cases[i].sp);
        (void)rig_call(rig, p, ABI_SYS_RT_SIGRETURN, 0, 0, 0);
        if (os_living(rig->os) > 0 || os_exit_code(rig->os) != 139)
            fail_msg("%s", cases[i].what);
    }
}

static void test_signal_alternate_stack(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_ARM);

    put(rig, p, ACTION, ALT);
    put(rig, p, ACTION + 4, 0);
    put(rig, p, ACTION + 8, 2047);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGALTSTACK, ACTION, 0, 0),
                     minus(ABI_ENOMEM));
    put(rig, p, ACTION + 8, ALT_SIZE);
    put(rig, p, ACTION + 4, 4);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGALTSTACK, ACTION, 0, 0),
                     minus(ABI_EINVAL));
    put(rig, p, ACTION + 4, 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGALTSTACK, ACTION, OLD, 0), 0);
    assert_int_equal(word(rig, p, OLD + 4), ABI_SS_DISABLE);

    handle(rig, p, ABI_SIGSEGV, HANDLER, ABI_SA_ONSTACK | ABI_SA_NODEFER, 0);
    set(rig, p, ARM_SP, 8); /* the usual one is full */
    bounds_trap(rig, p);
    assert_int_equal(get(rig, p, ARM_SP), ALT + ALT_SIZE - 760);
    assert_int_equal(mask_of(rig, p), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGALTSTACK, ACTION, 0, 0),
                     minus(ABI_EPERM));
    assert_int_equal(rig_call(rig, p, ABI_SYS_SIGALTSTACK, 0, OLD, 0), 0);
    assert_int_equal(word(rig, p, OLD + 4), ABI_SS_ONSTACK);

    /* Five frames fit; the sixth would leave it, and ends the process. */
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(bounds_trap(rig, p), p);
    assert_null(bounds_trap(rig, p));
    assert_int_equal(os_exit_code(rig->os), 139);
}

static void test_signal_masks_hold_back_and_let_go(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86);

    handle(rig, p, USR1, HANDLER, 0, 0);
    put(rig, p, OLD, UINT32_MAX);
    put(rig, p, OLD + 4, UINT32_MAX);
    assert_int_equal(
        call4(rig, p, ABI_SYS_RT_SIGPROCMASK, ABI_SIG_BLOCK, OLD, 0, 8), 0);
    assert_true(pcb_get64(rig->phys, p->pcb, PCB_FIELD_MASK) ==
                ~(UINT64_C(1) << 8 | UINT64_C(1) << 18));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0), 0);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0), 0);
    assert_int_equal(call4(rig, p, ABI_SYS_RT_SIGPENDING, OLD, 8, 0, 0), 0);
    assert_int_equal(word(rig, p, OLD), 1u << (USR1 - 1));
    assert_int_equal(call4(rig, p, ABI_SYS_RT_SIGPROCMASK, 3, OLD, 0, 8),
                     minus(ABI_EINVAL));
    assert_int_equal(call4(rig, p, ABI_SYS_RT_SIGPROCMASK, 1, OLD, 0, 4),
                     minus(ABI_EINVAL));
    assert_int_equal(call4(rig, p, ABI_SYS_RT_SIGPROCMASK, 1, BOUNDS, 0, 8),
                     minus(ABI_EFAULT));
    assert_int_equal(
        call4(rig, p, ABI_SYS_RT_SIGPROCMASK, ABI_SIG_UNBLOCK, OLD, 0, 8), 0);
    assert_int_equal(get(rig, p, X86_EIP), HANDLER);
    assert_int_equal(get(rig, p, X86_EAX), USR1);
    assert_true(pcb_get64(rig->phys, p->pcb, PCB_FIELD_PENDING) == 0);

    /* The result of the call is in the frame, for when it goes on. */
    assert_int_equal(word(rig, p, get(rig, p, X86_ESP) + 8 + 44), 0);
}

static void test_signal_fork_copies_handlers_not_signals(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86), *child = NULL;

    handle(rig, p, USR1, HANDLER, ABI_SA_RESETHAND, 0);
    pcb_set64(rig->phys, p->pcb, PCB_FIELD_MASK, 1u << (USR2 - 1));
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, p->pid, USR2, 0), 0);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    assert_int_equal(mask_of(rig, child), 1u << (USR2 - 1));
    assert_true(pcb_get64(rig->phys, child->pcb, PCB_FIELD_PENDING) == 0);
    assert_int_equal(pcb_get_action(rig->phys, child->pcb, USR1).handler,
                     HANDLER);
    assert_int_equal(rig_call(rig, p, ABI_SYS_KILL, p->pid, USR1, 0), USR1);
    assert_int_equal(pcb_get_action(rig->phys, p->pcb, USR1).handler, 0);
    assert_int_equal(pcb_get_action(rig->phys, child->pcb, USR1).handler,
                     HANDLER);
}

static void test_signal_interrupts_a_pause_and_restarts_a_wait(void **state)
{
    static const struct {
        const char *what;
        uint32_t number, flags, moved, eax;
    } cases[] = {
        {"pause", ABI_SYS_PAUSE, ABI_SA_RESTART, 0, 0u - ABI_EINTR},
        {"wait4", ABI_SYS_WAIT4, 0, 0, 0u - ABI_EINTR},
        {"wait4 again", ABI_SYS_WAIT4, ABI_SA_RESTART, 2, ABI_SYS_WAIT4},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process *p = spawn(rig, ELF_X86), *child = NULL;

        handle(rig, p, USR1, HANDLER, cases[i].flags, 0);
        assert_int_equal(os_fork(rig->os, p, &child), 0);
        const uint32_t pid = p->pid, pc = get(rig, p, X86_EIP);
        (void)rig_call(rig, p, cases[i].number, UINT32_MAX, 0, 0);
        assert_true(os_in_state(rig->os, p, PCB_BLOCKED));
        (void)rig_call(rig, child, ABI_SYS_KILL, pid, USR1, 0);
        assert_true(os_in_state(rig->os, p, PCB_READY));
        (void)rig_call(rig, child, ABI_SYS_SCHED_YIELD, 0, 0, 0);
        assert_true(os_check(rig->os));

        const uint32_t frame = get(rig, p, X86_ESP);
        if (word(rig, p, frame + 8 + 44) != cases[i].eax ||
            word(rig, p, frame + 8 + 56) != pc - cases[i].moved)
            fail_msg("%s: eax 0x%x eip 0x%x", cases[i].what,
                     word(rig, p, frame + 8 + 44),
                     word(rig, p, frame + 8 + 56));
        os_exit(rig->os, p, 0);
        os_exit(rig->os, child, 0);
    }
}

/* The handler runs, and returns to what was blocked before the call. */
static void test_signal_suspend_gives_the_old_mask_back(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86), *child = NULL;
    const uint64_t before = UINT64_C(1) << (USR2 - 1) | UINT64_C(1) << 40;

    handle(rig, p, USR1, HANDLER, ABI_SA_RESTORER, 0);
    assert_int_equal(os_fork(rig->os, p, &child), 0);
    pcb_set64(rig->phys, p->pcb, PCB_FIELD_MASK, before);
    (void)rig_call(rig, p, ABI_SYS_SIGSUSPEND, 0, 0, 1u << 4);
    assert_true(os_in_state(rig->os, p, PCB_BLOCKED));
    assert_int_equal(mask_of(rig, p), 1u << 4);
    (void)rig_call(rig, child, ABI_SYS_KILL, p->pid, USR1, 0);
    (void)rig_call(rig, child, ABI_SYS_SCHED_YIELD, 0, 0, 0);
    assert_true(os_check(rig->os));

    const uint32_t frame = get(rig, p, X86_ESP);
    assert_int_equal(word(rig, p, frame + 88), (uint32_t)before);
    assert_int_equal(mask_of(rig, p), 1u << 4 | 1u << (USR1 - 1));

    /* A handler of another day finds what is blocked then. */
    set(rig, p, X86_ESP, frame + 8);
    (void)call4(rig, p, ABI_SYS_SIGRETURN, 0, 0, 0, 0);
    assert_true(pcb_get64(rig->phys, p->pcb, PCB_FIELD_MASK) == before);
    pcb_set64(rig->phys, p->pcb, PCB_FIELD_MASK, 2);
    (void)call4(rig, p, ABI_SYS_KILL, p->pid, USR1, 0, 0);
    assert_int_equal(word(rig, p, get(rig, p, X86_ESP) + 88), 2);
    os_exit(rig->os, child, 0);
}

static void test_signal_actions_are_checked(void **state)
{
    struct rig *rig = *state;
    struct process *p = spawn(rig, ELF_X86);

    assert_int_equal(handle(rig, p, 0, HANDLER, 0, 0), minus(ABI_EINVAL));
    assert_int_equal(handle(rig, p, 32, HANDLER, 0, 0), minus(ABI_EINVAL));
    assert_int_equal(handle(rig, p, ABI_SIGKILL, HANDLER, 0, 0),
                     minus(ABI_EINVAL));
    assert_int_equal(handle(rig, p, ABI_SIGSTOP, 1, 0, 0), minus(ABI_EINVAL));
    assert_int_equal(
        call4(rig, p, ABI_SYS_RT_SIGACTION, USR1, BOUNDS - 4, 0, 8),
        minus(ABI_EFAULT));
    assert_int_equal(handle(rig, p, USR1, HANDLER, UINT32_MAX, UINT32_MAX), 0);
    assert_int_equal(call4(rig, p, ABI_SYS_RT_SIGACTION, USR1, 0, OLD, 8), 0);
    assert_int_equal(word(rig, p, OLD), HANDLER);
    assert_true(word(rig, p, OLD + 4) == ABI_SA_ALL);
    assert_int_equal(word(rig, p, OLD + 8), RESTORER);
    assert_true(word(rig, p, OLD + 12) == (UINT32_MAX & ~0x40100u));

    /* A bad place for the old one: nothing has changed. */
    put(rig, p, ACTION, 0);
    assert_int_equal(
        call4(rig, p, ABI_SYS_RT_SIGACTION, USR1, ACTION, BOUNDS - 4, 8),
        minus(ABI_EFAULT));
    assert_int_equal(pcb_get_action(rig->phys, p->pcb, USR1).handler, HANDLER);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_signal_frame_of_i386_word_by_word),
        TEST(test_signal_plain_frames_come_back_whole),
        TEST(test_signal_frame_of_arm_word_by_word),
        TEST(test_signal_return_keeps_privileged_bits),
        TEST(test_signal_bad_frames_end_the_process),
        TEST(test_signal_alternate_stack),
        TEST(test_signal_masks_hold_back_and_let_go),
        TEST(test_signal_fork_copies_handlers_not_signals),
        TEST(test_signal_interrupts_a_pause_and_restarts_a_wait),
        TEST(test_signal_suspend_gives_the_old_mask_back),
        TEST(test_signal_actions_are_checked),
    };

    return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
