/*
 * os/signal_layout.c - frames of signal handlers; see signal_layout.h.
 *
 * Decisions of the model:
 * - On i386 the x87 comes back from the FSAVE image, SSE from the FXSAVE image,
 *   as Linux does where there is both. A handler begins with both as a program
 *   does. On ARM it keeps the registers.
 * - Bits of flags and CPSR that a program may not change stay what they are.
 * - A memory fault has the number and error code of a page fault: there is no
 *   page that is not there, or its rights are less.
 * - A privileged instruction is SIGILL on both. (Linux makes it SIGSEGV on
 *   i386.)
 */
#include "os/signal_layout.h"

#include <string.h>

#include "os/abi.h"

#define ALL UINT32_MAX

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- i386 ---- */

#define USER_CS   0x73u
#define USER_DS   0x7bu
#define X86_FLAGS 0x00040dd5u /* AC OF DF TF SF ZF AF PF CF */

#define FSAVE_SIZE  112u
#define FXSAVE_SIZE 512u

#define X86_CONTEXT(at)                                                        \
    {(at) + 0, FRAME_SELECTOR, X86_GS, USER_DS},                               \
        {(at) + 4, FRAME_SELECTOR, X86_FS, USER_DS},                           \
        {(at) + 8, FRAME_SELECTOR, X86_ES, USER_DS},                           \
        {(at) + 12, FRAME_SELECTOR, X86_DS, USER_DS},                          \
        {(at) + 16, FRAME_REG, X86_EDI, ALL},                                  \
        {(at) + 20, FRAME_REG, X86_ESI, ALL},                                  \
        {(at) + 24, FRAME_REG, X86_EBP, ALL},                                  \
        {(at) + 28, FRAME_REG, X86_ESP, ALL},                                  \
        {(at) + 32, FRAME_REG, X86_EBX, ALL},                                  \
        {(at) + 36, FRAME_REG, X86_EDX, ALL},                                  \
        {(at) + 40, FRAME_REG, X86_ECX, ALL},                                  \
        {(at) + 44, FRAME_REG, X86_EAX, ALL}, {(at) + 48, FRAME_TRAP_NUMBER},  \
        {(at) + 52, FRAME_TRAP_ERROR}, {(at) + 56, FRAME_REG, X86_EIP, ALL},   \
        {(at) + 60, FRAME_FIXED, X86_CS, USER_CS},                             \
        {(at) + 64, FRAME_REG, X86_EFLAGS, X86_FLAGS},                         \
        {(at) + 68, FRAME_REG, X86_ESP, 0},                                    \
        {(at) + 72, FRAME_FIXED, X86_SS, USER_DS}, {(at) + 76, FRAME_FLOATS},  \
        {(at) + 80, FRAME_MASK},                                               \
    {                                                                          \
        (at) + 84, FRAME_TRAP_ADDRESS                                          \
    }

static const struct frame_field x86_plain[] = {
    {0, FRAME_RETURN},
    {4, FRAME_NUMBER},
    X86_CONTEXT(8),
    {720, FRAME_MASK_HIGH},
};

static const struct frame_field x86_info[] = {
    {0, FRAME_RETURN},         {4, FRAME_NUMBER},
    {8, FRAME_POINTER, 0, 16}, {12, FRAME_POINTER, 0, 144},
    {152, FRAME_ALT_BASE},     {156, FRAME_ALT_FLAGS},
    {160, FRAME_ALT_SIZE},     X86_CONTEXT(164),
    {252, FRAME_MASK},         {256, FRAME_MASK_HIGH},
};

#define X86_SELECTORS                                                          \
    {0, FRAME_VALUE, X86_CS, USER_CS}, {0, FRAME_VALUE, X86_SS, USER_DS},      \
        {0, FRAME_VALUE, X86_DS, USER_DS},                                     \
    {                                                                          \
        0, FRAME_VALUE, X86_ES, USER_DS                                        \
    }

static const struct frame_field x86_plain_entry[] = {
    X86_SELECTORS,
    {0, FRAME_NUMBER, X86_EAX},
    {0, FRAME_VALUE, X86_EDX, 0},
    {0, FRAME_VALUE, X86_ECX, 0},
};

static const struct frame_field x86_info_entry[] = {
    X86_SELECTORS,
    {0, FRAME_NUMBER, X86_EAX},
    {0, FRAME_POINTER, X86_EDX, 16},
    {0, FRAME_POINTER, X86_ECX, 144},
};

