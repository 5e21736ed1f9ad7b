/*
 * emu/report_state.c - registers, the address space, and where it lies.
 *
 * Both maps are lists of rows sorted by address; the access that failed is a
 * row among them.
 */
#include "emu/report_parts.h"

#include <string.h>

#define COLUMNS  4u
#define ROWS_MAX (2 * REPORT_SPANS + 8u)
#define TEXT_MAX 96u

static bool in_grid(const struct isa *isa, unsigned reg)
{
    return isa->regs[reg].class == ISA_GENERAL && reg != isa->flags;
}

static void print_flags(const struct report *report, FILE *file)
{
    const struct isa *isa = report->isa;
    const struct report_flag *flags = report_isa_of(isa)->flags;
    const uint32_t value = isa_get(isa, &report->cpu, isa->flags);
    const char *gap = "";

    fprintf(file, "  %-6s 0x%08x  (", isa->regs[isa->flags].name, value);
    for (unsigned i = 0; flags[i].bit; i++) {
        if (value & flags[i].bit) {
            fprintf(file, "%s%s", gap, flags[i].name);
            gap = " ";
        }
    }
    fprintf(file, ")\n");
}

void report_print_registers(const struct report *report, FILE *file)
{
    const struct isa *isa = report->isa;
    unsigned column = 0;

    fprintf(file, "\nRegisters:\n");
    for (unsigned i = 0; i < isa->reg_count; i++) {
        if (!in_grid(isa, i))
            continue;
        fprintf(file, "  %-4s 0x%08x", isa->regs[i].name,
                isa_get(isa, &report->cpu, i));
        column = (column + 1) % COLUMNS;
        if (column == 0)
            fputc('\n', file);
    }
    if (column)
        fputc('\n', file);
    print_flags(report, file);
}

struct row {
    uint64_t at;
    bool marked;
    char text[TEXT_MAX];
};

struct map {
    struct row rows[ROWS_MAX];
    unsigned count;
};

/* Rows of equal address stay in the order they came. */
static void add_row(struct map *map, uint64_t at, bool marked, const char *text)
{
    unsigned i = map->count++;

    for (; i > 0 && map->rows[i - 1].at > at; i--)
        map->rows[i] = map->rows[i - 1];
    map->rows[i].at = at;
    map->rows[i].marked = marked;
    snprintf(map->rows[i].text, TEXT_MAX, "%s", text);
}

static void print_map(const struct map *map, FILE *file)
{
    for (unsigned i = 0; i < map->count; i++)
        fprintf(file, "  %c 0x%08llx  %s\n", map->rows[i].marked ? '>' : ' ',
                (unsigned long long)map->rows[i].at, map->rows[i].text);
}

static bool has_access(const struct report *report)
{
    return report->trap.access.size > 0;
}

static void add_stack(const struct report *report, struct map *map)
{
    const uint32_t sp = report_sp(report);

    if (sp >= report->stack_low && sp <= report->stack_end)
        add_row(map, sp, false, "stack, from the stack pointer up");
    else
        add_row(map, sp, false, "the stack pointer: out of its place");
}

/* All is in one segment. */
static void add_image(const struct report *report, struct map *map)
{
    const struct mmu_span *image = &report->spans[0];

    add_row(map, image->va, false, "the program: code and data");
    if (report->brk > report->break_min) {
        add_row(map, report->break_min, false, "heap");
        add_row(map, report->brk, false, "free (behind the program break)");
    } else {
        add_row(map, report->brk, false, "free (the heap is empty)");
    }
    add_stack(report, map);
    add_row(map, image->va + image->bounds, false,
            "bounds: the first byte outside");
}

static void add_span(const struct report *report, const struct mmu_span *span,
                     struct map *map)
{
    char text[TEXT_MAX], name[16];

