/*
 * tests/test_forecast_arm.c - emu/forecast_arm.c and its kin against bare
 * Unicorn: the accesses of a block, and what it leaves in the registers.
 *
 * A forecast need not exist; if it does, it must be right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/forecast_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- known answers ---- */

/* Registers as a row begins: r0 to r14 are numbered pages of data. */
#define R(n) (RUN_DATA + (n)*0x100u)

struct row {
    const char *what;
    bool thumb;
    uint32_t flags; /* N Z C V */
    uint32_t code[6];
    struct run_access accesses[8];
    unsigned count;
};

#define A32(...)                                                               \
    false, 0,                                                                  \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define THUMB(...)                                                             \
    true, 0,                                                                   \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define Z_SET 0x40000000u

static const struct row rows[] = {
    {"ldr r0, [r1, #4]!; str r2, [r1], #-8; ldrb r0, [r1]",
     A32(0xe5b10004, 0xe4012008, 0xe5d10000),
     {{false, R(1) + 4, 4}, {true, R(1) + 4, 4}, {false, R(1) - 4, 1}},
     3},
    {"cmp r0, r0; ldrne r1, [r2]; ldreq r1, [r3]",
     A32(0xe1500000, 0x15921000, 0x05931000),
     {{false, R(3), 4}},
     1},
    {"cmp r0, r1; strblo r1, [r2]; strbhs r1, [r3]; ldrgt r1, [r4]",
     A32(0xe1500001, 0x35c21000, 0x25c31000, 0xc5941000),
     {{true, R(2), 1}},
     1},
    {"ldreq r1, [r2]; ldrne r1, [r3], by the flags it begins with",
     false,
     Z_SET,
     {0x05921000, 0x15931000},
     {{false, R(2), 4}},
     1},
    {"ldmdb r4!, {r5, r6}; str r0, [r4]",
     A32(0xe9340060, 0xe5840000),
     {{false, R(4) - 8, 4}, {false, R(4) - 4, 4}, {true, R(4) - 8, 4}},
     3},
    {"str r3, [r1]; ldr r2, [r1]; ldr r0, [r2]",
     A32(0xe5813000, 0xe5912000, 0xe5930000),
     {{true, R(1), 4}, {false, R(1), 4}, {false, R(3), 4}},
     3},
    {"mvn r2, #0x40000000; asr r2, r2, #32; ldr r3, [r1, r2, lsl #2]",
     A32(0xe3e02101, 0xe1a02042, 0xe7913102),
     {{false, R(1) - 4, 4}},
     1},
    {"lsr r2, r2, #32; ldr r3, [r1, r2]",
     A32(0xe1a02022, 0xe7913002),
     {{false, R(1), 4}},
     1},
    {"tst r1, #1; ldreq r2, [r1]; ldrne r2, [r3]",
     A32(0xe3110001, 0x05912000, 0x15932000),
     {{false, R(1), 4}},
     1},
    {"ubfx r0, r3, #8, #8; bfi r1, r0, #2, #4; ldrb r0, [r1]",
     A32(0xe7e70453, 0xe7c51110, 0xe5d10000),
     {{false, R(1) + 12, 1}},
     1},
    {"movw r0, #0x2000; movt r0, #0x11; ldr r0, [r0]",
     A32(0xe3020000, 0xe3400011, 0xe5900000),
     {{false, 0x112000, 4}},
     1},
    {"strd r2, [r1]; vldr d0, [r1, #8]; vpush {d8, d9}",
     A32(0xe1c120f0, 0xed910b02, 0xed2d8b04),
     {{true, R(1), 4},
      {true, R(1) + 4, 4},
      {false, R(1) + 8, 8},
      {true, R(13) - 16, 8},
      {true, R(13) - 8, 8}},
     5},
    {"push {r4, lr}; pop {r4, pc}",
     THUMB(0xb510, 0xbd10),
     {{true, R(13) - 8, 4},
      {true, R(13) - 4, 4},
      {false, R(13) - 8, 4},
      {false, R(13) - 4, 4}},
     4},
    {"cmp r0, r1; ite ls; ldrls r2, [r3]; strhi r2, [r4]; ldrb r0, [r0]",
     THUMB(0x4288, 0xbf94, 0x681a, 0x6022, 0x7800),
     {{false, R(3), 4}, {false, R(0), 1}},
     2},
    {"cmp r0, r0; itt ne; movne r0, r1; ldrne r1, [r2]; ldr r0, [r0]",
     THUMB(0x4280, 0xbf1c, 0x4608, 0x6811, 0x6800),
     {{false, R(0), 4}},
     1},
    {"ldmia r0!, {r1, r2}; str.w r3, [r0, r4, lsl #0]",
     THUMB(0xc806, 0xf8c03004),
     {{false, R(0), 4}, {false, R(0) + 4, 4}, {true, R(0) + 12, 4}},
     3},
    {"cmp r0, r0; itt eq; addeq r0, r0, r1; ldreq r2, [r3]",
     THUMB(0x4280, 0xbf04, 0x1840, 0x681a),
     {{false, R(3), 4}},
     1},
    {"ldr r0, [r1], #4; ldr r0, [r1], #-4; ldr r0, [r1, #-4]!",
     THUMB(0xf8510b04, 0xf8510904, 0xf8510d04),
     {{false, R(1), 4}, {false, R(1) + 4, 4}, {false, R(1) - 4, 4}},
     3},
    {"ldmia r1, {r1, r2}",
     THUMB(0xc906),
     {{false, R(1), 4}, {false, R(1) + 4, 4}},
     2},
    {"movs r1, #255; lsls r2, r1; ldr r0, [r0, r2]",
     THUMB(0x21ff, 0x408a, 0x5880),
     {{false, R(0), 4}},
     1},
    {"movs r1, #2; tbh [r0, r1, lsl #1]",
     THUMB(0x2102, 0xe8d0f011),
     {{false, R(0) + 4, 2}},
     1},
};

