/*
 * tests/test_report.c - emu/report*.c: what a person reads about a state made
 * by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emu/report.h"
#include "emu/stats.h"

#define BASE   0x8000u
#define BOUNDS 0x4000u

/* A process of the textbook's size whose next instruction is @code at @pc. */
static void fill(struct report *report, const struct isa *isa, vaddr_t pc,
                 const void *code, uint32_t code_size)
{
    const struct mmu_span image = {
        .name = "image", .base = BASE, .bounds = BOUNDS, .prot = MMU_RWX};

    memset(report, 0, sizeof(*report));
    report->isa = isa;
    report->trap.pc = pc;
    report->pid = 1;
    report->break_min = 0x1a34;
    report->brk = 0x2000;
    report->scheme = "base-bounds";
    report->spans[0] = image;
    report->span_count = 1;
    report->stack_low = report->brk;
    report->stack_end = image.bounds;
    report->has_segment = true;
    report->segment = image;
    report->phys_size = 0x100000;
    report->code_va = pc;
    report->code_size = code_size;
    memcpy(report->code, code, code_size);
    isa_entry_state(isa, &report->cpu, pc, 0x3f80);
}

static void render(const struct report *report, char *text, size_t size)
{
    struct report_context context = {.program = "dir/stray", .exit_code = 139};
    struct symbols *symbols;
    FILE *file = tmpfile();

    assert_int_equal(symbols_create(&symbols, "", 0), 0);
    assert_int_equal(decode_create(&context.decoder, report->isa), 0);
    context.symbols = symbols;
    report_print(report, &context, file);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
    decode_destroy(context.decoder);
    symbols_destroy(symbols);
}

static void test_report_of_a_straddling_store(void **state)
{
    static const uint8_t code[] = {0x89, 0x10,  /* mov [eax], edx */
                                   0xc3, 0x0f}; /* ret, half an insn */
    struct report *report = calloc(1, sizeof(*report));
    char text[4096];

    (void)state;
    fill(report, &isa_x86, 0x12a, code, sizeof(code));
    report->trap.cause = TRAP_BOUNDS;
    report->trap.access = (struct mmu_access){0x3ffe, 4, MMU_WRITE};
    report->trap.legal = 2;
    isa_set(&isa_x86, &report->cpu, X86_EAX, 0x3ffe);
    isa_set(&isa_x86, &report->cpu, X86_EDX, 0x41);
    isa_set(&isa_x86, &report->cpu, X86_EFLAGS, 0x246);
    render(report, text, sizeof(text));
    assert_string_equal(
        text,
        "SEGMENTATION VIOLATION: store of 4 bytes at 0x3ffe: 2 bytes past "
        "bounds 0x4000 of segment image (pid 1, stray)\n"
        "  It begins inside and crosses the end: 2 of its bytes are legal, the "
        "one at\n"
        "  0x4000 is not.\n"
        "\n"
        "Instruction 0x12a:\n"
        "  > 0x0000012a  mov dword ptr [eax], edx\n"
        "      with  eax = 0x00003ffe  edx = 0x00000041\n"
        "    0x0000012c  ret\n"
        "\n"
        "Registers:\n"
        "  eax  0x00003ffe  ecx  0x00000000  edx  0x00000041  ebx  0x00000000\n"
        "  esp  0x00003f80  ebp  0x00000000  esi  0x00000000  edi  0x00000000\n"
        "  eip  0x0000012a\n"
        "  eflags 0x00000246  (PF ZF IF)\n"
        "\n"
        "Address space of pid 1 (base-bounds, 16384 bytes):\n"
        "    0x00000000  the program: code and data\n"
        "    0x00001a34  heap\n"
        "    0x00002000  free (behind the program break)\n"
        "    0x00003f80  stack, from the stack pointer up\n"
        "  > 0x00003ffe  the store of 4 bytes\n"
        "    0x00004000  bounds: the first byte outside\n"
        "\n"
        "Physical memory (pa = va + base 0x8000):\n"
        "    0x00000000  the operating system\n"
        "    0x00004000  not this process's\n"
        "    0x00008000  pid 1: base\n"
        "  > 0x0000bffe  where the access would have gone, unchecked\n"
        "    0x0000c000  not this process's: base + bounds\n"
        "    0x00100000  the end of physical memory\n"
        "\n"
        "The operating system ended pid 1: exit code 139.\n");
    free(report);
}

