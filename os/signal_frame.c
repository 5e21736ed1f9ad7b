/*
 * os/signal_frame.c - frames of signal handlers, pushed and popped.
 *
 * Decisions of the model:
 * - A frame is made whole beside memory and copied with the process's rights,
 *   so one that does not fit has not happened. The gaps in it, for alignment,
 *   are 0.
 * - A frame that would leave the alternate stack at its lower end is none.
 * - Without a restorer a handler returns to code in the frame: it needs a stack
 *   that may be executed.
 * - What comes back from a frame is only what a program may set by itself.
 */
#include <assert.h>
#include <string.h>

#include "os/abi.h"
#include "os/signal.h"
#include "os/signal_layout.h"

#define THUMB_IT 0x0600fc00u /* of CPSR: no IT block without Thumb */

struct frame {
    struct os *os;
    struct process *process;
    const struct frame_layout *layout;
    const struct frame_form *form;
    struct cpu_state cpu;
    vaddr_t va;     /* its lowest byte */
    vaddr_t floats; /* address of the floating-point registers */
    uint8_t bytes[FRAME_MAX];

    /* Pushing. */
    uint32_t number;
    struct pcb_action action;
    uint64_t mask;
};

_Static_assert(FRAME_MAX >= 888 + 8, "ARM's");
_Static_assert(FRAME_MAX >= 732 + 16 + 64 + FRAME_FLOAT, "i386's");

static uint32_t field_of(const struct frame *f, enum pcb_field field)
{
    return pcb_get(f->os->phys, f->process->pcb, field);
}

static uint32_t get(const struct frame *f, unsigned reg)
{
    return isa_get(f->process->isa, &f->cpu, reg);
}

static void set(struct frame *f, unsigned reg, uint32_t value)
{
    isa_set(f->process->isa, &f->cpu, reg, value);
}

bool os_frame_on_alt(const struct os *os, const struct process *process,
                     vaddr_t sp)
{
    const uint32_t base = pcb_get(os->phys, process->pcb, PCB_FIELD_ALT_BASE);
    const uint32_t size = pcb_get(os->phys, process->pcb, PCB_FIELD_ALT_SIZE);

    return sp > base && sp - base <= size;
}

static bool is_thumb(const struct frame *f)
{
    return f->process->isa->thumb_flag != 0 && (f->action.handler & 1);
}

/* ---- pushing ---- */

static uint32_t alt_flags(const struct frame *f)
{
    if (field_of(f, PCB_FIELD_ALT_SIZE) == 0)
        return ABI_SS_DISABLE;
    return os_frame_on_alt(f->os, f->process, get(f, f->process->isa->sp))
               ? ABI_SS_ONSTACK
               : 0;
}

static vaddr_t return_address(const struct frame *f)
{
    if (f->action.flags & ABI_SA_RESTORER)
        return f->action.restorer;
    return f->va + f->form->code + is_thumb(f);
}

/* What the word of @field holds. */
static uint32_t value_of(const struct frame *f, const struct frame_field *field)
{
    switch ((enum frame_kind)field->kind) {
    case FRAME_REG:
    case FRAME_SELECTOR:
    case FRAME_FIXED:
        return get(f, field->reg);
    case FRAME_VALUE:
        return field->value;
    case FRAME_NUMBER:
        return f->number;
    case FRAME_MASK:
        return (uint32_t)f->mask;
    case FRAME_MASK_HIGH:
        return (uint32_t)(f->mask >> 32);
    case FRAME_TRAP_NUMBER:
        return field_of(f, PCB_FIELD_TRAP);
    case FRAME_TRAP_ERROR:
        return field_of(f, PCB_FIELD_ERROR);
    case FRAME_TRAP_ADDRESS:
        return field_of(f, PCB_FIELD_ADDRESS);
    case FRAME_POINTER:
        return f->va + field->value;
    case FRAME_FLOATS:
        return f->floats;
    case FRAME_RETURN:
        return return_address(f);
    case FRAME_ALT_BASE:
        return field_of(f, PCB_FIELD_ALT_BASE);
    case FRAME_ALT_FLAGS:
        return alt_flags(f);
    case FRAME_ALT_SIZE:
        return field_of(f, PCB_FIELD_ALT_SIZE);
    }
    return 0;
}

