/*
 * os/space.c - address spaces: what lies where under each scheme.
 *
 *      base-bounds  0 [ image | heap ->    gap    <- stack ] bounds
 *
 *      segmented    selector 0       code
 *                   selector 1       data | heap ->
 *                   last selector                        <- stack
 *
 * Decisions of the model:
 * - Under base and bounds all is one segment of a fixed size.
 * - Under segments each has the size that its bytes need, to the byte: code as
 *   in the file, data up to the program break, the stack as far as it has been
 *   used. So the hole between heap and stack costs nothing.
 * - A stack grows when the process touches it below its end, but not further
 *   below the stack pointer than Linux allowed for long: what PUSHA and ENTER
 *   may touch, and 64 KiB.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"

#define STACK_REACH (65536u + 128u) /* bytes below the stack pointer */
#define UNIT_MAX    4096u           /* a stack grows by so many, or less */

static uint32_t smaller(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

/* ---- base and bounds ---- */

static uint64_t align_up(uint64_t n)
{
    return (n + 15) & ~UINT64_C(15);
}

static int plan_base_bounds(const struct elf_image *image,
                            const struct os_program *program,
                            struct os_plan *plan, struct os_error *why)
{
    const uint64_t needed = align_up((uint64_t)image->end + ABI_STACK_GAP) +
                            os_arguments_size(program);

    if (program->bounds >= needed) {
        *plan = (struct os_plan){
            .areas = {{.size = program->bounds, .prot = MMU_RWX}},
            .count = 1,
            .stack_end = program->bounds,
            .break_min = image->end,
        };
        return 0;
    }
    if (needed > PHYS_SIZE_MAX)
        os_error_set(why,
                     "its image ends at %#x: %" PRIu64 " bytes of address "
                     "space are more than any physical memory holds",
                     image->end, needed);
    else
        os_error_set(why,
                     "does not fit in bounds %" PRIu32 ": its image ends at "
                     "%#x, so with its arguments and a stack it needs "
                     "--bounds of at least %" PRIu64,
                     program->bounds, image->end, needed);
    return -ENOEXEC;
}

static void registers_base_bounds(const struct os *os,
                                  const struct process *process,
                                  union os_mmu *out)
{
    base_bounds_init(&out->bb);
    (void)base_bounds_set(
        &out->bb, pcb_get(os->phys, process->pcb, PCB_FIELD_BASE),
        pcb_get(os->phys, process->pcb, PCB_FIELD_BOUNDS), os->phys->size);
}

/* Memory that a process has not had, or has given back, reads 0. */
static void clear_user(struct os *os, const struct process *process,
                       vaddr_t from, vaddr_t to)
{
    static const uint8_t zeros[4096];

    while (from < to) {
        const uint32_t part = smaller(to - from, sizeof(zeros));

        (void)os_copy_to_user(os, process, from, zeros, part);
        from += part;
    }
}

/* Growing must stay clear of the stack and inside the address space. */
static bool break_base_bounds(struct os *os, struct process *process,
                              vaddr_t to)
{
    const struct isa *isa = process->isa;
    const paddr_t pcb = process->pcb;
    const uint32_t old = pcb_get(os->phys, pcb, PCB_FIELD_BREAK);
    const uint32_t sp = pcb_get_reg(os->phys, pcb, isa, isa->sp);
    const uint32_t top = smaller(sp, pcb_get(os->phys, pcb, PCB_FIELD_BOUNDS));

    if (to > old && (top < ABI_STACK_GAP || to > top - ABI_STACK_GAP))
        return false;
    clear_user(os, process, old, to);
    return true;
}

static bool check_break_base_bounds(const struct os *os,
                                    const struct process *process)
{
    return pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK) <=
           pcb_get(os->phys, process->pcb, PCB_FIELD_BOUNDS);
}

const struct os_scheme os_scheme_base_bounds = {
    .name = "base-bounds",
    .plan = plan_base_bounds,
    .registers = registers_base_bounds,
    .break_check = check_break_base_bounds,
    .set_break = break_base_bounds,
};

/* ---- segments ---- */