/* Thumb: what has an upper half has it first. */
static void add_code(struct run *run, uint32_t code)
{
    const bool is_short = run->thumb && !(code >> 16);

    if (run->thumb && !is_short)
        code = code >> 16 | code << 16;
    memcpy(run->code + run->size, &code, 4);
    run->size += is_short ? 2 : 4;
}

static void test_forecast_arm_knows_answers(void **state)
{
    struct rng rng = rng_start();
    struct runner *runner = runner_create(&isa_arm, &rng);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct run run = {.thumb = row->thumb,
                          .flags = 0x10 | row->flags | (row->thumb ? 0x20 : 0)};

        for (unsigned reg = 0; reg < 15; reg++)
            run.regs[reg] = R(reg);
        for (size_t j = 0; j < COUNT(row->code) && row->code[j]; j++)
            add_code(&run, row->code[j]);
        runner_run(runner, &run);
        if (runner_judge(runner, &run) != RUN_RIGHT ||
            run.seen.count != row->count)
            fail_msg("%s: %d, %u accesses", row->what,
                     runner_judge(runner, &run), run.seen.count);
        for (unsigned j = 0; j < row->count; j++) {
            assert_int_equal(run.seen.items[j].store, row->accesses[j].store);
            assert_int_equal(run.seen.items[j].va, row->accesses[j].va);
            assert_int_equal(run.seen.items[j].size, row->accesses[j].size);
        }
    }
    runner_destroy(runner);
}

/* What is left to those who see each access. */
static void test_forecast_arm_leaves_some_out(void **state)
{
    static const struct {
        const char *what;
        bool thumb;
        uint32_t code[2];
    } refused[] = {
        {"ldrt r0, [r1]", false, {0xe4b10000}},
        {"swp r0, r1, [r2]", false, {0xe1020091}},
        {"ldrex r0, [r1]", false, {0xe1910f9f}},
        {"strex r0, r1, [r2]", false, {0xe1820f91}},
        {"vld1.32 {d0}, [r0]", false, {0xf420078f}},
        {"ldrd r0, [r9], r0", false, {0xe08900d0}},
        {"ldrd r1, [r0]", false, {0xe1c010d0}},
        {"ldm r1!, {r0, r1}", false, {0xe8b10003}},
        {"stm r1!, {r0, r1}", false, {0xe8a10003}},
        {"ldm r1, {r0}^", false, {0xe8d10001}},
        {"cmn r0, #0x80000000; ldrge", false, {0xe3700102, 0xa5921000}},
        {"cmn r0, #0; ldrhs", false, {0xe3700000, 0x25921000}},
        {"vmrs flags; ldrgt", false, {0xeef1fa10, 0xc5921000}},
        {"clz r1, r1; ldr [r1]", false, {0xe16f1f11, 0xe5911000}},
        {"ldrex r0, [r1]", true, {0xe8510f00}},
        {"ldrt r0, [r1]", true, {0xf8510e00}},
        {"vld1.32 {d0}, [r0]", true, {0xf920078f}},
        {"it, with a condition of 15", true, {0xbff8, 0x6800}},
    };
    static struct lift lift;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct run run = {.thumb = refused[i].thumb};

        add_code(&run, refused[i].code[0]);
        if (refused[i].code[1])
            add_code(&run, refused[i].code[1]);
        lift_begin(&lift, true);
        for (uint32_t at = 0, size; at < run.size; at += size) {
            size = run.thumb && refused[i].code[0] <= 0xffff ? 2 : 4;
            lift_arm(&lift, run.code + at, size, RUN_BASE + at, run.thumb);
        }
        if (lift_end(&lift))
            fail_msg("%s", refused[i].what);
    }
}

