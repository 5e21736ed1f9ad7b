/*
 * tests/test_decode_x86.c - the facts of i386 instructions.
 *
 * Capstone must agree on the length of every form that it knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/decode.h"
#include "tests/decode_forms.h"

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;

    for (; hex[0] && hex[1]; hex += 2) {
        const char digits[3] = {hex[0], hex[1], 0};

        bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

static int setup(void **state)
{
    return decode_create((struct decoder **)state, &isa_x86);
}

static int teardown(void **state)
{
    decode_destroy(*state);
    return 0;
}

static bool decode_hex(void *decoder, const char *hex, struct decoded *out)
{
    uint8_t bytes[16] = {0};

    from_hex(hex, bytes);
    return decode_insn(decoder, bytes, sizeof(bytes), 0, false, out);
}

static void check_form(void *decoder, const struct decode_form *form)
{
    const struct decode_facts *want = form->facts;
    struct decoded got;

    if (!decode_hex(decoder, form->hex, &got))
        fail_msg("%s (%s): not decoded", form->what, form->hex);
    if (got.size != strlen(form->hex) / 2)
        fail_msg("%s (%s): %u bytes", form->what, form->hex, got.size);
    if (got.flags != want->flags || got.operand_size != want->operand_size ||
        got.writes != want->writes)
        fail_msg("%s (%s): flags %#x, operand %u, writes %d", form->what,
                 form->hex, got.flags, got.operand_size, got.writes);
    if (got.pieces_load != (want->writes ? 0 : want->pieces) ||
        got.pieces_store != (want->writes ? want->pieces : 0))
        fail_msg("%s (%s): pieces %u, %u", form->what, form->hex,
                 got.pieces_load, got.pieces_store);
}

static void test_decode_x86_knows_every_form(void **state)
{
    for (size_t i = 0; i < decode_forms_count; i++)
        if (decode_forms[i].facts != &decode_unpromised)
            check_form(*state, &decode_forms[i]);
}

static void test_decode_x86_refuses_what_cpuid_does_not_promise(void **state)
{
    struct decoded got;

    for (size_t i = 0; i < decode_forms_count; i++)
        if (decode_forms[i].facts == &decode_unpromised &&
            decode_hex(*state, decode_forms[i].hex, &got))
            fail_msg("%s: decoded", decode_forms[i].what);
}

/* Text that is not data is Capstone's, and then the lengths were equal. */
static void test_decode_x86_agrees_with_capstone(void **state)
{
    for (size_t i = 0; i < decode_forms_count; i++) {
        uint8_t bytes[16] = {0};
        char text[128];

        if (decode_forms[i].facts == &decode_unpromised)
            continue;
        const size_t size = from_hex(decode_forms[i].hex, bytes);
        assert_int_equal(decode_text(*state, bytes, sizeof(bytes), 0x1000,
                                     false, text, sizeof(text)),
                         size);
        if (strncmp(text, ".byte", 5) == 0)
            fail_msg("%s: %s", decode_forms[i].what, text);
    }
}

static void test_decode_x86_needs_every_byte(void **state)
{
    for (size_t i = 0; i < decode_forms_count; i++) {
        const struct decoded untouched = {.size = 77};
        struct decoded got = untouched;
        uint8_t bytes[16] = {0};
        const size_t size = from_hex(decode_forms[i].hex, bytes);

        for (size_t n = 0; n < size; n++)
            if (decode_insn(*state, bytes, n, 0, false, &got))
                fail_msg("%s: decoded from %zu bytes", decode_forms[i].what, n);
        assert_int_equal(got.size, untouched.size);
    }
}