/* A32 instructions before the pc need no symbols. */
static void test_report_of_an_undefined_arm_instruction(void **state)
{
    static const uint8_t code[] = {
        0x01, 0x00, 0xa0, 0xe3, /* mov r0, #1, 4 times */
        0x01, 0x00, 0xa0, 0xe3, 0x01, 0x00, 0xa0, 0xe3,
        0x01, 0x00, 0xa0, 0xe3, 0xf0, 0x00, 0xf0, 0xe7, /* udf #0 */
    };
    const char *const want =
        "UNDEFINED INSTRUCTION: udf #0 at 0x110: the CPU has no such "
        "instruction (pid 1, stray)\n"
        "\n"
        "Instruction 0x110:\n"
        "    0x00000100  mov r0, #1\n"
        "    0x00000104  mov r0, #1\n"
        "    0x00000108  mov r0, #1\n"
        "    0x0000010c  mov r0, #1\n"
        "  > 0x00000110  udf #0\n"
        "\n"
        "Registers:\n"
        "  r0   0x00000000  r1   0x00000000  r2   0x00000000  r3   0x00000000\n"
        "  r4   0x00000000  r5   0x00000000  r6   0x00000000  r7   0x00000000\n"
        "  r8   0x00000000  r9   0x00000000  r10  0x00000000  r11  0x00000000\n"
        "  r12  0x00000000  sp   0x00003f80  lr   0x00000000  pc   0x00000110\n"
        "  cpsr   0x60000010  (Z C)\n";
    struct report *report = calloc(1, sizeof(*report));
    char text[4096];

    (void)state;
    fill(report, &isa_arm, 0x100, code, sizeof(code));
    report->trap.pc = 0x110;
    report->trap.cause = TRAP_UNDEFINED;
    isa_set(&isa_arm, &report->cpu, ARM_PC, 0x110);
    isa_set(&isa_arm, &report->cpu, ARM_CPSR, 0x60000010);
    render(report, text, sizeof(text));
    text[strlen(want)] = 0;
    assert_string_equal(text, want);
    free(report);
}

