/* emu/report_title.c - what happened, and what to look at. */
#include "emu/report_parts.h"

#include <string.h>

#define NEAR       64u /* bytes: an index that is a little too large */
#define STACK_NEAR 256u
#define NEGATIVE   0xffff0000u /* from here on an address looks negative */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool is_access(const struct report *report)
{
    return report->trap.access.size > 0;
}

/* "store of 4 bytes at 0x3ffe" */
static void print_access(const struct mmu_access *access, FILE *file)
{
    fprintf(file, "%s of %u byte%s at 0x%x", mmu_kind_name(access->kind),
            access->size, plural(access->size), access->va);
}

/* How far the access's last byte is behind the last legal one. */
static uint64_t overshoot(const struct report *report)
{
    const struct mmu_access *access = &report->trap.access;

    return (uint64_t)access->va + access->size - report->segment.va -
           report->segment.bounds;
}

/* Titles and rules of the traps that are no access. */
static const struct {
    const char *title, *rule;
} exceptions[TRAP_COUNT] = {
    [TRAP_SYSCALL] = {"SYSTEM CALL", "the operating system was asked to act"},
    [TRAP_SEGMENT] = {"SEGMENTATION VIOLATION", "there is no such segment"},
    [TRAP_ABSENT] = {"SEGMENTATION VIOLATION", "the segment is not in memory"},
    [TRAP_BOUNDS] = {"SEGMENTATION VIOLATION", "out of bounds"},
    [TRAP_PROTECTION] = {"SEGMENTATION VIOLATION", "access not allowed"},
    [TRAP_UNDEFINED] = {"UNDEFINED INSTRUCTION",
                        "the CPU has no such instruction"},
    [TRAP_PRIVILEGED] = {"PRIVILEGED INSTRUCTION",
                         "only the operating system may do this"},
    [TRAP_DIVIDE] = {"DIVIDE ERROR",
                     "the divisor is 0 or the quotient does not fit"},
    [TRAP_BREAKPOINT] = {"BREAKPOINT", "no debugger is attached"},
    [TRAP_FLOAT] = {"FLOATING-POINT EXCEPTION",
                    "the program asked to be stopped by it"},
    [TRAP_OVERFLOW] = {"OVERFLOW", "a check of the program's own failed"},
    [TRAP_ALIGNMENT] = {"ALIGNMENT VIOLATION",
                        "the instruction wants an aligned address"},
};

static void print_bounds_verdict(const struct report *report, FILE *file)
{
    const uint64_t past = overshoot(report);
    char name[16];

    if (report->segment.grows_down &&
        report->trap.access.va < report->segment.va) {
        fprintf(file, "%u byte%s below segment %s, bounds 0x%x",
                report->segment.va - report->trap.access.va,
                plural(report->segment.va - report->trap.access.va),
                mmu_span_name(&report->segment, name), report->segment.bounds);
        return;
    }
    /* The distance of an address that looks negative says nothing. */
    if (past <= INT32_MAX)
        fprintf(file, "%llu byte%s ", (unsigned long long)past, plural(past));
    fprintf(file, "past bounds 0x%x of segment %s", report->segment.bounds,
            mmu_span_name(&report->segment, name));
}

static void print_verdict(const struct report *report, FILE *file)
{
    const enum trap_cause cause = report->trap.cause;
    const struct mmu_span *segment = &report->segment;
    char name[16];

    if (cause == TRAP_BOUNDS && report->has_segment)
        print_bounds_verdict(report, file);
    else if (cause == TRAP_PROTECTION && report->has_segment)
        fprintf(file, "segment %s is %c%c%c", mmu_span_name(segment, name),
                segment->prot & MMU_READ ? 'r' : '-',
                segment->prot & MMU_WRITE ? 'w' : '-',
                segment->prot & MMU_EXEC ? 'x' : '-');
    else
        fprintf(file, "%s", exceptions[cause].rule);
}

/* "div ecx", or the bytes when they are no instruction. */
static void print_insn(const struct report *report,
                       const struct report_context *context, FILE *file)
{
    const uint32_t at = report_pc(report) - report->code_va;
    char text[REPORT_TEXT_MAX];

    if (report_insn(report, context, report_pc(report), text)) {
        fprintf(file, "%s", text);
        return;
    }
    fprintf(file, "bytes");
    for (uint32_t i = at; i < at + 4 && i < report->code_size; i++)
        fprintf(file, " %02x", report->code[i]);
}

/* A name given on the command line, fit for a terminal. */
static void print_name(const char *name, FILE *file)
{
    const char *slash = strrchr(name, '/');

    for (const char *c = slash ? slash + 1 : name; *c; c++)
        fputc(*c >= ' ' && *c <= '~' ? *c : '?', file);
}

