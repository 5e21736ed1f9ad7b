/*
 * tests/test_forecast_x86.c - emu/forecast_x86.c and its kin against bare
 * Unicorn: the accesses of a block, and what it leaves in the registers.
 *
 * A forecast need not exist; if it does, it must be right. What the engine
 * gives to its exact core is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "emu/decode_x86.h"
#include "tests/forecast_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- known answers ---- */

/* Registers as a row begins: eax to edi are numbered pages of data. */
#define R(n)     (RUN_DATA + (n)*0x100u)
#define ESP      R(4)
#define FS_AT    (RUN_DATA + 0x1000)
#define GS_AT    (RUN_DATA + 0x1800)
#define CODE(to) to, sizeof(to) - 1

static const struct row {
    const char *what, *code;
    uint32_t size;
    struct run_access accesses[6];
    unsigned count;
} rows[] = {
    {"push ebx; pop [esp]",
     CODE("\x53\x8f\x04\x24"),
     {{true, ESP - 4, 4}, {false, ESP - 4, 4}, {true, ESP, 4}},
     3},
    {"push [esp + 4]",
     CODE("\xff\x74\x24\x04"),
     {{false, ESP + 4, 4}, {true, ESP - 4, 4}},
     2},
    {"push ax; pop cx",
     CODE("\x66\x50\x66\x59"),
     {{true, ESP - 2, 2}, {false, ESP - 2, 2}},
     2},
    {"push esp; pop eax; mov al, [eax]",
     CODE("\x54\x58\x8a\x00"),
     {{true, ESP - 4, 4}, {false, ESP - 4, 4}, {false, ESP, 1}},
     3},
    {"push -1; pop eax; mov dl, [ecx + eax]",
     CODE("\x6a\xff\x58\x8a\x14\x01"),
     {{true, ESP - 4, 4}, {false, ESP - 4, 4}, {false, R(1) - 1, 1}},
     3},
    {"pop esp; push eax, of what push ebx has left",
     CODE("\x53\x5c\x50"),
     {{true, ESP - 4, 4}, {false, ESP - 4, 4}, {true, R(3) - 4, 4}},
     3},
    {"call", CODE("\xe8\x10\0\0\0"), {{true, ESP - 4, 4}}, 1},
    {"call [eax + 4]",
     CODE("\xff\x50\x04"),
     {{false, R(0) + 4, 4}, {true, ESP - 4, 4}},
     2},
    {"call [esp + 4]",
     CODE("\xff\x54\x24\x04"),
     {{false, ESP + 4, 4}, {true, ESP - 4, 4}},
     2},
    {"jmp [eax + 4]", CODE("\xff\x60\x04"), {{false, R(0) + 4, 4}}, 1},
    {"ret", CODE("\xc3"), {{false, ESP, 4}}, 1},
    {"ret 8", CODE("\xc2\x08\x00"), {{false, ESP, 4}}, 1},
    {"leave; push eax",
     CODE("\xc9\x50"),
     {{false, R(5), 4}, {true, R(5), 4}},
     2},
    {"xchg [ecx], edx; mov eax, [ecx]; mov al, [eax]",
     CODE("\x87\x11\x8b\x01\x8a\x00"),
     {{false, R(1), 4}, {true, R(1), 4}, {false, R(1), 4}, {false, R(2), 1}},
     4},
    {"xadd [eax], eax",
     CODE("\x0f\xc1\x00"),
     {{false, R(0), 4}, {true, R(0), 4}},
     2},
    {"lock add [eax], ecx",
     CODE("\xf0\x01\x08"),
     {{false, R(0), 4}, {true, R(0), 4}},
     2},
    {"cmp [eax], cl; test [eax], cx",
     CODE("\x38\x08\x66\x85\x08"),
     {{false, R(0), 1}, {false, R(0), 2}},
     2},
    {"lea ebx, [ecx + 8]; mov al, [ebx - 4]",
     CODE("\x8d\x59\x08\x8a\x43\xfc"),
     {{false, R(1) + 4, 1}},
     1},
    {"lea eax, fs:[ecx]; mov al, [eax]",
     CODE("\x64\x8d\x01\x8a\x00"),
     {{false, R(1), 1}},
     1},
    {"mov ah, 8; movzx edx, ah; mov al, [ecx + edx*4]",
     CODE("\xb4\x08\x0f\xb6\xd4\x8a\x04\x91"),
     {{false, R(1) + 32, 1}},
     1},
    {"mov byte [ecx], -2; movsx eax, byte [ecx]; mov dl, [ecx + eax]",
     CODE("\xc6\x01\xfe\x0f\xbe\x01\x8a\x14\x01"),
     {{true, R(1), 1}, {false, R(1), 1}, {false, R(1) - 2, 1}},
     3},
    {"cmove eax, [ecx]", CODE("\x0f\x44\x01"), {{false, R(1), 4}}, 1},
    {"setne [ecx]", CODE("\x0f\x95\x01"), {{true, R(1), 1}}, 1},
    {"mov eax, 80000001; rol eax, 4; mov dl, [ecx + eax]",
     CODE("\xb8\x01\x00\x00\x80\xc1\xc0\x04\x8a\x14\x01"),
     {{false, R(1) + 0x18, 1}},
     1},
    {"mov eax, 30; ror eax, 4; mov dl, [ecx + eax]",
     CODE("\xb8\x30\0\0\0\xc1\xc8\x04\x8a\x14\x01"),
     {{false, R(1) + 3, 1}},
     1},
    {"mov eax, -16; sar eax, 2; mov dl, [ecx + eax]",
     CODE("\xb8\xf0\xff\xff\xff\xc1\xf8\x02\x8a\x14\x01"),
     {{false, R(1) - 4, 1}},
     1},
    {"mov eax, 3; mov ecx, 33; shl eax, cl; mov bl, [edx + eax]",
     CODE("\xb8\x03\0\0\0\xb9\x21\0\0\0\xd3\xe0\x8a\x1c\x02"),
     {{false, R(2) + 6, 1}},
     1},
    {"mov eax, -8; shr al, 1; mov cl, [edx + eax]",
     CODE("\xb8\xf8\xff\xff\xff\xd0\xe8\x8a\x0c\x02"),
     {{false, R(2) + 0xffffff7c, 1}},
     1},
    {"mov [ecx], edx; mov eax, [ecx]; mov bl, [eax]",
     CODE("\x89\x11\x8b\x01\x8a\x18"),
     {{true, R(1), 4}, {false, R(1), 4}, {false, R(2), 1}},
     3},
    {"mov eax, 8000; cwde; mov dl, [ecx + eax + 8000]",
     CODE("\x66\xb8\x00\x80\x98\x8a\x94\x01\x00\x80\0\0"),
     {{false, R(1), 1}},
     1},
    {"cdq; mov dl, [ecx + edx]",
     CODE("\x99\x8a\x14\x11"),
     {{false, R(1), 1}},
     1},
    {"mov eax, fs:[16]; mov gs:[eax*0], cl",
     CODE("\x64\xa1\x10\0\0\0\x65\x88\x0d\x20\0\0\0"),
     {{false, FS_AT + 16, 4}, {true, GS_AT + 32, 1}},
     2},
    {"inc [eax]; neg [ecx + 4]; not word [edx]",
     CODE("\xff\x00\xf6\x59\x04\x66\xf7\x12"),
     {{false, R(0), 4},
      {true, R(0), 4},
      {false, R(1) + 4, 1},
      {true, R(1) + 4, 1},
      {false, R(2), 2},
      {true, R(2), 2}},
     6},
    {"mov eax, 3; imul eax, eax, -4; mov dl, [ecx + eax]",
     CODE("\xb8\x03\0\0\0\x6b\xc0\xfc\x8a\x14\x01"),
     {{false, R(1) - 12, 1}},
     1},
    {"movups [ecx + 4], xmm0; movss xmm0, [ecx]; movsd [edx], xmm1",
     CODE("\x0f\x11\x41\x04\xf3\x0f\x10\x01\xf2\x0f\x11\x0a"),
     {{true, R(1) + 4, 8},
      {true, R(1) + 12, 8},
      {false, R(1), 4},
      {true, R(2), 8}},
     4},
    {"fld qword [eax]; fstp dword [ecx]; fistp word [edx]; fnstcw [ebx]",
     CODE("\xdd\x00\xd9\x19\xdf\x1a\xd9\x3b"),
     {{false, R(0), 8}, {true, R(1), 4}, {true, R(2), 2}, {true, R(3), 2}},
     4},
    {"mov eax, 103; mov esi, 10; xor edx, edx; div esi; mov cl, [ebx + edx]",
     CODE("\xb8\x67\0\0\0\xbe\x0a\0\0\0\x31\xd2\xf7\xf6\x8a\x0c\x13"),
     {{false, R(3) + 3, 1}},
     1},
    {"xor edx, edx; div ebx; mov cl, [edi + eax*2]",
     CODE("\x31\xd2\xf7\xf3\x8a\x0c\x47"),
     {{false, R(7), 1}},
     1},
    {"xor eax, eax; xor edx, edx; div eax: nothing is behind it",
     CODE("\x31\xc0\x31\xd2\xf7\xf0\x8a\x0b"),
     {{0}},
     0},
    {"cpuid; xor eax, eax; sub ebx, ebx; add ebx, eax; mov dl, [esi + ebx]",
     CODE("\x0f\xa2\x31\xc0\x29\xdb\x01\xc3\x8a\x14\x1e"),
     {{false, R(6), 1}},
     1},
    {"mov eax, 80000000; mov edi, 6; mul edi; mov al, [ebx + edx]",
     CODE("\xb8\0\0\0\x80\xbf\x06\0\0\0\xf7\xe7\x8a\x04\x13"),
     {{false, R(3) + 3, 1}},
     1},
    {"mov eax, 80000000; mov edi, 6; imul edi; mov al, [ebx + edx]",
     CODE("\xb8\0\0\0\x80\xbf\x06\0\0\0\xf7\xef\x8a\x04\x13"),
     {{false, R(3) - 3, 1}},
     1},
    {"movsb; movsd; lodsw",
     CODE("\xa4\xa5\x66\xad"),
     {{false, R(6), 1},
      {true, R(7), 1},
      {false, R(6) + 1, 4},
      {true, R(7) + 1, 4},
      {false, R(6) + 5, 2}},
     5},
    {"mov [esi], ebx; movsd; mov eax, [edi - 4]; mov al, [eax]",
     CODE("\x89\x1e\xa5\x8b\x47\xfc\x8a\x00"),
     {{true, R(6), 4},
      {false, R(6), 4},
      {true, R(7), 4},
      {false, R(7), 4},
      {false, R(3), 1}},
     5},
    {"xor ecx, ecx; rep lodsd", CODE("\x31\xc9\xf3\xad"), {{0}}, 0},
    {"std; stosd; stosb; cld; scasb; cmpsb",
     CODE("\xfd\xab\xaa\xfc\xae\xa6"),
     {{true, R(7), 4},
      {true, R(7) - 4, 1},
      {false, R(7) - 5, 1},
      {false, R(7) - 4, 1},
      {false, R(6), 1}},
     5},
    {"rep movsd: one turn",
     CODE("\xf3\xa5"),
     {{false, R(6), 4}, {true, R(7), 4}},
     2},
    {"xor ecx, ecx; rep movsd", CODE("\x31\xc9\xf3\xa5"), {{0}}, 0},
    {"mov [esi], ebx; lodsd; mov al, [eax]",
     CODE("\x89\x1e\xad\x8a\x00"),
     {{true, R(6), 4}, {false, R(6), 4}, {false, R(3), 1}},
     3},
    {"bt [eax], 35; bts [ecx], 35",
     CODE("\x0f\xba\x20\x23\x0f\xba\x29\x23"),
     {{false, R(0), 4}, {false, R(1), 4}, {true, R(1), 4}},
     3},
};