/* The first line and the hint behind it, case by case. */
static void test_report_leads_with_rule_operands_and_verdict(void **state)
{
    static const struct {
        const char *what;
        enum trap_cause cause;
        struct mmu_access access;
        uint32_t legal, sp;
        const char *start;
    } cases[] = {
        {"one past the end",
         TRAP_BOUNDS,
         {0x4000, 1, MMU_READ},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: load of 1 byte at 0x4000: 1 byte past bounds "
         "0x4000 of segment image (pid 1, stray)\n"
         "  0x4000 is the first address outside, for the last one inside is "
         "0x3fff: an\n  index that is one too large?\n\n"},
        {"close behind",
         TRAP_BOUNDS,
         {0x4010, 4, MMU_READ},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: load of 4 bytes at 0x4010: 20 bytes past "
         "bounds 0x4000 of segment image (pid 1, stray)\n"
         "  That is close behind the end: an index that is too large?\n\n"},
        {"far",
         TRAP_BOUNDS,
         {0x80001000, 4, MMU_WRITE},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: store of 4 bytes at 0x80001000: 2147471364 "
         "bytes past bounds 0x4000 of segment image (pid 1, stray)\n"
         "  That is far outside: look for a pointer that was never set, or "
         "overwritten.\n\n"},
        {"negative",
         TRAP_BOUNDS,
         {0xfffffffe, 4, MMU_READ},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: load of 4 bytes at 0xfffffffe: past bounds "
         "0x4000 of segment image (pid 1, stray)\n"
         "  As a signed number 0xfffffffe is -2: a negative index, or an error "
         "code used as a\n  pointer?\n\n"},
        {"lost stack",
         TRAP_BOUNDS,
         {0xfffffffc, 4, MMU_WRITE},
         0,
         0,
         "SEGMENTATION VIOLATION: store of 4 bytes at 0xfffffffc: past bounds "
         "0x4000 of segment image (pid 1, stray)\n"
         "  The stack pointer has left the stack: look for a recursion that "
         "does not end,\n  or large local variables.\n\n"},
        {"ran off",
         TRAP_BOUNDS,
         {0x3ffe, 4, MMU_EXEC},
         2,
         0x3f80,
         "SEGMENTATION VIOLATION: fetch of 4 bytes at 0x3ffe: 2 bytes past "
         "bounds 0x4000 of segment image (pid 1, stray)\n"
         "  The program ran off the end of its address space.\n\n"},
        {"jumped",
         TRAP_BOUNDS,
         {0x5000, 4, MMU_EXEC},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: fetch of 4 bytes at 0x5000: 4100 bytes past "
         "bounds 0x4000 of segment image (pid 1, stray)\n"
         "  The program jumped there: look for a wrong function pointer or a "
         "damaged\n  return address.\n\n"},
        {"protection",
         TRAP_PROTECTION,
         {0x10, 4, MMU_WRITE},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: store of 4 bytes at 0x10: segment image is "
         "rwx (pid 1, stray)\n\n"},
        {"absent",
         TRAP_ABSENT,
         {0x10, 4, MMU_WRITE},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: store of 4 bytes at 0x10: the segment is not "
         "in memory (pid 1, stray)\n\n"},
        {"no segment",
         TRAP_SEGMENT,
         {0x10, 4, MMU_WRITE},
         0,
         0x3f80,
         "SEGMENTATION VIOLATION: store of 4 bytes at 0x10: there is no such "
         "segment (pid 1, stray)\n\n"},
        {"alignment",
         TRAP_ALIGNMENT,
         {0x11, 16, MMU_READ},
         0,
         0x3f80,
         "ALIGNMENT VIOLATION: load of 16 bytes at 0x11: the instruction wants "
         "an aligned address (pid 1, stray)\n\n"},
        {"divide",
         TRAP_DIVIDE,
         {0, 0, 0},
         0,
         0x3f80,
         "DIVIDE ERROR: div ecx at 0x100: the divisor is 0 or the quotient "
         "does not fit (pid 1, stray)\n\n"},
        {"privileged",
         TRAP_PRIVILEGED,
         {0, 0, 0},
         0,
         0x3f80,
         "PRIVILEGED INSTRUCTION: div ecx at 0x100: only the operating system "
         "may do this (pid 1, stray)\n\n"},
        {"breakpoint",
         TRAP_BREAKPOINT,
         {0, 0, 0},
         0,
         0x3f80,
         "BREAKPOINT: div ecx at 0x100: no debugger is attached (pid 1, "
         "stray)\n\n"},
    };
    static const uint8_t code[] = {0xf7, 0xf1}; /* div ecx */
    struct report *report = calloc(1, sizeof(*report));

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[4096];

        fill(report, &isa_x86, 0x100, code, sizeof(code));
        report->trap.cause = cases[i].cause;
        report->trap.access = cases[i].access;
        report->trap.legal = cases[i].legal;
        isa_set(&isa_x86, &report->cpu, X86_ESP, cases[i].sp);
        render(report, text, sizeof(text));
        text[strlen(cases[i].start)] = 0;
        if (strcmp(text, cases[i].start) != 0)
            fail_msg("%s:\n%s", cases[i].what, text);
    }
    free(report);
}