void report_print_title(const struct report *report,
                        const struct report_context *context, FILE *file)
{
    fprintf(file, "%s: ", exceptions[report->trap.cause].title);
    if (is_access(report)) {
        print_access(&report->trap.access, file);
        fprintf(file, ": ");
        print_verdict(report, file);
    } else {
        print_insn(report, context, file);
        fprintf(file, " at 0x%x: %s", report_pc(report),
                exceptions[report->trap.cause].rule);
    }
    fprintf(file, " (pid %u, ", report->pid);
    print_name(context->program, file);
    fprintf(file, ")\n");
}

static bool is_near(uint32_t a, uint32_t b, uint32_t reach)
{
    const uint32_t apart = a > b ? a - b : b - a;

    return apart < reach || (uint32_t)-apart < reach;
}

/* The stack has left its place: below the break or outside altogether. */
static bool is_stack_lost(const struct report *report)
{
    const uint32_t sp = report_sp(report);

    return sp < report->stack_low || sp > report->stack_end;
}

static void print_fetch_hint(const struct report *report, FILE *file)
{
    const vaddr_t end = report->segment.va + report->segment.bounds;

    if (report->trap.legal > 0)
        fprintf(file, "  The program ran off the end of its address space.\n");
    else if (report->trap.access.va == end)
        fprintf(file, "  The program ran off the end of its address space, or "
                      "jumped there.\n");
    else
        fprintf(file, "  The program jumped there: look for a wrong function "
                      "pointer or a damaged\n  return address.\n");
}

/* A data access where the stack, not data, has that address. */
static bool is_meant_for_stack(const struct report *report)
{
    const vaddr_t va = report->trap.access.va;

    return strcmp(report->scheme, "implicit") == 0 &&
           report->segment.segment == IMPLICIT_DATA &&
           va >= report->stack_low && va < report->stack_end;
}

static void print_bounds_hint(const struct report *report, FILE *file)
{
    const struct mmu_access *access = &report->trap.access;
    const vaddr_t end = report->segment.va + report->segment.bounds;

    if (is_stack_lost(report) &&
        is_near(access->va, report_sp(report), STACK_NEAR))
        fprintf(file,
                "  The stack pointer has left the stack: look for a recursion "
                "that does not end,\n  or large local variables.\n");
    else if (access->kind == MMU_EXEC)
        print_fetch_hint(report, file);
    else if (is_meant_for_stack(report))
        fprintf(file,
                "  The stack has that address, but this access is not through "
                "the stack pointer\n  or frame pointer, so it means data: a "
                "pointer to a local variable?\n");
    else if (report->segment.bounds == 0)
        fprintf(file, "  No segment was set up there: its bounds are 0.\n");
    else if (report->segment.grows_down && access->va < report->segment.va)
        fprintf(file, "  The stack does not reach down to there, and it does "
                      "not grow so far at once:\n  look for a wrong "
                      "pointer.\n");
    else if (report->trap.legal > 0)
        fprintf(file,
                "  It begins inside and crosses the end: %u of its bytes "
                "%s legal, the one at\n  0x%x is not.\n",
                report->trap.legal, report->trap.legal == 1 ? "is" : "are",
                end);
    else if (access->va == end)
        fprintf(file,
                "  0x%x is the first address outside, for the last one inside "
                "is 0x%x: an\n  index that is one too large?\n",
                end, end - 1);
    else if (access->va > end && access->va - end < NEAR)
        fprintf(file, "  That is close behind the end: an index that is too "
                      "large?\n");
    else if (access->va >= NEGATIVE)
        fprintf(
            file,
            "  As a signed number 0x%x is %d: a negative index, or an error "
            "code used as a\n  pointer?\n",
            access->va, (int32_t)access->va);
    else
        fprintf(file, "  That is far outside: look for a pointer that was "
                      "never set, or overwritten.\n");
}

void report_print_shortage(const struct report_context *context, FILE *file)
{
    const struct os_shortage *shortage = &context->shortage;

    if (shortage->what == OS_SHORT_OF_STACK)
        fprintf(file,
                "  Physical memory was short: the stack could not grow to %u "
                "bytes.\n",
                shortage->size);
    else if (shortage->what == OS_SHORT_OF_COPY)
        fprintf(file,
                "  Physical memory was short: the segment is shared until it "
                "is written to, and\n  there were no %u bytes for a copy.\n",
                shortage->size);
}

/* Where memory was short the address is not what was wrong. */
void report_print_hint(const struct report *report,
                       const struct report_context *context, FILE *file)
{
    report_print_shortage(context, file);
    if (context->shortage.what)
        return;
    if (report->trap.cause == TRAP_BOUNDS && report->has_segment)
        print_bounds_hint(report, file);
}