static void test_forecast_x86_knows_answers(void **state)
{
    struct rng rng = rng_start();
    struct runner *runner = runner_create(&isa_x86, &rng);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct run run = {
            .size = row->size, .flags = 0x202, .fs = FS_AT, .gs = GS_AT};

        for (unsigned reg = 0; reg < 8; reg++)
            run.regs[reg] = R(reg);
        memcpy(run.code, row->code, row->size);
        if (!runner_run(runner, &run))
            fail_msg("%s: no forecast", row->what);
        if (runner_judge(runner, &run) != RUN_RIGHT ||
            run.seen.count != row->count) {
            run_print(runner, &run);
            fail_msg("%s: %d, %u accesses", row->what,
                     runner_judge(runner, &run), run.seen.count);
        }
        for (unsigned j = 0; j < row->count; j++) {
            assert_int_equal(run.seen.items[j].store, row->accesses[j].store);
            assert_int_equal(run.seen.items[j].va, row->accesses[j].va);
            assert_int_equal(run.seen.items[j].size, row->accesses[j].size);
        }
    }
    runner_destroy(runner);
}

/* What is left to those who see each access. */
static void test_forecast_x86_leaves_some_out(void **state)
{
    static const struct {
        const char *what, *code;
        uint32_t size;
    } refused[] = {
        {"mov eax, 7; cdq; idiv esi; mov cl, [ebx + eax]",
         CODE("\xb8\x07\0\0\0\x99\xf7\xfe\x8a\x0c\x03")},
        {"movsb of 16-bit addresses", CODE("\x67\xa4")},
        {"cmpxchg [eax], ecx", CODE("\x0f\xb1\x08")},
        {"bt [eax], ecx", CODE("\x0f\xa3\x08")},
        {"mov eax, [bx]", CODE("\x67\x8b\x07")},
        {"16-bit ret", CODE("\x66\xc3")},
        {"pusha", CODE("\x60")},
        {"enter", CODE("\xc8\x08\x00\x00")},
        {"pushf", CODE("\x9c")},
        {"adc eax, 0; mov bl, [eax]", CODE("\x83\xd0\x00\x8a\x18")},
        {"cmove eax, [ecx]; mov bl, [eax]", CODE("\x0f\x44\x01\x8a\x18")},
        {"fld tbyte [eax]", CODE("\xdb\x28")},
        {"cvtps2pd xmm0, [eax]", CODE("\x0f\x5a\x00")},
        {"pause", CODE("\xf3\x90")},
    };
    static struct lift lift;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        const uint8_t *bytes = (const uint8_t *)refused[i].code;
        struct decoded facts;

        lift_begin(&lift, true);
        for (uint32_t at = 0; at < refused[i].size; at += facts.size) {
            assert_true(decode_x86(bytes + at, refused[i].size - at, &facts));
            lift_x86(&lift, bytes + at, facts.size, at, false);
        }
        if (lift_end(&lift))
            fail_msg("%s", refused[i].what);
    }
}