static void test_decode_x86_finds_the_address(void **state)
{
    static const struct {
        const char *what, *hex;
        int base, index, scale, segment;
        int32_t disp;
        bool is_16bit;
    } cases[] = {
        {"[ebx]", "0f100b", X86_EBX, -1, 1, -1, 0, false},
        {"[ebx-4]", "0f104bfc", X86_EBX, -1, 1, -1, -4, false},
        {"[ebp+4096]", "0f108d00100000", X86_EBP, -1, 1, -1, 4096, false},
        {"[-16]", "0f100df0ffffff", -1, -1, 1, -1, -16, false},
        {"[esp+8]", "0f104c2408", X86_ESP, -1, 1, -1, 8, false},
        {"[esi+edi*8+1]", "0f104cfe01", X86_ESI, X86_EDI, 8, -1, 1, false},
        {"[eax*4+256]", "0f100c8500010000", -1, X86_EAX, 4, -1, 256, false},
        {"gs:[ebx]", "650f100b", X86_EBX, -1, 1, X86_GS_BASE, 0, false},
        {"fs:[ebx]", "640f100b", X86_EBX, -1, 1, X86_FS_BASE, 0, false},
        {"fs, then ds", "643e0f100b", X86_EBX, -1, 1, -1, 0, false},
        {"[bx+si+5]", "670f104805", X86_EBX, X86_ESI, 1, -1, 5, true},
        {"[bp]", "670f104e00", X86_EBP, -1, 1, -1, 0, true},
        {"[0x1234]", "670f100e3412", -1, -1, 1, -1, 0x1234, true},
        {"[di-2]", "670f108dfeff", X86_EDI, -1, 1, -1, -2, true},
        {"maskmovdqu", "660ff7ca", X86_EDI, -1, 1, -1, 0, false},
        {"maskmovq, fs", "640ff7ca", X86_EDI, -1, 1, X86_FS_BASE, 0, false},
        {"fxsave [eax]", "0fae00", X86_EAX, -1, 1, -1, 0, false},
        {"pop gs", "0fa9", X86_ESP, -1, 1, -1, 0, false},
        {"mov gs, gs:[ebx]", "658e2b", X86_EBX, -1, 1, X86_GS_BASE, 0, false},
        {"idiv [ebx+4]", "f77b04", X86_EBX, -1, 1, -1, 4, false},
        {"idiv ecx", "f7f9", X86_ECX, -1, 0, -1, 0, false},
        {"xmm2", "0f28ca", -1, -1, 1, -1, 0, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decoded got;

        assert_true(decode_hex(*state, cases[i].hex, &got));
        if (got.ea_base != cases[i].base || got.ea_index != cases[i].index ||
            got.ea_scale != cases[i].scale || got.ea_disp != cases[i].disp ||
            got.ea_segment != cases[i].segment ||
            got.ea_16bit != cases[i].is_16bit)
            fail_msg("%s: base %d, index %d * %u, disp %d, segment %d, %d",
                     cases[i].what, got.ea_base, got.ea_index, got.ea_scale,
                     got.ea_disp, got.ea_segment, got.ea_16bit);
    }
}

static void test_decode_x86_refuses_what_no_cpu_has(void **state)
{
    static const struct {
        const char *what, *hex;
    } cases[] = {
        {"call far to a register", "ffd8"},
        {"jmp far to a register", "ffef"},
        {"call far to a register, 66", "66ffdb"},
        {"lock cmp [ebx], eax", "f03903"},
        {"lock cmp dword [ebx], 1", "f0833b01"},
        {"lock cmpsb", "f0a6"},
        {"lock bt eax, ecx", "f00fa3c8"},
        {"lock bts eax, ecx", "f00fabc8"},
        {"lock btc eax, 1", "f00fbaf801"},
        {"lock bt [ebx], 1", "f00fba2301"},
        {"lock add eax, ebx", "f001d8"},
        {"lock add eax, [ebx]", "f00303"},
        {"lock mov [ebx], eax", "f08903"},
        {"lock nop", "f090"},
        {"movmskps eax, [ebx]", "0f5003"},
        {"psrlw [ebx], 1", "0f711301"},
        {"pmovmskb eax, [ebx]", "660fd703"},
        {"maskmovdqu to [ebx]", "660ff703"},
        {"vmovaps xmm1, [ebx]", "c5f8280b"},
        {"a jump with VEX", "c5f98100000000"},
        {"VEX map 0", "c4e078280b"},
        {"VEX map 4", "c4e478280b"},
        {"0f 04", "0f04"},
        {"0f a6", "0fa6c0"},
        {"16 bytes", "66666666666666666666666666666690"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decoded got;

        if (decode_hex(*state, cases[i].hex, &got))
            fail_msg("%s (%s): decoded, %u bytes", cases[i].what, cases[i].hex,
                     got.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_x86_knows_every_form),
        cmocka_unit_test(test_decode_x86_refuses_what_cpuid_does_not_promise),
        cmocka_unit_test(test_decode_x86_agrees_with_capstone),
        cmocka_unit_test(test_decode_x86_needs_every_byte),
        cmocka_unit_test(test_decode_x86_finds_the_address),
        cmocka_unit_test(test_decode_x86_refuses_what_no_cpu_has),
        cmocka_unit_test(test_decode_x86_refuses_what_cpuid_does_not_promise),
    };

    return cmocka_run_group_tests_name("decode_x86", tests, setup, teardown);
}