/* A literal is as far away as the architecture says. */
static void test_forecast_arm_finds_literals(void **state)
{
    static const struct {
        bool thumb;
        uint32_t code, nops, nop, distance, size;
    } literals[] = {
        {false, 0xe59f0010, 1, 0xe1a00000, 4 + 8 + 16, 4},
        {false, 0xe51f0004, 0, 0, 8 - 4, 4},
        {false, 0xed9f0b02, 0, 0, 8 + 8, 8},
        {true, 0x4801, 0, 0, 4 + 4, 4},
        {true, 0x4801, 1, 0xbf00, 4 + 4, 4}, /* rounded down */
        {true, 0xf85f0004, 1, 0xbf00, 0, 4},
        {true, 0xe9df0102, 1, 0xbf00, 4 + 8, 4},
    };
    struct rng rng = rng_start();
    struct runner *runner = runner_create(&isa_arm, &rng);

    (void)state;
    for (size_t i = 0; i < COUNT(literals); i++) {
        struct run run = {.thumb = literals[i].thumb,
                          .flags = literals[i].thumb ? 0x30 : 0x10};

        if (literals[i].nops)
            add_code(&run, literals[i].nop);
        add_code(&run, literals[i].code);
        runner_run(runner, &run);
        assert_int_equal(runner_judge(runner, &run), RUN_RIGHT);
        assert_int_equal(run.seen.items[0].va, run.at + literals[i].distance);
        assert_int_equal(run.seen.items[0].size, literals[i].size);
    }
    runner_destroy(runner);
}

/* ---- random ones ---- */

/* Instructions with the bits of @value where @mask has any. */
struct form {
    uint32_t mask, value;
};

static const struct form forms_a32[] = {
    {0x0e000000, 0x02000000}, /* data */
    {0x0e000010, 0x00000000}, {0x0e000090, 0x00000010},
    {0x0fb00000, 0x03000000},                           /* movw, movt */
    {0x0fa00ff0, 0x06a00070},                           /* extend */
    {0x0faf03f0, 0x06af0070}, {0x0fa00070, 0x07a00050}, /* bits */
    {0x0fe00070, 0x07c00010}, {0x0e000010, 0x06000010},
    {0x0fc0f0f0, 0x00000090},                           /* mul */
    {0x0f0000f0, 0x00000090}, {0x0e000000, 0x04000000}, /* ldr, str */
    {0x0e000010, 0x06000000}, {0x0e000f90, 0x00000090}, /* ldrh, ldrd ... */
    {0x0e400090, 0x00400090}, {0x0e400000, 0x08000000}, /* ldm, stm */
    {0x0fff8000, 0x08bd0000},                           /* pop */
    {0x0fff0000, 0x092d0000},                           /* push */
    {0x0e000e00, 0x0c000a00},                           /* vldr, vldm ... */
    {0x0f300e00, 0x0d100a00}, {0x0f200f01, 0x0d200b00},
    {0x0f000e00, 0x0e000a00},                           /* VFP */
    {0x0f900000, 0x01100000},                           /* tst, teq, cmp, cmn */
    {0x0f900000, 0x03100000}, {0x0fffffff, 0x0ef1fa10}, /* vmrs */
    {0x0e000000, 0x0a000000},                           /* b, bl */
};

static const struct form forms_thumb[] = {
    {0xe000, 0x0000}, {0xe000, 0x2000}, {0xfc00, 0x4000}, {0xfc00, 0x4400},
    {0xf800, 0x4800}, {0xf000, 0x5000}, {0xe000, 0x6000}, {0xe000, 0x8000},
    {0xf000, 0xa000}, {0xf000, 0xb000}, {0xfe00, 0xb400}, {0xfe00, 0xbc00},
    {0xff00, 0xbf00}, {0xff00, 0xbf00}, {0xff00, 0xbf00}, {0xf000, 0xc000},
    {0xff80, 0x4280}, {0xf800, 0x2800},
};

static const struct form forms_thumb2[] = {
    {0xfe000000, 0xe8000000}, /* ldm, ldrd ... */
    {0xffd02000, 0xe8900000}, {0xffd0a000, 0xe9000000},
    {0xff400000, 0xe9400000}, {0xfff0ffe0, 0xe8d0f000}, /* tbb, tbh */
    {0xfe008000, 0xea000000},                           /* data */
    {0xfa008000, 0xf0000000}, {0xfa008000, 0xf2000000},
    {0xfe000000, 0xf8000000}, /* ldr, str ... */
    {0xff800000, 0xf8800000}, {0xff800fc0, 0xf8000000},
    {0xff800800, 0xf8000800}, {0xfe000000, 0xfa000000}, /* in registers */
    {0xff80f0f0, 0xfa00f000}, {0xff80f0c0, 0xfa00f080},
    {0xfff000e0, 0xfb000000}, {0xfe000e00, 0xec000a00}, /* vldr, vldm ... */
    {0xff300e00, 0xed100a00}, {0xff000e00, 0xee000a00}, /* VFP */
    {0xf8008000, 0xf0008000},                           /* jumps and others */
};