/* ST(@index), where the save area has the register that this is now. */
static size_t st_at(const struct cpu_state *cpu, unsigned index)
{
    const unsigned top = isa_get(&isa_x86, cpu, X86_FPSW) >> 11 & 7;

    return isa_x86.regs[X86_ST0 + ((top + index) & 7)].offset;
}

/* A bit for each register that is not empty. */
static uint32_t short_tag(uint32_t tag)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < 8; i++)
        bits |= (uint32_t)((tag >> 2 * i & 3) != 3) << i;
    return bits;
}

static void x86_save_floats(const struct cpu_state *cpu, uint8_t *bytes)
{
    const struct isa *isa = &isa_x86;
    const uint32_t control = isa_get(isa, cpu, X86_FPCW) & 0xffff,
                   status = isa_get(isa, cpu, X86_FPSW) & 0xffff,
                   tag = isa_get(isa, cpu, X86_FPTAG) & 0xffff,
                   op = isa_get(isa, cpu, X86_FPOP) & 0x7ff,
                   ip = isa_get(isa, cpu, X86_FPIP),
                   dp = isa_get(isa, cpu, X86_FPDP);
    const uint32_t head[] = {control | 0xffff0000u,
                             status | 0xffff0000u,
                             tag | 0xffff0000u,
                             ip,
                             (ip ? USER_CS : 0) | op << 16,
                             dp,
                             (dp ? USER_DS : 0) | 0xffff0000u};
    const uint32_t fx_head[] = {control | status << 16,
                                short_tag(tag) | op << 16,
                                ip,
                                ip ? USER_CS : 0,
                                dp,
                                dp ? USER_DS : 0,
                                isa_get(isa, cpu, X86_MXCSR),
                                0xffff};
    uint8_t *fx = bytes + FSAVE_SIZE;

    memset(bytes, 0, FSAVE_SIZE + FXSAVE_SIZE);
    for (size_t i = 0; i < COUNT(head); i++)
        frame_put(bytes + 4 * i, head[i]);
    for (size_t i = 0; i < COUNT(fx_head); i++)
        frame_put(fx + 4 * i, fx_head[i]);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(bytes + 28 + (size_t)10 * i, cpu->bytes + st_at(cpu, i), 10);
        memcpy(fx + 32 + (size_t)16 * i, cpu->bytes + st_at(cpu, i), 10);
        memcpy(fx + 160 + (size_t)16 * i,
               cpu->bytes + isa->regs[X86_XMM0 + i].offset, 16);
    }
    frame_put(bytes + 108, status); /* and 0: there is an FXSAVE image */
}

static bool x86_load_floats(struct cpu_state *cpu, const uint8_t *bytes)
{
    const struct isa *isa = &isa_x86;
    const uint8_t *fx = bytes + FSAVE_SIZE;

    isa_set(isa, cpu, X86_FPCW, frame_get(bytes) & 0xffff);
    isa_set(isa, cpu, X86_FPSW, frame_get(bytes + 4) & 0xffff);
    isa_set(isa, cpu, X86_FPTAG, frame_get(bytes + 8) & 0xffff);
    isa_set(isa, cpu, X86_FPIP, frame_get(bytes + 12));
    isa_set(isa, cpu, X86_FPOP, frame_get(bytes + 16) >> 16 & 0x7ff);
    isa_set(isa, cpu, X86_FPDP, frame_get(bytes + 20));
    isa_set(isa, cpu, X86_MXCSR, frame_get(fx + 24) & 0xffff);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(cpu->bytes + st_at(cpu, i), bytes + 28 + (size_t)10 * i, 10);
        memcpy(cpu->bytes + isa->regs[X86_XMM0 + i].offset,
               fx + 160 + (size_t)16 * i, 16);
    }
    return true;
}

