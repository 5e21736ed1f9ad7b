/*
 * emu/report_state.c - registers, the address space, and where it lies.
 *
 * Both maps are lists of rows sorted by address; the access that failed is a
 * row among them.
 */
#include "emu/report_parts.h"

#include <string.h>

#define COLUMNS  4u
#define ROWS_MAX 8u
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

    if (sp >= report->brk && sp <= report->image.bounds)
        add_row(map, sp, false, "stack, from the stack pointer up");
    else
        add_row(map, sp, false, "the stack pointer: out of its place");
}

static void print_space(const struct report *report, FILE *file)
{
    const struct mmu_span *image = &report->image;
    char text[TEXT_MAX];
    struct map map = {.count = 0};

    add_row(&map, image->va, false, "the program: code and data");
    if (report->brk > report->break_min) {
        add_row(&map, report->break_min, false, "heap");
        add_row(&map, report->brk, false, "free (behind the program break)");
    } else {
        add_row(&map, report->brk, false, "free (the heap is empty)");
    }
    add_stack(report, &map);
    add_row(&map, image->va + image->bounds, false,
            "bounds: the first byte outside");
    if (has_access(report)) {
        snprintf(text, sizeof(text), "the %s of %u byte%s",
                 mmu_kind_name(report->trap.access.kind),
                 report->trap.access.size,
                 report->trap.access.size == 1 ? "" : "s");
        add_row(&map, report->trap.access.va, true, text);
    }
    fprintf(file, "\nAddress space of pid %u (%s, %u bytes):\n", report->pid,
            report->scheme, image->bounds);
    print_map(&map, file);
}

/* Where the access would have gone, had nobody checked: sums wrap. */
static void add_target(const struct report *report, struct map *map)
{
    const paddr_t pa = report->image.base + report->trap.access.va;

    if (has_access(report) && pa < report->phys_size)
        add_row(map, pa, true, "where the access would have gone, unchecked");
}

static void print_physical(const struct report *report, FILE *file)
{
    const struct mmu_span *image = &report->image;
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

void report_print_memory(const struct report *report, FILE *file)
{
    print_space(report, file);
    print_physical(report, file);
}