    snprintf(text, sizeof(text), "segment %s (%c%c%c%s), %u bytes",
             mmu_span_name(span, name), span->prot & MMU_READ ? 'r' : '-',
             span->prot & MMU_WRITE ? 'w' : '-',
             span->prot & MMU_EXEC ? 'x' : '-',
             span->grows_down ? ", grows down" : "", span->bounds);
    add_row(map, span->va, false, text);
    if (report->break_min > span->va &&
        report->break_min - span->va < span->bounds)
        add_row(map, report->break_min, false, "heap");
    if (!span->grows_down)
        add_row(map, (uint64_t)span->va + span->bounds, false,
                "bounds: the first byte outside");
}

static void add_space(const struct report *report, struct map *map)
{
    for (unsigned i = 0; i < report->span_count; i++)
        add_span(report, &report->spans[i], map);
    add_stack(report, map);
}

static bool is_one_image(const struct report *report)
{
    return report->span_count == 1 && !report->spans[0].grows_down;
}

static void print_space(const struct report *report, FILE *file)
{
    char text[TEXT_MAX];
    struct map map = {.count = 0};
    uint64_t size = 0;

    if (is_one_image(report))
        add_image(report, &map);
    else
        add_space(report, &map);
    for (unsigned i = 0; i < report->span_count; i++)
        size += report->spans[i].bounds;
    if (has_access(report)) {
        snprintf(text, sizeof(text), "the %s of %u byte%s",
                 mmu_kind_name(report->trap.access.kind),
                 report->trap.access.size,
                 report->trap.access.size == 1 ? "" : "s");
        add_row(&map, report->trap.access.va, true, text);
    }
    fprintf(file, "\nAddress space of pid %u (%s, %u bytes):\n", report->pid,
            report->scheme, (unsigned)size);
    print_map(&map, file);
}

/* Where the access would have gone, had nobody checked: sums wrap. */
static void add_target(const struct report *report, struct map *map)
{
    const struct mmu_span *segment = &report->segment;
    const paddr_t pa = segment->base + (report->trap.access.va - segment->va);

    if (has_access(report) && report->has_segment && segment->bounds > 0 &&
        pa < report->phys_size)
        add_row(map, pa, true, "where the access would have gone, unchecked");
}

static void print_image(const struct report *report, FILE *file)
{
    const struct mmu_span *image = &report->spans[0];
    const uint64_t end = (uint64_t)image->base + image->bounds;
    char text[TEXT_MAX];
    struct map map = {.count = 0};

    add_row(&map, 0, false, "the operating system");
    if (image->base > OS_END)
        add_row(&map, OS_END, false, "not this process's");
    snprintf(text, sizeof(text), "pid %u: base", report->pid);
    add_row(&map, image->base, false, text);
    if (end < report->phys_size)
        add_row(&map, end, false, "not this process's: base + bounds");
    add_row(&map, report->phys_size, false, "the end of physical memory");
    add_target(report, &map);
    fprintf(file, "\nPhysical memory (pa = va + base 0x%x):\n", image->base);
    print_map(&map, file);
}

static void add_placed(const struct report *report, const struct mmu_span *span,
                       struct map *map)
{
    char text[TEXT_MAX], buffer[16];
    const char *name = mmu_span_name(span, buffer);

    snprintf(text, sizeof(text), "pid %u: segment %s%s", report->pid, name,
             span->grows_down ? "" : ", base");
    add_row(map, span->base, false, text);
    snprintf(text, sizeof(text), "behind segment %s%s", name,
             span->grows_down ? ": base" : "");
    add_row(map, (uint64_t)span->base + span->bounds, false, text);
}

static void print_physical(const struct report *report, FILE *file)
{
    struct map map = {.count = 0};

    if (is_one_image(report)) {
        print_image(report, file);
        return;
    }
    add_row(&map, 0, false, "the operating system");
    for (unsigned i = 0; i < report->span_count; i++)
        add_placed(report, &report->spans[i], &map);
    add_row(&map, report->phys_size, false, "the end of physical memory");
    add_target(report, &map);
    fprintf(file, "\nPhysical memory:\n");
    print_map(&map, file);
}

void report_print_memory(const struct report *report, FILE *file)
{
    print_space(report, file);
    print_physical(report, file);
}