/* Where the frame lies. False: there is no room for one. */
static bool place(struct frame *f)
{
    const struct frame_layout *layout = f->layout;
    const uint32_t base = field_of(f, PCB_FIELD_ALT_BASE);
    const uint32_t size = field_of(f, PCB_FIELD_ALT_SIZE);
    vaddr_t sp = get(f, f->process->isa->sp);
    bool alt = os_frame_on_alt(f->os, f->process, sp);

    if (f->action.flags & ABI_SA_ONSTACK && size > 0 && !alt) {
        sp = base + size;
        alt = true;
    }
    if (sp < FRAME_MAX)
        return false;

    const vaddr_t end = sp;
    if (f->form->floats == FRAME_NONE) {
        sp -= layout->float_size - layout->float_head;
        sp = (sp & ~(layout->float_align - 1)) - layout->float_head;
        f->floats = sp;
    }
    sp = ((sp - f->form->size + layout->sp_bias) & ~(layout->sp_align - 1)) -
         layout->sp_bias;
    f->va = sp;
    if (f->form->floats != FRAME_NONE)
        f->floats = sp + f->form->floats;
    assert(end - sp <= FRAME_MAX);
    return !alt || (sp > base && sp - base <= size);
}

static void put_info(struct frame *f)
{
    uint8_t *info = f->bytes + f->form->info;
    struct pcb_cause cause = {0};

    if (f->form->info == FRAME_NONE)
        return;
    cause = pcb_get_cause(f->os->phys, f->process->pcb, f->number);
    frame_put(info, f->number);
    frame_put(info + 8, cause.code);
    frame_put(info + 12, cause.value);
    frame_put(info + 20, cause.status);
}

static void put_code(struct frame *f)
{
    const uint32_t *code = f->form->returning[is_thumb(f)];

    frame_put(f->bytes + f->form->code, code[0]);
    frame_put(f->bytes + f->form->code + 4, code[1]);
}

static void fill(struct frame *f)
{
    memset(f->bytes, 0, sizeof(f->bytes));
    for (unsigned i = 0; i < f->form->field_count; i++)
        frame_put(f->bytes + f->form->fields[i].offset,
                  value_of(f, &f->form->fields[i]));
    put_info(f);
    put_code(f);
    f->layout->save_floats(&f->cpu, f->bytes + (f->floats - f->va));
}

/* All floating-point registers as when a program begins. */
static void freshen(struct frame *f)
{
    const struct isa *isa = f->process->isa;
    struct cpu_state entry;

    isa_entry_state(isa, &entry, 0, 0);
    for (unsigned i = 0; i < isa->reg_count; i++)
        if (isa->regs[i].class == ISA_FLOAT)
            memcpy(f->cpu.bytes + isa->regs[i].offset,
                   entry.bytes + isa->regs[i].offset, isa->regs[i].size);
}

/* The registers with which the handler begins. */
static void enter(struct frame *f)
{
    const struct isa *isa = f->process->isa;
    const uint32_t flags =
        get(f, isa->flags) & ~(f->layout->flags_cleared | isa->thumb_flag);
    const uint32_t mode = isa->thumb_flag == 0 ? 0 : is_thumb(f) ? 1 : 3;

    for (unsigned i = 0; i < f->form->entry_count; i++)
        set(f, f->form->entry[i].reg, value_of(f, &f->form->entry[i]));
    set(f, isa->flags, flags | (is_thumb(f) ? isa->thumb_flag : 0));
    set(f, isa->pc, f->action.handler & ~mode);
    set(f, isa->sp, f->va);
    if (f->layout->float_fresh)
        freshen(f);
}

/* Bytes from the frame's lowest to its last. */
static uint32_t span_of(const struct frame *f)
{
    return f->form->floats == FRAME_NONE
               ? f->floats + f->layout->float_size - f->va
               : f->form->size;
}

static void begin(struct frame *f, struct os *os, struct process *process,
                  bool info)
{
    f->os = os;
    f->process = process;
    f->layout = frame_layouts[process->isa->abi];
    f->form = &f->layout->forms[info];
    pcb_restore(os->phys, process->pcb, process->isa, &f->cpu);
}

bool os_frame_push(struct os *os, struct process *process, uint32_t number,
                   const struct pcb_action *action, uint64_t mask)
{
    struct frame f = {.number = number, .action = *action, .mask = mask};

    begin(&f, os, process, action->flags & ABI_SA_SIGINFO);
    if (!place(&f) || !os_user_ready(os, process, f.va, span_of(&f), MMU_WRITE))
        return false;
    fill(&f);
    if (os_copy_to_user(os, process, f.va, f.bytes, span_of(&f)))
        return false;
    enter(&f);
    pcb_save(os->phys, process->pcb, process->isa, &f.cpu);
    return true;
}