static const struct frame_layout x86_layout = {
    .forms = {{
                  .size = 732,
                  .info = FRAME_NONE,
                  .floats = FRAME_NONE,
                  .code = 724,
                  .return_sp = 8,
                  .fields = x86_plain,
                  .field_count = COUNT(x86_plain),
                  .entry = x86_plain_entry,
                  .entry_count = COUNT(x86_plain_entry),
                  /* pop %eax; mov $119, %eax; int $0x80 */
                  .returning = {{0x0077b858, 0x80cd0000}},
              },
              {
                  .size = 268,
                  .info = 16,
                  .floats = FRAME_NONE,
                  .code = 260,
                  .return_sp = 4,
                  .fields = x86_info,
                  .field_count = COUNT(x86_info),
                  .entry = x86_info_entry,
                  .entry_count = COUNT(x86_info_entry),
                  /* mov $173, %eax; int $0x80 */
                  .returning = {{0x0000adb8, 0x0080cd00}},
              }},
    .sp_align = 16,
    .sp_bias = 4,
    .float_align = 64,
    .float_head = FSAVE_SIZE,
    .float_size = FSAVE_SIZE + FXSAVE_SIZE,
    .flags_cleared = 0x00010500, /* DF RF TF */
    .float_fresh = true,
    .call_size = {2, 2},
    .error_write = 2,
    .error_fetch = 16,
    .trap_is_behind = true,
    .faults =
        {
            [TRAP_SEGMENT] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 4,
                              FAULT_ACCESS},
            [TRAP_ABSENT] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 4, FAULT_ACCESS},
            [TRAP_BOUNDS] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 4, FAULT_ACCESS},
            [TRAP_PROTECTION] = {ABI_SIGSEGV, ABI_SEGV_ACCERR, 14, 5,
                                 FAULT_ACCESS},
            [TRAP_UNDEFINED] = {ABI_SIGILL, ABI_ILL_ILLOPN, 6, 0, FAULT_PC},
            [TRAP_PRIVILEGED] = {ABI_SIGILL, ABI_ILL_PRVOPC, 13, 0, FAULT_PC},
            [TRAP_DIVIDE] = {ABI_SIGFPE, ABI_FPE_INTDIV, 0, 0, FAULT_PC},
            [TRAP_BREAKPOINT] = {ABI_SIGTRAP, ABI_SI_KERNEL, 3, 0,
                                 FAULT_NO_ADDRESS},
            [TRAP_FLOAT] = {ABI_SIGFPE, 0, 16, 0, FAULT_PC},
            [TRAP_OVERFLOW] = {ABI_SIGSEGV, ABI_SI_KERNEL, 4, 0,
                               FAULT_NO_ADDRESS},
            [TRAP_ALIGNMENT] = {ABI_SIGSEGV, ABI_SI_KERNEL, 13, 0,
                                FAULT_NO_ADDRESS},
        },
    .save_floats = x86_save_floats,
    .load_floats = x86_load_floats,
};

/* ---- ARM ---- */

#define ARM_FLAGS 0xfe0ffc20u /* N Z C V Q IT GE T */

#define VFP_MAGIC 0x56465001u
#define VFP_SIZE  288u
#define FPEXC_EN  0x40000000u
#define PLAIN_ID  0x5ac3c35au /* a plain frame with VFP registers says so */

#define ARM_R(at, n)                                                           \
    {                                                                          \
        (at) + 12 + 4 * (n), FRAME_REG, ARM_R0 + (n), ALL                      \
    }

/* ucontext, from its uc_stack on. */
#define ARM_CONTEXT(at)                                                        \
    {(at) + 20, FRAME_TRAP_NUMBER}, {(at) + 24, FRAME_TRAP_ERROR},             \
        {(at) + 28, FRAME_MASK}, ARM_R((at) + 20, 0), ARM_R((at) + 20, 1),     \
        ARM_R((at) + 20, 2), ARM_R((at) + 20, 3), ARM_R((at) + 20, 4),         \
        ARM_R((at) + 20, 5), ARM_R((at) + 20, 6), ARM_R((at) + 20, 7),         \
        ARM_R((at) + 20, 8), ARM_R((at) + 20, 9), ARM_R((at) + 20, 10),        \
        ARM_R((at) + 20, 11), ARM_R((at) + 20, 12), ARM_R((at) + 20, 13),      \
        ARM_R((at) + 20, 14), ARM_R((at) + 20, 15),                            \
        {(at) + 96, FRAME_REG, ARM_CPSR, ARM_FLAGS},                           \
        {(at) + 100, FRAME_TRAP_ADDRESS}, {(at) + 104, FRAME_MASK},            \
    {                                                                          \
        (at) + 108, FRAME_MASK_HIGH                                            \
    }

static const struct frame_field arm_plain[] = {
    {0, FRAME_VALUE, 0, PLAIN_ID},
    ARM_CONTEXT(0),
};

static const struct frame_field arm_info[] = {
    {136, FRAME_ALT_BASE},
    {140, FRAME_ALT_FLAGS},
    {144, FRAME_ALT_SIZE},
    ARM_CONTEXT(128),
};