/* ---- random ones ---- */

/* Opcodes from the first to the last, of a map. */
static const struct {
    uint8_t map, first, last;
} ranges[] = {
    {MAP_ONE, 0x00, 0x3d}, {MAP_ONE, 0x00, 0x3d}, {MAP_ONE, 0x40, 0x5f},
    {MAP_ONE, 0x68, 0x6b}, {MAP_ONE, 0x80, 0x8f}, {MAP_ONE, 0x80, 0x8f},
    {MAP_ONE, 0x90, 0x9f}, {MAP_ONE, 0xa4, 0xaf}, {MAP_ONE, 0xa0, 0xaf},
    {MAP_ONE, 0xb0, 0xbf}, {MAP_ONE, 0xc0, 0xc1}, {MAP_ONE, 0xc6, 0xc7},
    {MAP_ONE, 0xc9, 0xc9}, {MAP_ONE, 0xd0, 0xd3}, {MAP_ONE, 0xd8, 0xdf},
    {MAP_ONE, 0xf5, 0xfd}, {MAP_ONE, 0xfe, 0xff}, {MAP_ONE, 0xf6, 0xf7},
    {MAP_0F, 0x10, 0x1f},  {MAP_0F, 0x28, 0x2f},  {MAP_0F, 0x40, 0x7f},
    {MAP_0F, 0x90, 0xaf},  {MAP_0F, 0xb0, 0xcf},  {MAP_0F, 0xb6, 0xbf},
    {MAP_0F, 0xc0, 0xc1},  {MAP_0F, 0xd0, 0xff},
};

