/*
 * os/space.c - address spaces: what lies where under each scheme.
 *
 *      base-bounds  0 [ image | heap ->    gap    <- stack ] bounds
 *
 * Decisions of the model:
 * - Under base and bounds all is one segment of a fixed size.
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

/* What is needed and 4 KiB to work with, as a round number. */
static uint64_t with_room(uint64_t needed)
{
    return (needed + 4096 + 1023) & ~UINT64_C(1023);
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
                     "%#x; bounds %" PRIu64 " leave 4 KiB for stack and "
                     "heap; the least is %" PRIu64,
                     program->bounds, image->end, with_room(needed), needed);
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

const struct os_scheme os_scheme_base_bounds = {
    .name = "base-bounds",
    .plan = plan_base_bounds,
    .registers = registers_base_bounds,
};

/* ---- segments ---- */

#define STACK     (64u * 1024u)
#define STACK_MAX (8u * 1024u * 1024u)

struct segment_layout os_layout(const struct os *os,
                                const struct process *process)
{
    const uint32_t code = pcb_get(os->phys, process->pcb, PCB_FIELD_SPACE);

    return (struct segment_layout){(uint8_t)code, (uint8_t)(code >> 8)};
}

struct segment os_get_segment(const struct os *os,
                              const struct process *process, unsigned selector)
{
    if (process->scheme->get_segment)
        return process->scheme->get_segment(os, process, selector);

    const struct pcb_segment s =
        pcb_get_segment(os->phys, process->pcb, selector);
    return (struct segment){
        .base = s.base,
        .bounds = s.bounds,
        .prot = (enum mmu_prot)(s.flags & MMU_RWX),
        .grows_down = s.flags & PCB_GROWS_DOWN,
        .absent = s.bounds > 0 && !(s.flags & PCB_PRESENT),
    };
}

void os_set_segment(struct os *os, struct process *process, unsigned selector,
                    const struct segment *segment)
{
    const unsigned copy = os_get_copy(os, process, selector) ? PCB_COPY : 0;
    const struct pcb_segment s = {
        .base = segment->base,
        .bounds = segment->bounds,
        .flags = (segment->prot & MMU_RWX) |
                 (segment->grows_down ? PCB_GROWS_DOWN : 0) |
                 (segment->absent ? 0 : PCB_PRESENT) | copy,
    };

    if (process->scheme->set_segment)
        process->scheme->set_segment(os, process, selector, segment);
    else
        pcb_set_segment(os->phys, process->pcb, selector, &s);
}

bool os_get_copy(const struct os *os, const struct process *process,
                 unsigned selector)
{
    if (process->scheme->get_copy)
        return process->scheme->get_copy(os, process, selector);
    return pcb_get_segment(os->phys, process->pcb, selector).flags & PCB_COPY;
}

void os_set_copy(struct os *os, struct process *process, unsigned selector,
                 bool copy)
{
    struct pcb_segment s;

    if (process->scheme->set_copy) {
        process->scheme->set_copy(os, process, selector, copy);
        return;
    }
    s = pcb_get_segment(os->phys, process->pcb, selector);
    s.flags = copy ? s.flags | PCB_COPY : s.flags & ~PCB_COPY;
    pcb_set_segment(os->phys, process->pcb, selector, &s);
}

unsigned os_segments(const struct os *os, const struct process *process)
{
    const struct segment_layout layout = os_layout(os, process);

    return process->many ? segment_count(&layout) : PCB_SEGMENTS;
}

struct os_block *os_block_of(struct process *process, unsigned selector)
{
    return process->many ? &process->many->blocks[selector]
                         : &process->blocks[selector];
}

unsigned os_stack_segment(const struct segment_layout *layout)
{
    return layout->seg_bits ? segment_count(layout) - 1
                            : (unsigned)IMPLICIT_STACK;
}

bool os_may_be_stack(const struct process *process,
                     const struct mmu_access *access)
{
    return process->scheme != &os_scheme_implicit ||
           implicit_select(access) == IMPLICIT_STACK;
}

int os_plan_stack(const struct os_program *program,
                  const struct segment_layout *layout, struct os_plan *plan,
                  struct os_error *why)
{
    const uint64_t span = segment_span_size(layout);
    const uint64_t needed =
        align_up(os_arguments_size(program) + ABI_STACK_GAP);
    const uint32_t max =
        program->stack_max ? program->stack_max : smaller(STACK_MAX, span);
    const uint32_t wanted =
        program->stack ? program->stack : smaller(STACK, span / 2);
    const uint32_t size = needed > wanted ? (uint32_t)needed : wanted;

    if (wanted > max && max <= span) {
        os_error_set(why,
                     "a stack of %" PRIu32 " bytes at first is more than "
                     "the %" PRIu32 " that it may have at most",
                     wanted, max);
        return -ENOEXEC;
    }
    if (max > span || needed > max || wanted > max) {
        os_error_set(why,
                     "a stack of %" PRIu32 " bytes at first and %" PRIu32
                     " at most does not fit in a segment of %" PRIu64,
                     size, max, span);
        return -ENOEXEC;
    }
    plan->stack_max = max;
    plan->stack_end = UINT64_C(1) << layout->va_bits;
    plan->areas[plan->count++] = (struct os_area){
        .segment = os_stack_segment(layout),
        .role = OS_STACK,
        .va = (vaddr_t)(plan->stack_end - size),
        .size = size,
        .prot = program->prot[OS_STACK] ? program->prot[OS_STACK]
                                        : MMU_READ | MMU_WRITE,
        .grows_down = true,
    };
    return 0;
}

bool os_grow_stack(struct os *os, struct process *process, vaddr_t va)
{
    const struct isa *isa = process->isa;
    const uint32_t max = pcb_get(os->phys, process->pcb, PCB_FIELD_STACK_MAX);
    const uint32_t sp = pcb_get_reg(os->phys, process->pcb, isa, isa->sp);

    if (max == 0)
        return false;

    const struct segment_layout layout = os_layout(os, process);
    const unsigned selector = os_stack_segment(&layout);
    const uint64_t end = UINT64_C(1) << layout.va_bits;
    const uint32_t bounds = os_get_segment(os, process, selector).bounds;
    const uint64_t needed = end - va;

    if (va >= end || needed <= bounds || needed > max ||
        (sp > STACK_REACH && va < sp - STACK_REACH))
        return false;

    const uint32_t unit = smaller(UNIT_MAX, segment_span_size(&layout) / 4);
    const uint64_t rounded = (needed + unit - 1) / unit * unit;
    const uint32_t size = smaller(rounded, max);
    if (os_resize(os, process, selector, size) == 0)
        return true;
    os->shortage = (struct os_shortage){OS_SHORT_OF_STACK, size};
    return false;
}

/* ---- all of them ---- */

static const struct os_scheme *const schemes[] = {
    &os_scheme_base_bounds,
    &os_scheme_segmented,
    &os_scheme_table,
    &os_scheme_implicit,
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const char os_scheme_names[] = "base-bounds, segmented, implicit and table";

const char *os_scheme_name(const struct os_scheme *scheme)
{
    return scheme->name;
}

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
