/*
 * emu/report_code.c - the instruction, its neighbours and its operands.
 *
 * Decisions:
 * - What stands before an i386 instruction cannot be told from the bytes
 *   alone: the listing begins at the function's first instruction and is
 *   trusted when it arrives exactly at the pc. Without symbols it begins at the
 *   pc. A32 instructions are 4 bytes each and need no symbol.
 * - ARM's mapping symbols tell data between instructions.
 */
#include "emu/report_parts.h"

#include <stdlib.h>
#include <string.h>

#define LINES_BEFORE 4u
#define LINES_AFTER  2u
#define WORD_MAX     16u /* bytes of a register's name */

static bool is_data(const struct report *report,
                    const struct report_context *context, vaddr_t va)
{
    return va != report_pc(report) &&
           symbols_kind(context->symbols, va) == SYMBOL_DATA;
}

/* One instruction or word of data as text; its length or 0. */
static uint32_t item_at(const struct report *report,
                        const struct report_context *context, vaddr_t va,
                        char text[REPORT_TEXT_MAX])
{
    const uint32_t at = va - report->code_va;
    const uint8_t *b = report->code + at;

    if (!is_data(report, context, va))
        return report_insn(report, context, va, text);
    if (at > report->code_size || report->code_size - at < 4)
        return 0;
    snprintf(text, REPORT_TEXT_MAX, ".word 0x%08x",
             (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                 (uint32_t)b[3] << 24);
    return 4;
}

/* Where a listing that arrives at the pc may begin. */
static vaddr_t listing_start(const struct report *report,
                             const struct report_context *context)
{
    const vaddr_t pc = report_pc(report);
    const uint32_t fixed = report_isa_of(report->isa)->fixed_size;
    struct symbol symbol;

    if (symbols_find(context->symbols, pc, &symbol) &&
        symbol.start >= report->code_va && symbol.start <= pc)
        return symbol.start;
    if (fixed && !report_is_thumb(report) &&
        pc - report->code_va >= LINES_BEFORE * fixed)
        return pc - LINES_BEFORE * fixed;
    return pc;
}

/* The last instructions before the pc, oldest first; returns how many. */
static unsigned find_before(const struct report *report,
                            const struct report_context *context,
                            vaddr_t before[LINES_BEFORE])
{
    const vaddr_t pc = report_pc(report);
    vaddr_t va = listing_start(report, context);
    unsigned count = 0;

    while (va < pc) {
        char text[REPORT_TEXT_MAX];
        const uint32_t size = item_at(report, context, va, text);

        if (size == 0)
            return 0;
        if (count == LINES_BEFORE) {
            memmove(before, before + 1, sizeof(*before) * (LINES_BEFORE - 1));
            count--;
        }
        before[count++] = va;
        va += size;
    }
    return va == pc ? count : 0;
}

/* " in main+0x12 at hello.c:17", as far as it is known. */
static void print_place(const struct report_context *context, vaddr_t va,
                        FILE *file)
{
    struct symbol symbol;
    struct source_line line;

    if (symbols_find(context->symbols, va, &symbol))
        fprintf(file, " in %s+0x%x", symbol.name, va - symbol.start);
    if (symbols_line(context->symbols, va, &line))
        fprintf(file, " at %s:%d", line.file, line.line);
}

/* " <main>" behind a call or jump to a place that has a name. */
static void print_target(const struct report_context *context, const char *text,
                         FILE *file)
{
    static const char *const transfers[] = {"call ", "jmp ", "bl #", "blx #",
                                            "b #"};
    struct symbol symbol;

    for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        const size_t length = strlen(transfers[i]);

        if (strncmp(text, transfers[i], length) != 0 ||
            strncmp(text + length, "0x", 2) != 0)
            continue;
        const vaddr_t to = (vaddr_t)strtoul(text + length, NULL, 16);
        if (symbols_find(context->symbols, to, &symbol) && symbol.start == to)
            fprintf(file, " <%s>", symbol.name);
    }
}