/* These end a block, so they are rather the last. */
static const uint8_t jumps[] = {0x70, 0xc2, 0xc3, 0xe0, 0xe2, 0xe3,
                                0xe8, 0xe9, 0xeb, 0xff, 0xff};

static uint8_t random_prefix(struct rng *rng)
{
    static const uint8_t prefixes[] = {0x66, 0x66, 0x66, 0xf2, 0xf3, 0xf2,
                                       0xf3, 0x64, 0x65, 0xf0, 0x2e, 0x67};

    return prefixes[rng_below(rng, COUNT(prefixes))];
}

static uint32_t put_opcode(struct rng *rng, uint8_t *to, bool is_last)
{
    const unsigned i = rng_below(rng, COUNT(ranges));
    uint32_t at = 0;

    while (rng_below(rng, 2))
        to[at++ % 3] = random_prefix(rng);
    at = at < 3 ? at : 3;
    if (is_last && rng_below(rng, 4) == 0) {
        to[at++] = jumps[rng_below(rng, COUNT(jumps))];
        return at;
    }
    if (ranges[i].map == MAP_0F)
        to[at++] = 0x0f;
    to[at++] = (uint8_t)(ranges[i].first +
                         rng_below(rng, ranges[i].last - ranges[i].first + 1u));
    return at;
}