#define VA_BITS       32u
#define SEG_BITS      2u
#define CODE          0u
#define DATA          1u
#define STACK         (64u * 1024u)
#define STACK_MAX     (8u * 1024u * 1024u)
#define SHIFT_MIN     12u /* a segment has at least 4 KiB of addresses */
#define SELECTORS_MIN 2u
#define SELECTORS_MAX 3u /* bits: PCB_SEGMENTS registers */

static const unsigned default_prot[OS_ROLES] = {
    [OS_CODE] = MMU_READ | MMU_EXEC,
    [OS_DATA] = MMU_READ | MMU_WRITE,
    [OS_STACK] = MMU_READ | MMU_WRITE,
};

/* How an address is divided. */
struct division {
    unsigned shift, selectors;
};

static struct division divide(unsigned va_bits, unsigned seg_bits)
{
    return (struct division){va_bits - seg_bits, 1u << seg_bits};
}

static struct division division_of(const struct os *os,
                                   const struct process *process)
{
    const uint32_t code = pcb_get(os->phys, process->pcb, PCB_FIELD_SPACE);

    return divide(code & 0xff, code >> 8 & 0xff);
}

static int check_division(const struct os_plan *plan, struct os_error *why)
{
    if (plan->seg_bits < SELECTORS_MIN || plan->seg_bits > SELECTORS_MAX)
        os_error_set(why, "--seg-bits %u: a program needs %u or %u",
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
                        const struct division *d, unsigned *selector,
                        struct os_error *why)
{
    const uint64_t last = (uint64_t)s->va + s->memsz - 1;
    const enum os_role role = s->va >> d->shift == CODE ? OS_CODE : OS_DATA;

    *selector = s->va >> d->shift;
    if (last >> d->shift != *selector)
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
                     "is not; compile with guest-cc --space segmented",
                     s->header, s->va);
    else
        return 0;
    return -ENOEXEC;
}

/* The sizes of code and data. */
static int measure(const struct elf_image *image,
                   const struct os_program *program, const struct division *d,
                   uint32_t size[2], struct os_error *why)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];
        unsigned selector;

        if (check_placed(s, program, d, &selector, why))
            return -ENOEXEC;

        const uint32_t end = s->va - (selector << d->shift) + s->memsz;
        if (end > size[selector])
            size[selector] = end;
    }
    return 0;
}

static int measure_stack(const struct os_program *program,
                         const struct division *d, struct os_plan *plan,
                         uint32_t *size, struct os_error *why)
{
    const uint64_t span = UINT64_C(1) << d->shift;
    const uint64_t needed =
        align_up(os_arguments_size(program) + ABI_STACK_GAP);
    const uint32_t max =
        program->stack_max ? program->stack_max : smaller(STACK_MAX, span);
    const uint32_t wanted =
        program->stack ? program->stack : smaller(STACK, span / 2);

    if (max > span || needed > max || wanted > max) {
        os_error_set(why,
                     "a stack of %" PRIu64 " bytes at first and %" PRIu32
                     " at most does not fit in a segment of %" PRIu64,
                     needed > wanted ? needed : wanted, max, span);
        return -ENOEXEC;
    }
    plan->stack_max = max;
    *size = needed > wanted ? (uint32_t)needed : wanted;
    return 0;
}

static int plan_segmented(const struct elf_image *image,
                          const struct os_program *program,
                          struct os_plan *plan, struct os_error *why)
{
    struct os_plan p = {
        .count = 3,
        .va_bits = program->va_bits ? program->va_bits : VA_BITS,
        .seg_bits = program->seg_bits ? program->seg_bits : SEG_BITS,
    };
    const struct division d = divide(p.va_bits, p.seg_bits);
    uint32_t size[2] = {0}, stack = 0;

    if (check_division(&p, why) || measure(image, program, &d, size, why) ||
        measure_stack(program, &d, &p, &stack, why))
        return -ENOEXEC;