static const struct frame_field arm_plain_entry[] = {
    {0, FRAME_NUMBER, ARM_R0},
    {0, FRAME_RETURN, ARM_LR},
};

static const struct frame_field arm_info_entry[] = {
    {0, FRAME_NUMBER, ARM_R0},
    {0, FRAME_POINTER, ARM_R0 + 1, 0},
    {0, FRAME_POINTER, ARM_R0 + 2, 128},
    {0, FRAME_RETURN, ARM_LR},
};

static void arm_save_floats(const struct cpu_state *cpu, uint8_t *bytes)
{
    memset(bytes, 0, VFP_SIZE);
    frame_put(bytes, VFP_MAGIC);
    frame_put(bytes + 4, VFP_SIZE);
    memcpy(bytes + 8, cpu->bytes + isa_arm.regs[ARM_D0].offset, 256);
    frame_put(bytes + 264, isa_get(&isa_arm, cpu, ARM_FPSCR));
    frame_put(bytes + 272, FPEXC_EN);
}

static bool arm_load_floats(struct cpu_state *cpu, const uint8_t *bytes)
{
    if (frame_get(bytes) != VFP_MAGIC || frame_get(bytes + 4) != VFP_SIZE)
        return false;
    memcpy(cpu->bytes + isa_arm.regs[ARM_D0].offset, bytes + 8, 256);
    isa_set(&isa_arm, cpu, ARM_FPSCR, frame_get(bytes + 264));
    return true;
}

static const struct frame_layout arm_layout = {
    .forms = {{
                  .size = 760,
                  .info = FRAME_NONE,
                  .floats = 232,
                  .code = 744,
                  .fields = arm_plain,
                  .field_count = COUNT(arm_plain),
                  .entry = arm_plain_entry,
                  .entry_count = COUNT(arm_plain_entry),
                  /* mov r7, #119; svc #119; in Thumb: svc #0 */
                  .returning = {{0xe3a07077, 0xef900077}, {0xdf002777, 0}},
              },
              {
                  .size = 888,
                  .info = 0,
                  .floats = 128 + 232,
                  .code = 128 + 744,
                  .fields = arm_info,
                  .field_count = COUNT(arm_info),
                  .entry = arm_info_entry,
                  .entry_count = COUNT(arm_info_entry),
                  /* the same with 173 */
                  .returning = {{0xe3a070ad, 0xef9000ad}, {0xdf0027ad, 0}},
              }},
    .sp_align = 8,
    .float_size = VFP_SIZE,
    .flags_cleared = 0xff00fe00, /* flags, IT, big-endian data */
    .call_size = {4, 2},
    .error_write = 0x800,
    .faults =
        {
            [TRAP_SEGMENT] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 5,
                              FAULT_ACCESS},
            [TRAP_ABSENT] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 5, FAULT_ACCESS},
            [TRAP_BOUNDS] = {ABI_SIGSEGV, ABI_SEGV_MAPERR, 14, 7, FAULT_ACCESS},
            [TRAP_PROTECTION] = {ABI_SIGSEGV, ABI_SEGV_ACCERR, 14, 15,
                                 FAULT_ACCESS},
            [TRAP_UNDEFINED] = {ABI_SIGILL, ABI_ILL_ILLOPC, 6, 0, FAULT_PC},
            [TRAP_PRIVILEGED] = {ABI_SIGILL, ABI_ILL_PRVOPC, 6, 0, FAULT_PC},
            [TRAP_DIVIDE] = {ABI_SIGFPE, ABI_FPE_INTDIV, 0, 0, FAULT_PC},
            [TRAP_BREAKPOINT] = {ABI_SIGTRAP, ABI_TRAP_BRKPT, 0, 0, FAULT_PC},
            [TRAP_FLOAT] = {ABI_SIGFPE, ABI_FPE_FLTINV, 0, 0, FAULT_PC},
            [TRAP_OVERFLOW] = {ABI_SIGSEGV, ABI_SI_KERNEL, 0, 0,
                               FAULT_NO_ADDRESS},
            [TRAP_ALIGNMENT] = {ABI_SIGBUS, ABI_BUS_ADRALN, 14, 1,
                                FAULT_ACCESS},
        },
    .save_floats = arm_save_floats,
    .load_floats = arm_load_floats,
};

const struct frame_layout *const frame_layouts[ISA_ABIS] = {
    [ISA_ABI_X86] = &x86_layout,
    [ISA_ABI_ARM] = &arm_layout,
};
