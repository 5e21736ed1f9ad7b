/*
 * os/space_table.c - an address space in a table of segments.
 *
 *      selector of a LOAD   its bytes; LOADs of one selector are one segment,
 *                           and must have the same rights
 *      the one that is writable and highest     data | heap ->
 *      the last one                                          <- stack
 *
 * Decisions of the model:
 * - A file's segments have the rights that its program headers ask for.
 * - They are absent at first, and get their bytes when they are touched:
 *   os/load.c. Memory is reserved from the start: a program that has started is
 *   not ended for want of it.
 * - A program has as many descriptors as selectors, so that any may be used
 *   later. The table's memory is the first of the process's blocks.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/internal.h"

#define VA_BITS  32u
#define SEG_BITS 8u
#define TABLE    0u /* the MMU register, and its block */

#define PF_X 1u
#define PF_W 2u
#define PF_R 4u

static unsigned prot_of(uint32_t flags)
{
    return (flags & PF_R ? MMU_READ : 0u) | (flags & PF_W ? MMU_WRITE : 0u) |
           (flags & PF_X ? MMU_EXEC : 0u);
}

/* The area of segment @selector, new if need be. */
static struct os_area *area_of(struct os_plan *plan, unsigned selector,
                               const struct segment_layout *layout)
{
    for (unsigned i = 0; i < plan->count; i++)
        if (plan->areas[i].segment == selector)
            return &plan->areas[i];
    plan->areas[plan->count] = (struct os_area){
        .segment = selector,
        .va = selector << segment_shift(layout),
        .absent = true,
    };
    return &plan->areas[plan->count++];
}

static int add_load(struct os_plan *plan, const struct elf_segment *s,
                    const struct segment_layout *layout, struct os_error *why)
{
    const uint64_t first = segment_selector(layout, s->va);
    const uint64_t last =
        ((uint64_t)s->va + s->memsz - 1) >> segment_shift(layout);

    if (first != last || last >= segment_count(layout) - 1) {
        os_error_set(why,
                     "program header %u: its bytes from %#x on do not fit in "
                     "one segment of %u to %u (the last one is the stack's)",
                     s->header, s->va, 0u, segment_count(layout) - 2);
        return -ENOEXEC;
    }

    struct os_area *area = area_of(plan, (unsigned)first, layout);
    const uint32_t size = s->va - area->va + s->memsz;
    if (area->size > 0 && area->prot != prot_of(s->flags)) {
        os_error_set(why,
                     "program header %u at %#x: its rights are not those of "
                     "the other bytes in segment %u, and a segment has only "
                     "one set of them; compile with guest-cc --space table",
                     s->header, s->va, (unsigned)first);
        return -ENOEXEC;
    }
    if (size > area->size)
        area->size = size;
    area->prot = prot_of(s->flags);
    return 0;
}

/* The heap follows the highest bytes that may be written. */
static int find_heap(struct os_plan *plan, struct os_error *why)
{
    const struct os_area *heap = NULL;

    for (unsigned i = 0; i < plan->count; i++) {
        const struct os_area *area = &plan->areas[i];

        if (area->prot & MMU_WRITE && (!heap || area->va > heap->va))
            heap = area;
    }
    if (!heap) {
        os_error_set(why, "no program header is writable: there is no segment "
                          "for a heap");
        return -ENOEXEC;
    }
    plan->break_min = heap->va + heap->size;
    return 0;
}

static int check_layout(const struct segment_layout *layout,
                        struct os_error *why)
{
    if (layout->seg_bits >= 1 &&
        layout->seg_bits <= SEGMENT_TABLE_SEG_BITS_MAX &&
        layout->va_bits <= 32 && layout->va_bits >= layout->seg_bits + 12u)
        return 0;
    os_error_set(why,
                 "an address of %u bits with a selector of %u: a program needs "
                 "1 to %u bits of selector and at least 12 of offset",
                 layout->va_bits, layout->seg_bits, SEGMENT_TABLE_SEG_BITS_MAX);
    return -ENOEXEC;
}

static int plan_table(const struct elf_image *image,
                      const struct os_program *program, struct os_plan *plan,
                      struct os_error *why)
{
    struct os_plan p = {
        .va_bits = program->va_bits ? program->va_bits : VA_BITS,
        .seg_bits = program->seg_bits ? program->seg_bits : SEG_BITS,
    };
    const struct segment_layout layout = {(uint8_t)p.va_bits,
                                          (uint8_t)p.seg_bits};

    if (check_layout(&layout, why))
        return -ENOEXEC;
    for (unsigned i = 0; i < image->count; i++)
        if (add_load(&p, &image->segments[i], &layout, why))
            return -ENOEXEC;
    if (find_heap(&p, why) || os_plan_stack(program, &layout, &p, why))
        return -ENOEXEC;
    *plan = p;
    return 0;
}

/* The table register, in a register set of its own. */
static struct segment_table table_of(const struct os *os,
                                     const struct process *process)
{
    const struct segment_layout layout = os_layout(os, process);
    const struct pcb_segment reg =
        pcb_get_segment(os->phys, process->pcb, TABLE);
    struct segment_table table;

    if (segment_table_init(&table, os->phys, layout.va_bits, layout.seg_bits) ||
        segment_table_set(&table, reg.base, reg.bounds / DESCRIPTOR_SIZE))
        (void)segment_table_init(&table, os->phys, VA_BITS, SEG_BITS);
    return table;
}

