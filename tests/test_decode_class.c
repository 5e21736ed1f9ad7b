/*
 * tests/test_decode_class.c - what class each instruction is charged as.
 *
 * The bytes are what GNU as makes of the text beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "emu/decode.h"

enum mode { X86, A32, THUMB };

static const struct {
    enum mode mode;
    const char *what, *hex;
    enum decode_class class;
} rows[] = {
    {X86, "add eax, ebx", "01d8", DECODE_SIMPLE},
    {X86, "mov eax, [ebx]", "8b03", DECODE_SIMPLE},
    {X86, "push eax", "50", DECODE_SIMPLE},
    {X86, "rep movsb", "f3a4", DECODE_SIMPLE},
    {X86, "int 0x80", "cd80", DECODE_SIMPLE},
    {X86, "lea eax, [ebx]", "8d03", DECODE_SIMPLE},
    {X86, "jmp .", "ebfe", DECODE_JUMP},
    {X86, "je .", "74fe", DECODE_JUMP},
    {X86, "je .+1000", "0f84e2030000", DECODE_JUMP},
    {X86, "call .", "e8fbffffff", DECODE_JUMP},
    {X86, "call eax", "ffd0", DECODE_JUMP},
    {X86, "jmp [eax]", "ff20", DECODE_JUMP},
    {X86, "ret", "c3", DECODE_JUMP},
    {X86, "ret 8", "c20800", DECODE_JUMP},
    {X86, "loop .", "e2fe", DECODE_JUMP},
    {X86, "jecxz .", "e3fe", DECODE_JUMP},
    {X86, "push [eax]", "ff30", DECODE_SIMPLE},
    {X86, "inc dword ptr [eax]", "ff00", DECODE_SIMPLE},
    {X86, "imul eax, ebx", "0fafc3", DECODE_MULTIPLY},
    {X86, "imul eax, ebx, 7", "6bc307", DECODE_MULTIPLY},
    {X86, "imul eax, ebx, 1000", "69c3e8030000", DECODE_MULTIPLY},
    {X86, "mul ebx", "f7e3", DECODE_MULTIPLY},
    {X86, "imul byte ptr [ebx]", "f62b", DECODE_MULTIPLY},
    {X86, "aad", "d50a", DECODE_MULTIPLY},
    {X86, "not eax", "f7d0", DECODE_SIMPLE},
    {X86, "neg dword ptr [eax]", "f718", DECODE_SIMPLE},
    {X86, "test eax, 5", "a905000000", DECODE_SIMPLE},
    {X86, "div ebx", "f7f3", DECODE_DIVIDE},
    {X86, "idiv word ptr [eax]", "66f738", DECODE_DIVIDE},
    {X86, "div cl", "f6f1", DECODE_DIVIDE},
    {X86, "aam", "d40a", DECODE_DIVIDE},
    {X86, "fadd st, st(1)", "d8c1", DECODE_FLOAT},
    {X86, "fmul qword ptr [eax]", "dc08", DECODE_FLOAT},
    {X86, "fcom dword ptr [eax]", "d810", DECODE_FLOAT},
    {X86, "faddp", "dec1", DECODE_FLOAT},
    {X86, "fcmovb st, st(1)", "dac1", DECODE_FLOAT},
    {X86, "fcmovnb st, st(1)", "dbc1", DECODE_FLOAT},
    {X86, "fchs", "d9e0", DECODE_FLOAT},
    {X86, "fxam", "d9e5", DECODE_FLOAT},
    {X86, "fld1", "d9e8", DECODE_SIMPLE},
    {X86, "fnstenv [eax]", "d930", DECODE_SIMPLE},
    {X86, "fucomp st(1)", "dde9", DECODE_FLOAT},
    {X86, "fstp st(1)", "ddd9", DECODE_SIMPLE},
    {X86, "fcomi st, st(1)", "dbf1", DECODE_FLOAT},
    {X86, "fucomip st, st(1)", "dfe9", DECODE_FLOAT},
    {X86, "fninit", "dbe3", DECODE_SIMPLE},
    {X86, "fnstsw ax", "dfe0", DECODE_SIMPLE},
    {X86, "fistp dword ptr [eax]", "db18", DECODE_SIMPLE},
    {X86, "fiadd dword ptr [eax]", "da00", DECODE_FLOAT},
    {X86, "fdiv qword ptr [eax]", "dc30", DECODE_FLOAT_DIVIDE},
    {X86, "fdivp", "def9", DECODE_FLOAT_DIVIDE},
    {X86, "fidiv dword ptr [eax]", "da30", DECODE_FLOAT_DIVIDE},
    {X86, "fsqrt", "d9fa", DECODE_FLOAT_DIVIDE},
    {X86, "fsin", "d9fe", DECODE_FLOAT_DIVIDE},
    {X86, "fprem", "d9f8", DECODE_FLOAT_DIVIDE},
    {X86, "f2xm1", "d9f0", DECODE_FLOAT_DIVIDE},
    {X86, "fld qword ptr [eax]", "dd00", DECODE_SIMPLE},
    {X86, "fstp tbyte ptr [eax]", "db38", DECODE_SIMPLE},
    {X86, "fnstcw [eax]", "d938", DECODE_SIMPLE},
    {X86, "fnstenv [eax]", "d930", DECODE_SIMPLE},
    {X86, "fxch", "d9c9", DECODE_SIMPLE},
    {X86, "fild dword ptr [eax]", "db00", DECODE_SIMPLE},
    {X86, "addsd xmm0, xmm1", "f20f58c1", DECODE_FLOAT},
    {X86, "mulps xmm0, [eax]", "0f5900", DECODE_FLOAT},
    {X86, "maxss xmm0, xmm1", "f30f5fc1", DECODE_FLOAT},
    {X86, "cvtsi2sd xmm0, eax", "f20f2ac0", DECODE_FLOAT},
    {X86, "cvttss2si eax, xmm0", "f30f2cc0", DECODE_FLOAT},
    {X86, "ucomisd xmm0, xmm1", "660f2ec1", DECODE_FLOAT},
    {X86, "cmpsd xmm0, xmm1, 1", "f20fc2c101", DECODE_FLOAT},
    {X86, "haddps xmm0, xmm1", "f20f7cc1", DECODE_FLOAT},
    {X86, "cvtdq2pd xmm0, xmm1", "f30fe6c1", DECODE_FLOAT},
    {X86, "divsd xmm0, xmm1", "f20f5ec1", DECODE_FLOAT_DIVIDE},
    {X86, "sqrtps xmm0, xmm1", "0f51c1", DECODE_FLOAT_DIVIDE},
    {X86, "movaps xmm0, xmm1", "0f28c1", DECODE_SIMPLE},
    {X86, "paddd xmm0, xmm1", "660ffec1", DECODE_SIMPLE},
    {X86, "pxor mm0, mm1", "0fefc1", DECODE_SIMPLE},
    {X86, "psubusb xmm0, xmm1", "660fd8c1", DECODE_SIMPLE},
    {X86, "pmullw xmm0, xmm1", "660fd5c1", DECODE_MULTIPLY},
    {X86, "pmuludq mm0, mm1", "0ff4c1", DECODE_MULTIPLY},
    {X86, "pmulhrsw xmm0, xmm1", "660f380bc1", DECODE_MULTIPLY},
    {X86, "pshufb xmm0, xmm1", "660f3800c1", DECODE_SIMPLE},
    {A32, "mov r0, #1", "0100a0e3", DECODE_SIMPLE},
    {A32, "ldr r0, [r1]", "000091e5", DECODE_SIMPLE},
    {A32, "ldrh r0, [r1, #2]", "b200d1e1", DECODE_SIMPLE},
    {A32, "ldrd r0, r1, [r2]", "d000c2e1", DECODE_SIMPLE},
    {A32, "ldm r0!, {r1-r4}", "1e00b0e8", DECODE_SIMPLE},
    {A32, "svc 0", "000000ef", DECODE_SIMPLE},
    {A32, "swp r0, r1, [r2]", "910002e1", DECODE_SIMPLE},
    {A32, "clz r0, r1", "110f6fe1", DECODE_SIMPLE},
    {A32, "uxtb r0, r1", "7100efe6", DECODE_SIMPLE},
    {A32, "sadd8 r0, r1, r2", "920f11e6", DECODE_SIMPLE},
    {A32, "ldrb r1, [r2, r3]", "0310d2e7", DECODE_SIMPLE},
    {A32, "b .", "feffffea", DECODE_JUMP},
    {A32, "bl .", "feffffeb", DECODE_JUMP},
    {A32, "beq .", "feffff0a", DECODE_JUMP},
    {A32, "bx lr", "1eff2fe1", DECODE_JUMP},
    {A32, "mov pc, lr", "0ef0a0e1", DECODE_JUMP},
    {A32, "mov pc, r6, lsl #1", "86f0a0e1", DECODE_SIMPLE},
    {A32, "blx r3", "33ff2fe1", DECODE_JUMP},
    {A32, "blx .+8", "000000fa", DECODE_JUMP},
    {A32, "pop {r4, pc}", "1080bde8", DECODE_JUMP},
    {A32, "ldr pc, [r0]", "00f090e5", DECODE_JUMP},
    {A32, "ldr pc, [r0, r1, lsl #2]", "01f190e7", DECODE_JUMP},
    {A32, "str pc, [r0]", "00f080e5", DECODE_SIMPLE},
    {A32, "mul r0, r1, r2", "910200e0", DECODE_MULTIPLY},
    {A32, "mlaeq r0, r1, r2, r3", "91322000", DECODE_MULTIPLY},
    {A32, "umull r0, r1, r2, r3", "920381e0", DECODE_MULTIPLY},
    {A32, "smulbb r0, r1, r2", "810260e1", DECODE_MULTIPLY},
    {A32, "smlad r0, r1, r2, r3", "113200e7", DECODE_MULTIPLY},
    {A32, "smmul r0, r1, r2", "11f250e7", DECODE_MULTIPLY},
    {A32, "sdiv r0, r1, r2", "11f210e7", DECODE_DIVIDE},
    {A32, "udiv r0, r1, r2", "11f230e7", DECODE_DIVIDE},
    {A32, "vadd.f64 d0, d1, d2", "020b31ee", DECODE_FLOAT},
    {A32, "vmul.f32 s0, s1, s2", "810a20ee", DECODE_FLOAT},
    {A32, "vcmp.f64 d0, d1", "410bb4ee", DECODE_FLOAT},
    {A32, "vcvt.s32.f64 s0, d1", "c10bbdee", DECODE_FLOAT},
    {A32, "vadd.i32 q0, q1, q2", "440822f2", DECODE_FLOAT},
    {A32, "vdiv.f64 d0, d1, d2", "020b81ee", DECODE_FLOAT_DIVIDE},
    {A32, "vdiv.f32 s1, s2, s3", "210ac1ee", DECODE_FLOAT_DIVIDE},
    {A32, "vsqrt.f64 d0, d1", "c10bb1ee", DECODE_FLOAT_DIVIDE},
    {A32, "vsqrt.f32 s0, s3", "e10ab1ee", DECODE_FLOAT_DIVIDE},
    {A32, "vldr d0, [r0]", "000b90ed", DECODE_SIMPLE},
    {A32, "vmov r0, s1", "900a10ee", DECODE_SIMPLE},
    {A32, "vpush {d8}", "028b2ded", DECODE_SIMPLE},
    {THUMB, "movs r0, #1", "0120", DECODE_SIMPLE},
    {THUMB, "ldr r0, [r1]", "0868", DECODE_SIMPLE},
    {THUMB, "push {r4, lr}", "10b5", DECODE_SIMPLE},
    {THUMB, "svc 0", "00df", DECODE_SIMPLE},
    {THUMB, "udf #1", "01de", DECODE_SIMPLE},
    {THUMB, "nop.w", "aff30080", DECODE_SIMPLE},
    {THUMB, "mrs r0, apsr", "eff30080", DECODE_SIMPLE},
    {THUMB, "dmb", "bff35f8f", DECODE_SIMPLE},
    {THUMB, "add.w r0, r1, r2", "01eb0200", DECODE_SIMPLE},
    {THUMB, "ldr.w r0, [r1, #4]", "d1f80400", DECODE_SIMPLE},
    {THUMB, "mov r1, r9", "4946", DECODE_SIMPLE},
    {THUMB, "b .", "fee7", DECODE_JUMP},
    {THUMB, "beq .", "fed0", DECODE_JUMP},
    {THUMB, "beq.w .+4096", "00f0fe87", DECODE_JUMP},
    {THUMB, "b.w .+4096", "00f0febf", DECODE_JUMP},
    {THUMB, "bl .+100", "00f030f8", DECODE_JUMP},
    {THUMB, "blx .+8", "00f002e8", DECODE_JUMP},
    {THUMB, "bx lr", "7047", DECODE_JUMP},
    {THUMB, "mov pc, r6", "b746", DECODE_JUMP},
    {THUMB, "mov sp, r6", "b546", DECODE_SIMPLE},
    {THUMB, "blx r3", "9847", DECODE_JUMP},
    {THUMB, "cbz r0, .+8", "10b1", DECODE_JUMP},
    {THUMB, "cbnz r1, .+8", "11b9", DECODE_JUMP},
    {THUMB, "pop {r4, pc}", "10bd", DECODE_JUMP},
    {THUMB, "pop.w {r4, r9, pc}", "bde81082", DECODE_JUMP},
    {THUMB, "ldr.w pc, [r0, r1, lsl #2]", "50f821f0", DECODE_JUMP},
    {THUMB, "tbb [pc, r0]", "dfe800f0", DECODE_JUMP},
    {THUMB, "tbh [pc, r0, lsl #1]", "dfe810f0", DECODE_JUMP},
    {THUMB, "muls r0, r1, r0", "4843", DECODE_MULTIPLY},
    {THUMB, "mul r0, r1, r2", "01fb02f0", DECODE_MULTIPLY},
    {THUMB, "mla r0, r1, r2, r3", "01fb0230", DECODE_MULTIPLY},
    {THUMB, "umull r0, r1, r2, r3", "a2fb0301", DECODE_MULTIPLY},
    {THUMB, "smlal r0, r1, r2, r3", "c2fb0301", DECODE_MULTIPLY},
    {THUMB, "sdiv r0, r1, r2", "91fbf2f0", DECODE_DIVIDE},
    {THUMB, "udiv r0, r1, r2", "b1fbf2f0", DECODE_DIVIDE},
    {THUMB, "vadd.f64 d0, d1, d2", "31ee020b", DECODE_FLOAT},
    {THUMB, "vdiv.f32 s0, s1, s2", "80ee810a", DECODE_FLOAT_DIVIDE},
    {THUMB, "vsqrt.f64 d0, d1", "b1eec10b", DECODE_FLOAT_DIVIDE},
    {THUMB, "vadd.i32 q0, q1, q2", "22ef4408", DECODE_FLOAT},
    {THUMB, "vldr d0, [r0]", "90ed000b", DECODE_SIMPLE},
    {THUMB, "pop {r4}", "10bc", DECODE_SIMPLE},
    {THUMB, "strd r0, r1, [r2]", "c2e90001", DECODE_SIMPLE},
};

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;

    for (; hex[0] && hex[1]; hex += 2) {
        const char digits[3] = {hex[0], hex[1], 0};

        bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

static void test_decode_class_of_every_form(void **state)
{
    struct decoder *decoders[2];

    (void)state;
    assert_int_equal(decode_create(&decoders[0], &isa_x86), 0);
    assert_int_equal(decode_create(&decoders[1], &isa_arm), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[16] = {0};
        struct decoded facts = {0};
        const size_t size = from_hex(rows[i].hex, bytes);

        if (!decode_insn(decoders[rows[i].mode != X86], bytes, size, 0x1000,
                         rows[i].mode == THUMB, &facts) ||
            facts.class != rows[i].class)
            fail_msg("%s (%s): class %u, not %u", rows[i].what, rows[i].hex,
                     facts.class, rows[i].class);
    }
    decode_destroy(decoders[0]);
    decode_destroy(decoders[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_class_of_every_form),
    };

    return cmocka_run_group_tests_name("decode_class", tests, NULL, NULL);
}