/* One line of the listing; the item's length, 0 at the end of it. */
static uint32_t print_line(const struct report *report,
                           const struct report_context *context, vaddr_t va,
                           FILE *file)
{
    char text[REPORT_TEXT_MAX];
    const uint32_t size = item_at(report, context, va, text);

    if (size == 0)
        return 0;
    fprintf(file, "  %c 0x%08x  %s", va == report_pc(report) ? '>' : ' ', va,
            text);
    print_target(context, text, file);
    fputc('\n', file);
    return size;
}

static const char *const separators = " ,[]{}()#!-+*:^";

/* The register that a word of an instruction's text means, or -1. */
static int register_named(const struct report *report, const char *word)
{
    const struct isa *isa = report->isa;
    const struct report_isa *shown = report_isa_of(isa);

    for (unsigned i = 0; i < isa->reg_count; i++)
        if (isa->regs[i].class != ISA_SYSTEM &&
            strcmp(isa->regs[i].name, word) == 0)
            return (int)i;
    for (unsigned i = 0; shown->aliases[i].name; i++)
        if (strcmp(shown->aliases[i].name, word) == 0)
            return (int)shown->aliases[i].reg;
    return -1;
}

static void print_operand(const struct report *report, unsigned reg, FILE *file)
{
    const struct isa_reg *r = &report->isa->regs[reg];
    const uint8_t *bytes = report->cpu.bytes + r->offset;

    fprintf(file, "  %s = 0x", r->name);
    for (unsigned i = r->size; i > 0; i--)
        fprintf(file, "%02x", bytes[i - 1]);
}

/* The registers that the instruction uses, each once, with their values. */
static void print_operands(const struct report *report, const char *text,
                           FILE *file)
{
    bool shown[ISA_REGS_MAX] = {false};
    bool any = false;

    while (*(text += strspn(text, separators))) {
        const size_t length = strcspn(text, separators);
        char word[WORD_MAX];

        snprintf(word, sizeof(word), "%.*s", (int)length, text);
        text += length;
        const int reg = register_named(report, word);
        if (reg < 0 || shown[reg])
            continue;
        fprintf(file, "%s", any ? "" : "      with");
        print_operand(report, (unsigned)reg, file);
        shown[reg] = any = true;
    }
    if (any)
        fputc('\n', file);
}

/* Nothing can be shown at the pc: perhaps at where it was called from. */
static void print_caller(const struct report *report,
                         const struct report_context *context, FILE *file)
{
    const struct report_isa *shown = report_isa_of(report->isa);
    struct symbol symbol;
    vaddr_t back = report->stack_top;

    if (shown->link >= 0)
        back = isa_get(report->isa, &report->cpu, (unsigned)shown->link) & ~1u;
    else if (!report->has_stack_top)
        return;
    if (!symbols_find(context->symbols, back, &symbol))
        return;
    fprintf(file, "  The return address, %s, is 0x%x",
            shown->link >= 0 ? "in the link register" : "on top of the stack",
            back);
    print_place(context, back, file);
    fprintf(file, ".\n");
}

static void print_listing(const struct report *report,
                          const struct report_context *context, FILE *file)
{
    vaddr_t before[LINES_BEFORE];
    const unsigned count = find_before(report, context, before);
    vaddr_t va = report_pc(report);
    char text[REPORT_TEXT_MAX];

    for (unsigned i = 0; i < count; i++)
        print_line(report, context, before[i], file);
    if (!report_insn(report, context, va, text)) {
        fprintf(file, "  > 0x%08x  (%s)\n", va,
                report->code_size ? "no whole instruction" : "outside");
        print_caller(report, context, file);
        return;
    }
    va += print_line(report, context, va, file);
    print_operands(report, text, file);
    for (unsigned i = 0; i < LINES_AFTER; i++)
        va += print_line(report, context, va, file);
}

void report_print_code(const struct report *report,
                       const struct report_context *context, FILE *file)
{
    fprintf(file, "\nInstruction 0x%x", report_pc(report));
    print_place(context, report_pc(report), file);
    fprintf(file, ":\n");
    print_listing(report, context, file);
}