static void test_report_shows_the_registers_that_are_used(void **state)
{
    static const struct {
        const char *what, *line;
        uint8_t code[8];
    } cases[] = {
        {"by name",
         "      with  eax = 0x00000001  ebx = 0x00000004\n",
         {0x89, 0x18}},
        {"in part", "      with  ecx = 0x00000002\n", {0xc6, 0xc1, 0x00}},
        {"by the mnemonic",
         "      with  esp = 0x00003f80  eax = 0x00000001\n",
         {0x50}},
        {"repeated",
         "      with  ecx = 0x00000002  edi = 0x00000000  eax = 0x00000001\n",
         {0xf3, 0xaa}},
        {"SSE",
         "      with  xmm1 = 0x00000000000000000000000000000009  eax = "
         "0x00000001\n",
         {0x0f, 0x10, 0x08}},
    };
    struct report *report = calloc(1, sizeof(*report));

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[4096];

        fill(report, &isa_x86, 0x100, cases[i].code, sizeof(cases[i].code));
        report->trap.cause = TRAP_UNDEFINED;
        isa_set(&isa_x86, &report->cpu, X86_EAX, 1);
        isa_set(&isa_x86, &report->cpu, X86_ECX, 2);
        isa_set(&isa_x86, &report->cpu, X86_EBX, 4);
        report->cpu.bytes[isa_x86.regs[X86_XMM0 + 1].offset] = 9;
        render(report, text, sizeof(text));
        if (!strstr(text, cases[i].line))
            fail_msg("%s:\n%s", cases[i].what, text);
    }
    free(report);
}

/* Nothing to disassemble, no stack, bytes that are no instruction. */
static void test_report_manages_with_little(void **state)
{
    static const uint8_t code[] = {0x0f, 0x04};
    struct report *report = calloc(1, sizeof(*report));
    char text[4096];

    (void)state;
    fill(report, &isa_x86, 0x5000, code, 0);
    report->trap.cause = TRAP_BOUNDS;
    report->trap.access = (struct mmu_access){0x5000, 1, MMU_EXEC};
    isa_set(&isa_x86, &report->cpu, X86_ESP, 0xfffffff0);
    render(report, text, sizeof(text));
    assert_non_null(strstr(text, "  > 0x00005000  (outside)\n"));
    assert_non_null(strstr(text, "    0xfffffff0  the stack pointer: out of"));

    fill(report, &isa_x86, 0x100, code, sizeof(code));
    report->trap.cause = TRAP_UNDEFINED;
    render(report, text, sizeof(text));
    assert_non_null(strstr(text, "UNDEFINED INSTRUCTION: bytes 0f 04 at "));
    assert_non_null(strstr(text, "(no whole instruction)\n"));
    free(report);
}

static void test_stats_are_lines_of_name_value_description(void **state)
{
    struct stats stats = {.instructions = 4000000, .host_seconds = 2};
    FILE *file = tmpfile();
    char line[256];
    unsigned lines = 0;

    (void)state;
    stats.traps[TRAP_BOUNDS] = 7;
    stats_print(&stats, file);
    rewind(file);
    while (fgets(line, sizeof(line), file)) {
        char name[64], value[64];

        assert_int_equal(sscanf(line, "%63s %63s # ", name, value), 2);
        if (strcmp(name, "traps_bounds") == 0)
            assert_string_equal(value, "7");
        if (strcmp(name, "host_mips") == 0)
            assert_string_equal(value, "2.0");
        lines++;
    }
    assert_int_equal(lines, 21 + TRAP_COUNT + 2);
    fclose(file);
}

static void test_report_is_brief_without_memory(void **state)
{
    static const uint8_t code[] = {0x0f, 0x0b};
    const struct report_context context = {.program = "dir/stray",
                                           .exit_code = 132};
    struct report *report = calloc(1, sizeof(*report));
    char text[256] = "";
    FILE *file = fmemopen(text, sizeof(text), "w");

    (void)state;
    assert_non_null(report);
    assert_non_null(file);
    fill(report, &isa_x86, 0xc8, code, sizeof(code));
    report->trap.cause = TRAP_UNDEFINED;
    report_print_brief(report, &context, file);
    fclose(file);
    assert_string_equal(
        text, "UNDEFINED INSTRUCTION: bytes 0f 0b at 0xc8: the CPU has no such "
              "instruction (pid 1, stray)\n\n"
              "The operating system ended pid 1: exit code 132.\n");
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_of_a_straddling_store),
        cmocka_unit_test(test_report_of_an_undefined_arm_instruction),
        cmocka_unit_test(test_report_leads_with_rule_operands_and_verdict),
        cmocka_unit_test(test_report_shows_the_registers_that_are_used),
        cmocka_unit_test(test_report_manages_with_little),
        cmocka_unit_test(test_report_is_brief_without_memory),
        cmocka_unit_test(test_stats_are_lines_of_name_value_description),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