/* A displacement, or where there is none, an immediate. */
static uint32_t random_number(struct rng *rng, bool is_address)
{
    if (is_address)
        return RUN_DATA + rng_below(rng, 0x8000);
    return rng_below(rng, 4) ? rng_below(rng, 128) - 64 : rng_next(rng);
}

/* Bytes that look like an instruction of the maps, 15 of them. */
static void put_insn(struct rng *rng, uint8_t *to, bool is_last)
{
    uint32_t at = put_opcode(rng, to, is_last);
    const bool has_offset = (to[at - 1] & 0xfc) == 0xa0;
    const uint8_t modrm = (uint8_t)rng_next(rng), mod = modrm >> 6;
    const uint8_t sib = (uint8_t)rng_next(rng);
    const bool has_sib = mod != 3 && (modrm & 7) == 4;
    const uint8_t base = has_sib ? sib & 7 : modrm & 7;
    const bool is_bare = has_offset || (mod == 0 && base == 5);
    const uint32_t numbers[2] = {random_number(rng, is_bare),
                                 random_number(rng, false)};

    if (!has_offset)
        to[at++] = modrm;
    if (!has_offset && has_sib)
        to[at++] = sib;
    if (mod == 1 && !has_offset)
        to[at++] = (uint8_t)rng_next(rng);
    else if (mod == 2 || is_bare)
        memcpy(to + at, &numbers[0], 4), at += 4;
    memcpy(to + at, &numbers[1], 4);
}

static void put_bytes(struct rng *rng, uint8_t *to)
{
    for (unsigned i = 0; i < 16; i += 4) {
        const uint32_t bytes = rng_next(rng);

        memcpy(to + i, &bytes, 4);
    }
}

/* What can be decoded; what the engine makes of it is seen by the runner. */
static uint32_t random_insn(struct rng *rng, uint8_t *to, bool any,
                            bool is_last)
{
    struct decoded facts;

    do {
        put_bytes(rng, to);
        if (!any)
            put_insn(rng, to, is_last);
    } while (!decode_x86(to, 15, &facts));
    return facts.size;
}

/* Small numbers, too, for indices. */
static uint32_t random_register(struct rng *rng, unsigned reg)
{
    if (reg == X86_ESP || reg == X86_EBP || rng_below(rng, 4))
        return run_random_register(rng);
    return rng_below(rng, 256);
}

static void make_run(struct run *run, struct rng *rng, bool any)
{
    const uint32_t count = 1 + rng_below(rng, 6);
    uint8_t insn[24];

    run->thumb = false;
    run->flags = (rng_next(rng) & 0xcd5) | 0x202;
    run->fs = random_register(rng, X86_EAX);
    run->gs = random_register(rng, X86_EAX);
    run->size = 0;
    for (unsigned i = 0; i < 8; i++)
        run->regs[i] = random_register(rng, i);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t size = random_insn(rng, insn, any, i + 1 == count);

        if (size > RUN_CODE - run->size)
            break;
        memcpy(run->code + run->size, insn, size);
        run->size += size;
    }
}

struct tally {
    unsigned cases, forecasts, accesses, vague;
};

static struct tally compare(bool any, unsigned cases)
{
    struct rng rng = rng_start();
    struct runner *runner = runner_create(&isa_x86, &rng);
    struct tally tally = {.cases = cases};
    static struct run run;

    for (unsigned i = 0; i < cases; i++) {
        enum run_verdict verdict;

        make_run(&run, &rng, any);
        if (!runner_run(runner, &run))
            continue;
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
    print_message("%s: %u cases, %u forecasts of %u accesses, %u vague\n",
                  any ? "any bytes" : "rows", tally.cases, tally.forecasts,
                  tally.accesses, tally.vague);
    return tally;
}

static void test_forecast_x86_is_right_of_its_rows(void **state)
{
    const struct tally tally = compare(false, 60000);

    (void)state;
    assert_true(tally.forecasts > tally.cases / 5);
    assert_true(tally.accesses > tally.cases / 5);
}

static void test_forecast_x86_is_right_of_any_bytes(void **state)
{
    const struct tally tally = compare(true, 20000);

    (void)state;
    assert_true(tally.forecasts > tally.cases / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forecast_x86_knows_answers),
        cmocka_unit_test(test_forecast_x86_leaves_some_out),
        cmocka_unit_test(test_forecast_x86_is_right_of_its_rows),
        cmocka_unit_test(test_forecast_x86_is_right_of_any_bytes),
    };

    return cmocka_run_group_tests_name("forecast_x86", tests, NULL, NULL);
}
