/*
 * emu/report.c - capture a trap and print its report; see report.h.
 *
 * Decisions:
 * - The registers are as before the instruction: the state that explains it.
 * - Addresses have 8 digits where they stand in columns, else none to spare.
 */
#include "emu/report_parts.h"

#include <string.h>

static const struct report_isa isas[] = {
    {
        .isa = &isa_x86,
        .flags = {{0x001, "CF"},
                  {0x004, "PF"},
                  {0x010, "AF"},
                  {0x040, "ZF"},
                  {0x080, "SF"},
                  {0x100, "TF"},
                  {0x200, "IF"},
                  {0x400, "DF"},
                  {0x800, "OF"},
                  {0x40000, "AC"},
                  {0x200000, "ID"}},
        .aliases =
            {{"ax", X86_EAX},    {"al", X86_EAX},     {"ah", X86_EAX},
             {"cx", X86_ECX},    {"cl", X86_ECX},     {"ch", X86_ECX},
             {"dx", X86_EDX},    {"dl", X86_EDX},     {"dh", X86_EDX},
             {"bx", X86_EBX},    {"bl", X86_EBX},     {"bh", X86_EBX},
             {"sp", X86_ESP},    {"bp", X86_EBP},     {"si", X86_ESI},
             {"di", X86_EDI},    {"rep", X86_ECX},    {"repe", X86_ECX},
             {"repne", X86_ECX}, {"push", X86_ESP},   {"pop", X86_ESP},
             {"call", X86_ESP},  {"ret", X86_ESP},    {"leave", X86_EBP},
             {"enter", X86_ESP}, {"pushal", X86_ESP}, {"popal", X86_ESP}},
        .link = -1,
    },
    {
        .isa = &isa_arm,
        .flags = {{UINT32_C(1) << 31, "N"},
                  {UINT32_C(1) << 30, "Z"},
                  {UINT32_C(1) << 29, "C"},
                  {UINT32_C(1) << 28, "V"},
                  {UINT32_C(1) << 27, "Q"},
                  {UINT32_C(1) << 9, "big-endian"},
                  {UINT32_C(1) << 5, "Thumb"}},
        .aliases = {{"r13", ARM_SP},
                    {"r14", ARM_LR},
                    {"r15", ARM_PC},
                    {"sb", ARM_R0 + 9},
                    {"sl", ARM_R0 + 10},
                    {"fp", ARM_R0 + 11},
                    {"ip", ARM_R0 + 12},
                    {"push", ARM_SP},
                    {"pop", ARM_SP}},
        .link = ARM_LR,
        .fixed_size = 4,
    },
};

const struct report_isa *report_isa_of(const struct isa *isa)
{
    for (size_t i = 1; i < sizeof(isas) / sizeof(isas[0]); i++)
        if (isas[i].isa == isa)
            return &isas[i];
    return &isas[0];
}

uint32_t report_pc(const struct report *report)
{
    return report->trap.pc;
}

uint32_t report_sp(const struct report *report)
{
    return isa_get(report->isa, &report->cpu, report->isa->sp);
}

bool report_is_thumb(const struct report *report)
{
    return (isa_get(report->isa, &report->cpu, report->isa->flags) &
            report->isa->thumb_flag) != 0;
}

/* The bytes of the segment that holds the pc, as far as they are kept. */
static void capture_code(struct report *report, const struct phys *phys,
                         const struct mmu *mmu)
{
    const vaddr_t pc = report->trap.pc;
    const struct mmu_access fetch = {.va = pc, .size = 1, .kind = MMU_EXEC};
    struct mmu_span span;

    report->code_size = 0;
    if (!mmu->ops->locate(mmu, &fetch, &span) || pc - span.va >= span.bounds)
        return;

    const uint32_t offset = pc - span.va;
    const uint32_t before = offset < REPORT_BEFORE ? offset : REPORT_BEFORE;
    const uint32_t left = span.bounds - offset;
    const uint32_t after = left < REPORT_AFTER ? left : REPORT_AFTER;

    report->code_va = pc - before;
    report->code_size = before + after;
    phys_read(phys, span.base + (offset - before), report->code,
              report->code_size);
}

/* One that grows down has the stack; else it is above the heap. */
static void capture_space(struct report *report, const struct mmu *mmu)
{
    struct mmu_span span = {0};
    unsigned i = 0, next = 0;

    report->stack_low = report->brk;
    report->stack_end = 0;
    for (; i < REPORT_SPANS && mmu_next_span(mmu, &next, &span); i++) {
        report->spans[i] = span;
        if (i > 0 && !span.grows_down)
            continue;
        report->stack_end = (uint64_t)span.va + span.bounds;
        if (span.grows_down)
            report->stack_low = span.va;
    }
    report->span_count = i;
}

static void capture_stack(struct report *report, const struct phys *phys,
                          const struct mmu *mmu)
{
    const struct mmu_access access = {report_sp(report), 4, MMU_READ,
                                      MMU_USE_STACK};
    paddr_t pa;

    report->has_stack_top = mmu_translate(mmu, &access, &pa) == MMU_FAULT_NONE;
    if (report->has_stack_top)
        report->stack_top = phys_read32(phys, pa);
}

void report_capture(struct report *report, const struct phys *phys,
                    const struct process *process, const struct trap *trap)
{
    const struct mmu *mmu = &process->regs.mmu;

    report->trap = *trap;
    report->isa = process->isa;
    report->pid = process->pid;
    report->break_min = pcb_get(phys, process->pcb, PCB_FIELD_BREAK_MIN);
    report->brk = pcb_get(phys, process->pcb, PCB_FIELD_BREAK);
    report->scheme = mmu->ops->name;
    report->phys_size = phys->size;
    pcb_restore(phys, process->pcb, process->isa, &report->cpu);
    report->has_segment =
        mmu->ops->locate(mmu, &trap->access, &report->segment);
    capture_space(report, mmu);
    capture_code(report, phys, mmu);
    capture_stack(report, phys, mmu);
}

uint32_t report_insn(const struct report *report,
                     const struct report_context *context, vaddr_t va,
                     char text[REPORT_TEXT_MAX])
{
    const uint32_t at = va - report->code_va;

    if (!context->decoder || va < report->code_va || at >= report->code_size)
        return 0;
    return decode_text(context->decoder, report->code + at,
                       report->code_size - at, va, report_is_thumb(report),
                       text, REPORT_TEXT_MAX);
}

static void print_end(const struct report *report,
                      const struct report_context *context, FILE *file)
{
    fprintf(file, "\nThe operating system ended pid %u: exit code %u.\n",
            report->pid, context->exit_code);
}

void report_print(const struct report *report,
                  const struct report_context *context, FILE *file)
{
    report_print_title(report, context, file);
    report_print_hint(report, context, file);
    report_print_code(report, context, file);
    report_print_registers(report, file);
    report_print_memory(report, file);
    print_end(report, context, file);
}

void report_print_brief(const struct report *report,
                        const struct report_context *context, FILE *file)
{
    report_print_title(report, context, file);
    report_print_shortage(context, file);
    print_end(report, context, file);
}