static struct os_source *source_create(const struct elf_image *image,
                                       const struct os_program *program)
{
    struct os_source *source = malloc(sizeof(*source) + program->file_size);

    if (!source)
        return NULL;
    source->users = 0;
    source->image = *image;
    source->size = program->file_size;
    memcpy(source->file, program->file, program->file_size);
    return source;
}

static struct os_many *many_create(const struct os *os,
                                   const struct elf_image *image,
                                   const struct os_program *program)
{
    struct os_many *many = calloc(1, sizeof(*many));

    if (!many)
        return NULL;
    many->source = os_source_find(os, program->file, program->file_size);
    if (!many->source)
        many->source = source_create(image, program);
    if (!many->source) {
        free(many);
        return NULL;
    }
    many->source->users++;
    return many;
}

void os_many_free(struct os_many *many)
{
    if (many && --many->source->users == 0)
        free(many->source);
    free(many);
}

/* As a register that was never set: there, with bounds 0. */
static void clear_descriptors(struct os *os, struct process *process)
{
    static const struct descriptor none = {.segment = {.bounds = 0}};
    struct segment_table table = table_of(os, process);

    for (unsigned i = 0; i < table.count; i++) {
        const int err = segment_table_put(&table, i, &none);

        assert(!err);
    }
}

static int begin_table(struct os *os, struct process *process,
                       const struct elf_image *image,
                       const struct os_program *program,
                       const struct os_plan *plan)
{
    const uint32_t size = DESCRIPTOR_SIZE << plan->seg_bits;
    struct os_many *many = many_create(os, image, program);

    if (!many)
        return -ENOMEM;
    if (os_reserve(os, size, &process->blocks[TABLE])) {
        os_many_free(many);
        return -ENOMEM;
    }

    const struct pcb_segment reg = {.base = process->blocks[TABLE].base,
                                    .bounds = size,
                                    .flags = PCB_PRESENT};
    process->many = many;
    os_work_clear(os, reg.base, size);
    pcb_set(os->phys, process->pcb, PCB_FIELD_SPACE, os_space_code(plan));
    pcb_set_segment(os->phys, process->pcb, TABLE, &reg);
    clear_descriptors(os, process);
    return 0;
}

static struct segment get_descriptor(const struct os *os,
                                     const struct process *process,
                                     unsigned selector)
{
    const struct segment_table table = table_of(os, process);

    return segment_table_get(&table, selector).segment;
}

static void set_descriptor(struct os *os, struct process *process,
                           unsigned selector, const struct segment *segment)
{
    struct segment_table table = table_of(os, process);
    struct descriptor d = segment_table_get(&table, selector);

    d.segment = *segment;
    if (segment_table_put(&table, selector, &d) == 0)
        return;
    /* A handler has written what is not there: like a register it allows
     * nothing. */
    d.segment = (struct segment){0};
    (void)segment_table_put(&table, selector, &d);
}

/* A descriptor's word for the operating system: to be copied on a write. */
#define COPY 1u

static bool get_copy_table(const struct os *os, const struct process *process,
                           unsigned selector)
{
    const struct segment_table table = table_of(os, process);

    return segment_table_get(&table, selector).os & COPY;
}

static void set_copy_table(struct os *os, struct process *process,
                           unsigned selector, bool copy)
{
    struct segment_table table = table_of(os, process);
    struct descriptor d = segment_table_get(&table, selector);

    d.os = copy ? d.os | COPY : d.os & ~COPY;
    (void)segment_table_put(&table, selector, &d); /* if it is there */
}

/* The child has a table of its own, which is a copy. */
static int fork_table(struct os *os, const struct process *parent,
                      struct process *child)
{
    struct pcb_segment reg = pcb_get_segment(os->phys, parent->pcb, TABLE);
    struct os_many *many = calloc(1, sizeof(*many));
    struct os_block *block = &child->blocks[TABLE];

    if (!many)
        return -ENOMEM;
    if (os_reserve(os, parent->blocks[TABLE].size, block)) {
        free(many);
        return -ENOMEM;
    }
    many->source = parent->many->source;
    many->source->users++;
    child->many = many;
    os_work_copy(os, block->base, parent->blocks[TABLE].base, block->size);
    reg.base = block->base;
    pcb_set_segment(os->phys, child->pcb, TABLE, &reg);
    return 0;
}

/* All descriptors as one number: when one has changed, so has this. */
static uint64_t sum_of(const struct segment_table *table)
{
    const uint8_t *at = table->phys->bytes + table->base;
    uint64_t sum = table->count;

    for (uint32_t i = 0; i < table->count * DESCRIPTOR_SIZE; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x100000001b3);
        sum ^= sum >> 29;
    }
    return sum;
}

/*
 * The register set is the same when only a descriptor has changed, so the sum
 * of them goes into what is compared.
 */
static void registers_table(const struct os *os, const struct process *process,
                            union os_mmu *out)
{
    out->table = table_of(os, process);
    out->table.sum = sum_of(&out->table);
}

/* That of the lowest legal program break, unless a handler spoilt that. */
static unsigned heap_table(const struct os *os, const struct process *process)
{
    const struct segment_layout layout = os_layout(os, process);
    const vaddr_t min = pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK_MIN);

    return (unsigned)segment_selector(&layout, min - 1) &
           (segment_count(&layout) - 1);
}

const struct os_scheme os_scheme_table = {
    .name = "table",
    .plan = plan_table,
    .begin = begin_table,
    .fork = fork_table,
    .shares = true,
    .get_segment = get_descriptor,
    .set_segment = set_descriptor,
    .get_copy = get_copy_table,
    .set_copy = set_copy_table,
    .registers = registers_table,
    .heap = heap_table,
};
