/*
 * tests/test_decode.c - instruction facts on ARM, and text.
 *
 * The bytes are what GNU as makes of the text beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/decode.h"
#include "tests/failing.h"

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;

    for (; hex[0] && hex[1]; hex += 2) {
        const char digits[3] = {hex[0], hex[1], 0};

        bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

static int setup_x86(void **state)
{
    return decode_create((struct decoder **)state, &isa_x86);
}

static int setup_arm(void **state)
{
    return decode_create((struct decoder **)state, &isa_arm);
}

static int teardown(void **state)
{
    decode_destroy(*state);
    return 0;
}

static void test_decode_arm_knows_every_form(void **state)
{
    static const struct {
        bool thumb;
        const char *what, *hex;
        uint32_t flags;
        int base; /* register of an operand that must be aligned */
        unsigned operand_size;
    } cases[] = {
        {false, "mov r0, #1", "0100a0e3", 0, -1, 0},
        {false, "setend be", "000201f1", DECODE_ENDIAN, -1, 0},
        {false, "setend le", "000001f1", DECODE_ENDIAN, -1, 0},
        {false, "strex r0, r1, [r2]", "910f82e1", DECODE_EXCLUSIVE, 2, 4},
        {false, "strexd r0, r4, r5, [r2]", "940fa2e1", DECODE_EXCLUSIVE, 2, 8},
        {false, "strexb r0, r1, [r2]", "910fc2e1", DECODE_EXCLUSIVE, 2, 1},
        {false, "strexh r0, r1, [r2]", "910fe2e1", DECODE_EXCLUSIVE, 2, 2},
        {false, "ldrex r0, [r2]", "9f0f92e1", 0, 2, 4},
        {false, "ldm r0!, {r1-r4}", "1e00b0e8", 0, -1, 0},
        {false, "vldr d0, [r1]", "000b91ed", 0, -1, 0},
        {false, "svc 0", "000000ef", 0, -1, 0},
        {false, "bkpt 5", "750020e1", 0, -1, 0},
        {false, "clrex", "1ff07ff5", 0, -1, 0},
        {false, "swp r0, r1, [r2]", "910002e1", 0, 2, 4},
        {false, "no instruction", "ffffffff", 0, -1, 0},
        {true, "movs r0, #1", "0120", 0, -1, 0},
        {true, "setend be", "58b6", DECODE_ENDIAN, -1, 0},
        {true, "setend le", "50b6", DECODE_ENDIAN, -1, 0},
        {true, "it eq", "08bf", DECODE_IT, -1, 0},
        {true, "nop", "00bf", 0, -1, 0},
        {true, "wfi", "30bf", 0, -1, 0},
        {true, "ldr.w r0, [r1, #4]", "d1f80400", 0, -1, 0},
        {true, "strex r0, r1, [r2]", "42e80010", DECODE_EXCLUSIVE, 2, 4},
        {true, "strexb r0, r1, [r2]", "c2e8401f", DECODE_EXCLUSIVE, 2, 1},
        {true, "strexh r0, r1, [r2]", "c2e8501f", DECODE_EXCLUSIVE, 2, 2},
        {true, "strexd r0, r1, r4, [r2]", "c2e87014", DECODE_EXCLUSIVE, 2, 8},
        {true, "ldrex r0, [r2]", "52e8000f", 0, 2, 4},
        {true, "ldrexd r0, r1, [r2]", "d2e87f01", 0, 2, 8},
        {true, "tbb [r0, r1]", "d0e801f0", 0, -1, 0},
        {true, "strd r0, r1, [r2]", "c2e90001", 0, -1, 0},
        {true, "push {r4, lr}", "10b5", 0, -1, 0},
        {true, "bl .+100", "00f030f8", 0, -1, 0},
        {true, "svc 0", "00df", 0, -1, 0},
        {true, "sev.w", "aff30480", 0, -1, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t bytes[16] = {0};
        struct decoded got;
        const size_t size = from_hex(cases[i].hex, bytes);

        if (!decode_insn(*state, bytes, sizeof(bytes), 0, cases[i].thumb, &got))
            fail_msg("%s: not decoded", cases[i].what);
        if (got.size != size || got.flags != cases[i].flags)
            fail_msg("%s: size %u, flags %#x", cases[i].what, got.size,
                     got.flags);
        assert_int_equal(got.ea_base, cases[i].base);
        assert_int_equal(got.operand_size, cases[i].operand_size);
        if (decode_insn(*state, bytes, size - 1, 0, cases[i].thumb, &got))
            fail_msg("%s: decoded from too few bytes", cases[i].what);
    }
}

static void check_text(void *decoder, const char *hex, bool thumb,
                       const char *want)
{
    uint8_t bytes[16] = {0};
    char text[96];
    const size_t size = from_hex(hex, bytes);

    assert_int_equal(decode_text(decoder, bytes, sizeof(bytes), 0x1000, thumb,
                                 text, sizeof(text)),
                     size);
    assert_string_equal(text, want);
}

static void test_decode_text_x86(void **state)
{
    check_text(*state, "8903", false, "mov dword ptr [ebx], eax");
    check_text(*state, "c3", false, "ret");
    check_text(*state, "e8fb0f0000", false, "call 0x2000");
    check_text(*state, "cd80", false, "int 0x80");
}

static void test_decode_text_arm(void **state)
{
    check_text(*state, "0100a0e3", false, "mov r0, #1");
    check_text(*state, "000000ef", false, "svc #0");
    check_text(*state, "0120", true, "movs r0, #1");
    check_text(*state, "00f030f8", true, "bl #0x1064");
}

static void test_decode_text_shows_the_unknown_as_data(void **state)
{
    check_text(*state, "ffffffff", false, ".byte 0xff, 0xff, 0xff, 0xff");
}

static void test_decode_text_cuts_long_text(void **state)
{
    const uint8_t bytes[16] = {0x89, 0x03};
    char text[8];

    assert_int_equal(
        decode_text(*state, bytes, sizeof(bytes), 0, false, text, sizeof(text)),
        2);
    assert_string_equal(text, "mov dwo");
}

static void test_decode_text_of_nothing_is_0(void **state)
{
    const uint8_t bytes[2] = {0x0f, 0x04};
    char text[8] = "same";

    assert_int_equal(
        decode_text(*state, bytes, sizeof(bytes), 0, false, text, sizeof(text)),
        0);
    assert_string_equal(text, "same");
}

static void test_decode_create_reports_enomem(void **state)
{
    struct decoder *decoder = NULL;

    (void)state;
    failing_after(0);
    assert_int_equal(decode_create(&decoder, &isa_x86), -ENOMEM);
    failing_after(-1);
    assert_null(decoder);
    decode_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decode_arm_knows_every_form,
                                        setup_arm, teardown),
        cmocka_unit_test_setup_teardown(test_decode_text_x86, setup_x86,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_decode_text_arm, setup_arm,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_decode_text_shows_the_unknown_as_data, setup_arm, teardown),
        cmocka_unit_test_setup_teardown(test_decode_text_cuts_long_text,
                                        setup_x86, teardown),
        cmocka_unit_test_setup_teardown(test_decode_text_of_nothing_is_0,
                                        setup_x86, teardown),
        cmocka_unit_test(test_decode_create_reports_enomem),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
