/*
 * os/break.c - the program break: where the heap ends.
 *
 * Decisions of the model:
 * - Where the heap has a segment, the break is that segment's end, whoever
 *   moves it: the process by brk, a handler that lets the segment grow, or who
 *   looks at the machine from outside.
 * - Under base and bounds heap and stack share one segment of a fixed size, and
 *   the break lies somewhere in it. When its end comes down, so does the break.
 * - The bytes that a program's file has stay below the break.
 */
#include "os/abi.h"
#include "os/internal.h"

static uint32_t field(const struct os *os, const struct process *process,
                      enum pcb_field field)
{
    return pcb_get(os->phys, process->pcb, field);
}

static void set(struct os *os, const struct process *process, vaddr_t to)
{
    pcb_set(os->phys, process->pcb, PCB_FIELD_BREAK, to);
}

/* The segment that the heap lies in, and the address of its first byte. */
static vaddr_t heap_of(const struct os *os, const struct process *process,
                       unsigned *selector)
{
    const struct segment_layout layout = os_layout(os, process);

    *selector = process->scheme->heap ? process->scheme->heap(os, process) : 0;
    return layout.seg_bits ? *selector << segment_shift(&layout) : 0;
}

/* ---- base and bounds ---- */

/* Memory that a process has not had, or has given back, reads 0. */
static void clear_user(struct os *os, const struct process *process,
                       vaddr_t from, vaddr_t to)
{
    static const uint8_t zeros[4096];

    while (from < to) {
        const uint32_t left = to - from;
        const uint32_t part = left < sizeof(zeros) ? left : sizeof(zeros);

        (void)os_copy_to_user(os, process, from, zeros, part);
        from += part;
    }
}

/* Growing must stay clear of the stack and inside the address space. */
static bool move_in_bounds(struct os *os, struct process *process, vaddr_t to)
{
    const struct isa *isa = process->isa;
    const uint32_t old = field(os, process, PCB_FIELD_BREAK);
    const uint32_t sp = pcb_get_reg(os->phys, process->pcb, isa, isa->sp);
    const uint32_t bounds = field(os, process, PCB_FIELD_BOUNDS);
    const uint32_t top = sp < bounds ? sp : bounds;

    if (to > old && (top < ABI_STACK_GAP || to > top - ABI_STACK_GAP))
        return false;
    clear_user(os, process, old, to);
    set(os, process, to);
    return true;
}

/* ---- all schemes ---- */

bool os_set_break(struct os *os, struct process *process, vaddr_t to)
{
    const struct segment_layout layout = os_layout(os, process);
    unsigned selector;
    const vaddr_t begin = heap_of(os, process, &selector);

    if (!process->scheme->heap)
        return move_in_bounds(os, process, to);
    return to - begin <= segment_span_size(&layout) &&
           os_resize(os, process, selector, to - begin) == 0;
}

void os_break_follow(struct os *os, const struct process *process,
                     unsigned selector, uint32_t bounds)
{
    unsigned heap;
    const vaddr_t end = heap_of(os, process, &heap) + bounds;

    if (selector == heap &&
        (process->scheme->heap || end < field(os, process, PCB_FIELD_BREAK)))
        set(os, process, end);
}

uint32_t os_least_bounds(const struct os *os, const struct process *process,
                         unsigned selector)
{
    unsigned heap;
    const vaddr_t begin = heap_of(os, process, &heap);

    return selector == heap ? field(os, process, PCB_FIELD_BREAK_MIN) - begin
                            : 0;
}

bool os_break_check(const struct os *os, const struct process *process)
{
    const uint32_t at = field(os, process, PCB_FIELD_BREAK);
    unsigned heap;
    const vaddr_t begin = heap_of(os, process, &heap);

    if (!process->scheme->heap)
        return at <= field(os, process, PCB_FIELD_BOUNDS);
    return at == begin + os_get_segment(os, process, heap).bounds;
}
