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

/* ---- all of them ---- */

static const struct os_scheme *const schemes[] = {
    &os_scheme_base_bounds,
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const struct os_scheme *os_scheme_find(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (strcmp(schemes[i]->name, name) == 0)
            return schemes[i];
    return NULL;
}

uint32_t os_space_code(const struct os_program *program)
{
    return program->va_bits | program->seg_bits << 8;
}

bool os_grow_stack(struct os *os, struct process *process, vaddr_t va)
{
    (void)os, (void)process, (void)va;
    return false;
}
