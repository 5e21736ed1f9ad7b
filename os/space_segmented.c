/*
 * os/space_segmented.c - an address space in segment registers.
 *
 *      selector 0       code
 *      selector 1       data | heap ->
 *      the last one                            <- stack
 *
 * Decisions of the model:
 * - Each segment has the size that its bytes need, to the byte: code as in the
 *   file, data up to the program break, the stack as far as it has been used.
 *   So the hole between heap and stack costs nothing.
 * - A file may have bytes for code and data only. Writable bytes in a segment
 *   that is not writable are refused: the program was made for another layout.
 */
#include <errno.h>
#include <inttypes.h>

#include "os/abi.h"
#include "os/internal.h"

#define VA_BITS       32u
#define SEG_BITS      2u
#define CODE          0u
#define DATA          1u
#define SHIFT_MIN     12u /* a segment has at least 4 KiB of addresses */
#define SELECTORS_MIN 2u
#define SELECTORS_MAX 3u /* bits: PCB_SEGMENTS registers */

static const unsigned default_prot[OS_ROLES] = {
    [OS_CODE] = MMU_READ | MMU_EXEC,
    [OS_DATA] = MMU_READ | MMU_WRITE,
};

static int check_division(const struct os_plan *plan, struct os_error *why)
{
    if (plan->seg_bits < SELECTORS_MIN || plan->seg_bits > SELECTORS_MAX)
        os_error_set(why, "selector bits %u: a program needs %u or %u",
                     plan->seg_bits, SELECTORS_MIN, SELECTORS_MAX);
    else if (plan->va_bits > 32 || plan->va_bits < plan->seg_bits + SHIFT_MIN)
        os_error_set(why,
                     "an address space of 2^%u bytes: with %u bits of selector "
                     "a program needs 2^%u to 2^32",
                     plan->va_bits, plan->seg_bits, plan->seg_bits + SHIFT_MIN);
    else
        return 0;
    return -ENOEXEC;
}

static unsigned prot_of(const struct os_program *program, enum os_role role)
{
    return program->prot[role] ? program->prot[role] : default_prot[role];
}

/* Whether @s can be part of its segment; *@selector is which one. */
static int check_placed(const struct elf_segment *s,
                        const struct os_program *program,
                        const struct segment_layout *layout, unsigned *selector,
                        struct os_error *why)
{
    const uint64_t last = (uint64_t)s->va + s->memsz - 1;
    const enum os_role role =
        s->va >> segment_shift(layout) == CODE ? OS_CODE : OS_DATA;

    *selector = s->va >> segment_shift(layout);
    if (last >> segment_shift(layout) != *selector)
        os_error_set(why,
                     "program header %u: its bytes from %#x to %#" PRIx64
                     " lie in more than one segment",
                     s->header, s->va, last);
    else if (*selector > DATA)
        os_error_set(why,
                     "program header %u at %#x: a file has bytes for segment "
                     "%u (code) and %u (data), not for %u",
                     s->header, s->va, CODE, DATA, *selector);
    else if (s->flags & 2u && !(prot_of(program, role) & MMU_WRITE))
        os_error_set(why,
                     "program header %u at %#x is writable, but its segment "
                     "is not: it was compiled for another address space, or "
                     "the rights asked for leave that one out",
                     s->header, s->va);
    else
        return 0;
    return -ENOEXEC;
}

/* The sizes of code and data. */
static int measure(const struct elf_image *image,
                   const struct os_program *program,
                   const struct segment_layout *layout, uint32_t size[2],
                   struct os_error *why)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];
        unsigned selector;

        if (check_placed(s, program, layout, &selector, why))
            return -ENOEXEC;

        const uint32_t end =
            s->va - (selector << segment_shift(layout)) + s->memsz;
        if (end > size[selector])
            size[selector] = end;
    }
    return 0;
}

static int plan_segmented(const struct elf_image *image,
                          const struct os_program *program,
                          struct os_plan *plan, struct os_error *why)
{
    struct os_plan p = {
        .va_bits = program->va_bits ? program->va_bits : VA_BITS,
        .seg_bits = program->seg_bits ? program->seg_bits : SEG_BITS,
    };
    const struct segment_layout layout = {(uint8_t)p.va_bits,
                                          (uint8_t)p.seg_bits};
    uint32_t size[2] = {0};

    if (check_division(&p, why) || measure(image, program, &layout, size, why))
        return -ENOEXEC;

    const vaddr_t data = DATA << segment_shift(&layout);
    p.break_min = data + size[DATA];
    p.areas[p.count++] = (struct os_area){.segment = CODE,
                                          .va = 0,
                                          .size = size[CODE],
                                          .prot = prot_of(program, OS_CODE)};
    p.areas[p.count++] = (struct os_area){.segment = DATA,
                                          .va = data,
                                          .size = size[DATA],
                                          .prot = prot_of(program, OS_DATA)};
    if (os_plan_stack(program, &layout, &p, why))
        return -ENOEXEC;
    *plan = p;
    return 0;
}

static void registers_segmented(const struct os *os,
                                const struct process *process,
                                union os_mmu *out)
{
    const struct segment_layout layout = os_layout(os, process);

    if (segmented_init(&out->segmented, layout.va_bits, layout.seg_bits)) {
        base_bounds_init(&out->bb);
        return;
    }
    for (unsigned i = 0; i < segment_count(&layout) && i < PCB_SEGMENTS; i++) {
        const struct segment segment = os_get_segment(os, process, i);

        (void)segmented_set(&out->segmented, i, &segment, os->phys->size);
    }
}

static unsigned heap_segmented(const struct os *os,
                               const struct process *process)
{
    (void)os, (void)process;
    return DATA;
}

const struct os_scheme os_scheme_segmented = {
    .name = "segmented",
    .plan = plan_segmented,
    .shares = true,
    .registers = registers_segmented,
    .heap = heap_segmented,
};