static uint32_t pick(struct rng *rng, const struct form *forms, size_t count)
{
    const struct form *form = &forms[rng_below(rng, (uint32_t)count)];

    return form->value | (rng_next(rng) & ~form->mask);
}

static uint32_t random_a32(struct rng *rng)
{
    const uint32_t code = pick(rng, forms_a32, COUNT(forms_a32)) & 0x0fffffff;
    const uint32_t cond = rng_below(rng, 2) ? 14 : rng_below(rng, 16);

    return cond << 28 | code;
}

static uint32_t random_thumb(struct rng *rng)
{
    if (rng_below(rng, 2))
        return pick(rng, forms_thumb2, COUNT(forms_thumb2));
    return pick(rng, forms_thumb, COUNT(forms_thumb)) & 0xffff;
}

/* Any bits of the length that they say they have. */
static uint32_t random_bits(struct rng *rng, bool thumb)
{
    const uint32_t bits = rng_next(rng);

    return thumb && bits >> 27 < 0x1d ? bits >> 16 : bits;
}

static void make_run(struct run *run, struct rng *rng, bool thumb, bool any)
{
    const uint32_t count = 1 + rng_below(rng, 6);

    run->thumb = thumb;
    run->flags = (rng_next(rng) & 0xf0000000) | 0x10 | (thumb ? 0x20 : 0);
    run->size = 0;
    for (unsigned i = 0; i < 15; i++)
        run->regs[i] = run_random_register(rng);
    for (uint32_t i = 0; i < count; i++)
        add_code(run, any     ? random_bits(rng, thumb)
                      : thumb ? random_thumb(rng)
                              : random_a32(rng));
}

struct tally {
    unsigned cases, forecasts, accesses, vague;
};

static struct tally compare(bool thumb, bool any, unsigned cases)
{
    struct rng rng = rng_start();
    struct runner *runner = runner_create(&isa_arm, &rng);
    struct tally tally = {.cases = cases};
    static struct run run;

    for (unsigned i = 0; i < cases; i++) {
        enum run_verdict verdict;

        make_run(&run, &rng, thumb, any);
        runner_run(runner, &run);
        verdict = runner_judge(runner, &run);
        if (verdict >= RUN_WRONG_ACCESS) {
            run_print(runner, &run);
            fail_msg("TEST_SEED=%u: case %u: %s", rng.seed, i,
                     run_wrong(verdict));
        }
        tally.forecasts += verdict == RUN_RIGHT;
        tally.accesses += verdict == RUN_RIGHT ? run.seen.count : 0;
        tally.vague += verdict == RUN_VAGUE;
    }
    runner_destroy(runner);
    print_message("%s%s: %u cases, %u forecasts of %u accesses, %u vague\n",
                  thumb ? "Thumb" : "A32", any ? ", any bits" : "", tally.cases,
                  tally.forecasts, tally.accesses, tally.vague);
    return tally;
}

static void test_forecast_arm_is_right_of_a32(void **state)
{
    const struct tally tally = compare(false, false, 30000);

    (void)state;
    assert_true(tally.forecasts > tally.cases / 4);
    assert_true(tally.accesses > tally.cases / 4);
}

static void test_forecast_arm_is_right_of_thumb(void **state)
{
    const struct tally tally = compare(true, false, 30000);

    (void)state;
    assert_true(tally.forecasts > tally.cases / 4);
    assert_true(tally.accesses > tally.cases / 4);
}

static void test_forecast_arm_is_right_of_any_bits(void **state)
{
    (void)state;
    assert_true(compare(false, true, 10000).forecasts > 100);
    assert_true(compare(true, true, 10000).forecasts > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forecast_arm_knows_answers),
        cmocka_unit_test(test_forecast_arm_leaves_some_out),
        cmocka_unit_test(test_forecast_arm_finds_literals),
        cmocka_unit_test(test_forecast_arm_is_right_of_a32),
        cmocka_unit_test(test_forecast_arm_is_right_of_thumb),
        cmocka_unit_test(test_forecast_arm_is_right_of_any_bits),
    };

    return cmocka_run_group_tests_name("forecast_arm", tests, NULL, NULL);
}
