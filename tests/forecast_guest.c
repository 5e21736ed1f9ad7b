/*
 * tests/forecast_guest.c - see forecast_guest.h.
 *
 * Some i386 instructions make Unicorn abort the host, so only those run that
 * the engine gives to a core that has forecasts.
 */
#include "tests/forecast_guest.h"

#include <string.h>

#include <unicorn/unicorn.h>

#include "emu/decode_x86.h"

/* ---- ARM ---- */

static uint32_t arm_put_call(const struct run *run, uint8_t *to)
{
    static const uint8_t svc[2][4] = {{0, 0, 0, 0xef}, {0, 0xdf}};
    const uint32_t size = run->thumb ? 2 : 4;

    memcpy(to, svc[run->thumb], size);
    return size;
}

static uint32_t arm_size_of(const struct run *run, const uint8_t *bytes,
                            uint32_t size)
{
    const bool is_long = !run->thumb || bytes[1] >> 3 >= 0x1d;

    (void)size;
    return is_long ? 4 : 2;
}

static bool arm_is_foreseen(const struct run *run)
{
    (void)run;
    return true;
}

static void arm_prepare(struct core *core, const struct run *run)
{
    engine_arch_arm.enter_user(NULL, core); /* out of the last system call */
    uc_reg_write(core->uc, UC_ARM_REG_CPSR, &run->flags);
}

/* ---- x86 ---- */

static uint32_t x86_put_call(const struct run *run, uint8_t *to)
{
    (void)run;
    to[0] = 0xcd;
    to[1] = 0x80;
    return 2;
}

static uint32_t x86_size_of(const struct run *run, const uint8_t *bytes,
                            uint32_t size)
{
    struct decoded facts;

    (void)run;
    return decode_x86(bytes, size, &facts) ? facts.size : 0;
}

static bool x86_is_foreseen(const struct run *run)
{
    static struct lift lift;
    uint32_t before = 0;
    struct decoded facts;

    lift_begin(&lift, true);
    for (uint32_t at = 0; at < run->size; at += facts.size) {
        const uint8_t *bytes = run->code + at;

        if (!decode_x86(bytes, run->size - at, &facts) ||
            block_needs_care(&facts, true) ||
            !block_divides_safely(&facts, run->code + before, at - before))
            return false;
        lift_x86(&lift, bytes, facts.size, at, false);
        before = at;
    }
    return !lift.failed;
}

static void x86_prepare(struct core *core, const struct run *run)
{
    const uint32_t mxcsr = 0x1f80;
    const uint16_t fpcw = 0x37f, fpsw = 0, fptag = 0xffff;

    uc_reg_write(core->uc, UC_X86_REG_EFLAGS, &run->flags);
    uc_reg_write(core->uc, UC_X86_REG_MXCSR, &mxcsr);
    uc_reg_write(core->uc, UC_X86_REG_FPCW, &fpcw);
    uc_reg_write(core->uc, UC_X86_REG_FPSW, &fpsw);
    uc_reg_write(core->uc, UC_X86_REG_FPTAG, &fptag);
    engine_arch_x86.write_odd(core, X86_FS_BASE, run->fs);
    engine_arch_x86.write_odd(core, X86_GS_BASE, run->gs);
}

static const struct forecast_guest guests[] = {
    {&isa_arm, &engine_arch_arm, 15, arm_put_call, arm_size_of, arm_is_foreseen,
     arm_prepare, 2},
    {&isa_x86, &engine_arch_x86, 8, x86_put_call, x86_size_of, x86_is_foreseen,
     x86_prepare, 0x80},
};

const struct forecast_guest *forecast_guest_find(const struct isa *isa)
{
    return &guests[isa == &isa_x86];
}