/* ---- popping ---- */

/* A selector as it was stored, or the null one. */
static uint32_t selector(uint32_t stored, uint32_t user)
{
    return ((stored & 0xffff) | 3) == user ? user : 0;
}

/* One word comes back. False: it cannot. */
static bool take(struct frame *f, const struct frame_field *field)
{
    const uint32_t word = frame_get(f->bytes + field->offset);

    switch ((enum frame_kind)field->kind) {
    case FRAME_REG:
        set(f, field->reg,
            (get(f, field->reg) & ~field->value) | (word & field->value));
        return true;
    case FRAME_SELECTOR:
        set(f, field->reg, selector(word, field->value));
        return true;
    case FRAME_FIXED:
        return selector(word, field->value) == field->value;
    case FRAME_MASK:
        f->mask = (f->mask & ~(uint64_t)UINT32_MAX) | word;
        return true;
    case FRAME_MASK_HIGH:
        f->mask = (f->mask & UINT32_MAX) | (uint64_t)word << 32;
        return true;
    case FRAME_FLOATS:
        f->floats = word;
        return true;
    case FRAME_VALUE:
    case FRAME_NUMBER:
    case FRAME_TRAP_NUMBER:
    case FRAME_TRAP_ERROR:
    case FRAME_TRAP_ADDRESS:
    case FRAME_POINTER:
    case FRAME_RETURN:
    case FRAME_ALT_BASE:
    case FRAME_ALT_FLAGS:
    case FRAME_ALT_SIZE:
        break;
    }
    return true;
}

/* Of the mode that the flags say. */
static void settle(struct frame *f)
{
    const struct isa *isa = f->process->isa;
    const uint32_t flags = get(f, isa->flags);

    if (isa->thumb_flag == 0)
        return;
    if (flags & isa->thumb_flag) {
        set(f, isa->pc, get(f, isa->pc) & ~1u);
        return;
    }
    set(f, isa->pc, get(f, isa->pc) & ~3u);
    set(f, isa->flags, flags & ~THUMB_IT);
}

static bool copy_in(struct frame *f, vaddr_t va, uint8_t *to, uint32_t size)
{
    return os_user_ready(f->os, f->process, va, size, MMU_READ) &&
           os_copy_from_user(f->os, f->process, to, va, size) == 0;
}

/* i386: a frame may have none, then they are a program's at its start. */
static bool take_floats(struct frame *f)
{
    uint8_t bytes[FRAME_FLOAT];

    if (f->form->floats != FRAME_NONE)
        return f->layout->load_floats(&f->cpu, f->bytes + f->form->floats);
    if (f->floats == 0) {
        freshen(f);
        return true;
    }
    return copy_in(f, f->floats, bytes, f->layout->float_size) &&
           f->layout->load_floats(&f->cpu, bytes);
}

/* A new alternate stack, if the frame has one that can be. */
static void take_alt(struct frame *f)
{
    uint32_t base = 0, flags = 0, size = 0;
    bool any = false;

    for (unsigned i = 0; i < f->form->field_count; i++) {
        const struct frame_field *field = &f->form->fields[i];
        const uint32_t word = frame_get(f->bytes + field->offset);

        if (field->kind == FRAME_ALT_BASE)
            base = word;
        else if (field->kind == FRAME_ALT_FLAGS)
            flags = word;
        else if (field->kind == FRAME_ALT_SIZE) {
            size = word;
            any = true;
        }
    }
    if (any)
        (void)os_signal_set_alt(f->os, f->process, base, flags, size);
}

bool os_frame_pop(struct os *os, struct process *process, bool info,
                  uint64_t *mask)
{
    struct frame f = {0};

    begin(&f, os, process, info);
    f.va = get(&f, process->isa->sp) - f.form->return_sp;
    if (f.layout->sp_bias == 0 && f.va % f.layout->sp_align != 0)
        return false;
    if (!copy_in(&f, f.va, f.bytes, f.form->size))
        return false;
    for (unsigned i = 0; i < f.form->field_count; i++)
        if (!take(&f, &f.form->fields[i]))
            return false;
    if (!take_floats(&f))
        return false;
    settle(&f);
    pcb_save(os->phys, process->pcb, process->isa, &f.cpu);
    take_alt(&f);
    *mask = f.mask;
    return true;
}