    const vaddr_t data = DATA << d.shift;
    p.stack_end = UINT64_C(1) << p.va_bits;
    p.break_min = data + size[DATA];
    p.areas[0] = (struct os_area){.segment = CODE,
                                  .va = 0,
                                  .size = size[CODE],
                                  .prot = prot_of(program, OS_CODE)};
    p.areas[1] = (struct os_area){.segment = DATA,
                                  .va = data,
                                  .size = size[DATA],
                                  .prot = prot_of(program, OS_DATA)};
    p.areas[2] = (struct os_area){.segment = d.selectors - 1,
                                  .va = (vaddr_t)(p.stack_end - stack),
                                  .size = stack,
                                  .prot = prot_of(program, OS_STACK),
                                  .grows_down = true};
    *plan = p;
    return 0;
}

static void registers_segmented(const struct os *os,
                                const struct process *process,
                                union os_mmu *out)
{
    const uint32_t code = pcb_get(os->phys, process->pcb, PCB_FIELD_SPACE);
    const struct division d = division_of(os, process);

    if (segmented_init(&out->segmented, code & 0xff, code >> 8 & 0xff)) {
        base_bounds_init(&out->bb);
        return;
    }
    for (unsigned i = 0; i < d.selectors; i++) {
        const struct pcb_segment s = pcb_get_segment(os->phys, process->pcb, i);
        const struct segment segment = {
            .base = s.base,
            .bounds = s.bounds,
            .prot = (enum mmu_prot)(s.flags & MMU_RWX),
            .grows_down = s.flags & PCB_GROWS_DOWN,
            .absent = s.bounds > 0 && !(s.flags & PCB_PRESENT),
        };

        (void)segmented_set(&out->segmented, i, &segment, os->phys->size);
    }
}

/* The heap ends where the data segment does. */
static bool break_segmented(struct os *os, struct process *process, vaddr_t to)
{
    const struct division d = division_of(os, process);
    const vaddr_t data = DATA << d.shift;

    return to - data <= UINT32_C(1) << d.shift &&
           os_resize(os, process, DATA, to - data) == 0;
}

static bool check_break_segmented(const struct os *os,
                                  const struct process *process)
{
    const struct division d = division_of(os, process);

    return pcb_get(os->phys, process->pcb, PCB_FIELD_BREAK) ==
           (DATA << d.shift) +
               pcb_get_segment(os->phys, process->pcb, DATA).bounds;
}

static const struct os_scheme scheme_segmented = {
    .name = "segmented",
    .plan = plan_segmented,
    .registers = registers_segmented,
    .break_check = check_break_segmented,
    .set_break = break_segmented,
};

/* The segment that grows when it is touched below its end. */
static unsigned stack_segment(const struct os *os,
                              const struct process *process)
{
    return division_of(os, process).selectors - 1;
}

bool os_grow_stack(struct os *os, struct process *process, vaddr_t va)
{
    const struct isa *isa = process->isa;
    const uint32_t max = pcb_get(os->phys, process->pcb, PCB_FIELD_STACK_MAX);
    const uint32_t sp = pcb_get_reg(os->phys, process->pcb, isa, isa->sp);

    if (max == 0)
        return false;

    const unsigned segment = stack_segment(os, process);
    const struct division d = division_of(os, process);
    const uint64_t end = (segment + UINT64_C(1)) << d.shift;
    const uint32_t bounds =
        pcb_get_segment(os->phys, process->pcb, segment).bounds;
    const uint64_t needed = end - va;

    if (va >= end || needed <= bounds || needed > max ||
        (sp > STACK_REACH && va < sp - STACK_REACH))
        return false;

    const uint32_t unit = smaller(UNIT_MAX, UINT64_C(1) << (d.shift - 2));
    const uint64_t rounded = (needed + unit - 1) / unit * unit;
    return os_resize(os, process, segment, smaller(rounded, max)) == 0;
}

/* ---- all of them ---- */

static const struct os_scheme *const schemes[] = {
    &os_scheme_base_bounds,
    &scheme_segmented,
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const char os_scheme_names[] = "base-bounds and segmented";

const struct os_scheme *os_scheme_find(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (strcmp(schemes[i]->name, name) == 0)
            return schemes[i];
    return NULL;
}

uint32_t os_space_code(const struct os_plan *plan)
{
    return plan->va_bits | plan->seg_bits << 8;
}
