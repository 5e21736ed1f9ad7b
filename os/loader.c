/*
 * os/loader.c - from an ELF file to a process: os_spawn(), os_exec().
 *
 * The stack of a new process (all of its memory is cleared first; os/space.c
 * has the address space around it):
 *
 *                       sp                             its end
 *              <- stack | vector | random | strings     |
 *
 *      vector   argc, argv.., NULL, NULL, auxv; padded to 16 bytes
 *      random   16 bytes, 16-byte aligned: the same for every program
 *      strings  argv[0]..argv[argc-1], each with its 0; the last byte of the
 *               stack is the last 0
 *
 * Decisions of the model:
 * - Everything is checked before a byte of memory changes.
 * - Another program in a process gets memory beside the old program's, or when
 *   there is no room for both, in its place. Others have gone to the disk
 *   before, so that a process that may wait does not give up what it has.
 * - The stack may end anywhere: what is aligned is the stack pointer.
 * - Where a large stack ends with the 32-bit space, its last page is left to
 * the strings. Behind it, modulo 2^32, is address 0, so that an engine has to
 * look at each access there.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "os/signal.h"

#define STACK_ALIGN 16u
#define PAGE_SIZE   4096u /* for AT_PAGESZ; there are no pages */
#define LARGE_STACK (8u * PAGE_SIZE)
#define USER_ID     1000u
#define CLOCK_TICKS 100u
#define AUXV_ITEMS  14u

static const uint8_t random_bytes[16] = {0xa7, 0x3e, 0x59, 0xc4, 0x10, 0xf8,
                                         0x6d, 0x92, 0x2b, 0xe1, 0x74, 0x0f,
                                         0xd3, 0x48, 0xbc, 0x85};

struct aux_item {
    uint32_t type, value;
};

/* Where the parts of the stack lie in the address space. */
struct stack {
    vaddr_t sp, random, strings;
};

static uint64_t align_up(uint64_t n)
{
    return (n + STACK_ALIGN - 1) & ~(uint64_t)(STACK_ALIGN - 1);
}

static uint64_t strings_size(const struct os_program *program)
{
    uint64_t size = 0;

    for (int i = 0; i < program->argc; i++)
        size += strlen(program->argv[i]) + 1;
    return size;
}

/* From the stack pointer up to the strings, when those are aligned. */
static uint64_t vector_size(const struct os_program *program)
{
    const uint64_t words = 1 + (uint64_t)program->argc + 2 + 2 * AUXV_ITEMS;

    return align_up(4 * words) + sizeof(random_bytes);
}

/* The stack pointer is aligned, however the stack ends. */
uint64_t os_arguments_size(const struct os_program *program)
{
    return vector_size(program) + strings_size(program);
}

/*
 * @end is behind the last byte of the stack; it may be 2^32. Where the last
 * page is left alone there is room: strings of less than a page have few
 * pointers.
 */
static struct stack lay_out(const struct os_program *program, uint64_t end,
                            uint32_t stack_size)
{
    const vaddr_t strings = (vaddr_t)(end - strings_size(program));
    const vaddr_t last = (vaddr_t)(end - PAGE_SIZE);
    const bool apart = end >> 32 && stack_size >= LARGE_STACK && strings > last;
    const vaddr_t top = apart ? last : strings & ~(STACK_ALIGN - 1);

    return (struct stack){
        .strings = strings,
        .random = top - (uint32_t)sizeof(random_bytes),
        .sp = top - (uint32_t)vector_size(program),
    };
}

/* ---- memory ---- */

/* Say why [base, base + bounds) was not given. */
static void explain_at(const struct os *os, const struct os_program *program,
                       int err, struct os_error *why)
{
    if (err == -ENOMEM)
        os_error_set(why, "out of host memory");
    else if (err == -EBUSY)
        os_error_set(why,
                     "base %#x: another image lies in these %" PRIu32 " bytes",
                     program->base, program->bounds);
    else if (err == -ENOTSUP)
        os_error_set(why,
                     "base %#x: placement policy %s can put no %" PRIu32
                     " bytes there",
                     program->base, alloc_policy_name(os->place.alloc.policy),
                     program->bounds);
    else if (program->base < OS_END)
        os_error_set(why,
                     "base %#x: memory below %#x is the operating system's",
                     program->base, OS_END);
    else
        os_error_set(why,
                     "base %#x + bounds %" PRIu32 " runs past the end of "
                     "physical memory (%" PRIu32 " bytes)",
                     program->base, program->bounds, os->phys->size);
}

static void explain_any(const struct os *os, const struct os_area *area,
                        int err, struct os_error *why)
{
    uint32_t bytes, largest;

    if (err != -ENOSPC) {
        os_error_set(why, "out of host memory");
        return;
    }
    place_holes(&os->place, &bytes, &largest);
    const char *fits = largest < area->size ? "is that large" : "will do";
    if (os->swap.on)
        os_error_set(why,
                     "bounds %" PRIu32 ": no hole %s; the largest has %" PRIu32
                     " bytes, and %" PRIu32 " are free on the swap disk",
                     area->size, fits, largest,
                     os->swap.place.alloc.free_bytes);
    else
        os_error_set(why,
                     "bounds %" PRIu32 ": no hole %s; the largest has %" PRIu32
                     " bytes",
                     area->size, fits, largest);
}

static int reserve_area(struct os *os, const struct os_program *program,
                        const struct os_plan *plan, const struct os_area *area,
                        struct os_block *block, struct os_error *why)
{
    const bool any = plan->count > 1 || program->base == OS_BASE_ANY;
    const int err = any ? os_reserve(os, area->size, block)
                        : os_reserve_at(os, program->base, area->size, block);

    if (err && any)
        explain_any(os, area, err, why);
    else if (err)
        explain_at(os, program, err, why);
    return err;
}

static int reserve(struct os *os, struct process *process,
                   const struct elf_image *image,
                   const struct os_program *program, const struct os_plan *plan,
                   struct os_error *why)
{
    const struct os_origin from = {program->file, image};

    for (unsigned i = 0; i < plan->count; i++) {
        const struct os_area *area = &plan->areas[i];

        if (area->size > 0 && !os_share_program(os, process, &from, area) &&
            reserve_area(os, program, plan, area,
                         os_block_of(process, area->segment), why)) {
            os_forget(os, process);
            return -ENOMEM;
        }
    }
    return 0;
}

/* ---- the image ---- */

/* An address space under construction: it has its memory. */
struct site {
    struct os *os;
    struct phys *phys;
    struct process *process;
    const struct os_plan *plan;
};

static paddr_t pa_in(const struct site *site, const struct os_area *area,
                     vaddr_t va)
{
    return os_block_of(site->process, area->segment)->base + (va - area->va);
}

/* The stack is the last area, or shares the only one. */
static paddr_t pa_of_stack(const struct site *site, vaddr_t va)
{
    return pa_in(site, &site->plan->areas[site->plan->count - 1], va);
}

/* Precondition: the bytes of @s are in the plan. */
static const struct os_area *area_of(const struct site *site,
                                     const struct elf_segment *s)
{
    const bool by_use = site->process->scheme->by_use;
    const enum os_role role = elf_is_code(s) ? OS_CODE : OS_DATA;
    const struct os_area *area = site->plan->areas;

    while (s->va - area->va >= area->size || (by_use && area->role != role))
        area++;
    return area;
}

/* New memory is nobody else's; what is shared has its bytes. */
static bool is_new(const struct site *site, const struct os_area *area)
{
    return os_users(site->os, os_block_of(site->process, area->segment)) == 1;
}

static void clear_segments(const struct site *site)
{
    for (unsigned i = 0; i < site->plan->count; i++) {
        const struct os_area *area = &site->plan->areas[i];
        const struct os_block *block =
            os_block_of(site->process, area->segment);

        if (is_new(site, area))
            os_work_clear(site->os, block->base, block->size);
    }
}

static void copy_segments(const struct site *site,
                          const struct elf_image *image, const uint8_t *file)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];
        const struct os_area *area = area_of(site, s);

        if (s->filesz > 0 && !site->process->many && is_new(site, area))
            os_work_store(site->os, pa_in(site, area, s->va), file + s->offset,
                          s->filesz);
    }
}

static void push32(struct os *os, paddr_t *at, uint32_t value)
{
    os_work_store32(os, *at, value);
    *at += 4;
}

/* argv's strings go up from @string, their addresses to *@at. */
static void write_argv(const struct site *site, paddr_t *at,
                       const struct os_program *program, vaddr_t string)
{
    push32(site->os, at, (uint32_t)program->argc);
    for (int i = 0; i < program->argc; i++) {
        const uint32_t size = (uint32_t)strlen(program->argv[i]) + 1;

        push32(site->os, at, string);
        os_work_store(site->os, pa_of_stack(site, string), program->argv[i],
                      size);
        string += size;
    }
    push32(site->os, at, 0);
}

static void write_stack(const struct site *site, const struct elf_image *image,
                        const struct os_program *program,
                        const struct stack *stack)
{
    const struct aux_item auxv[AUXV_ITEMS] = {
        {ABI_AT_PHDR, image->phdr_va},
        {ABI_AT_PHENT, image->phent},
        {ABI_AT_PHNUM, image->phnum},
        {ABI_AT_PAGESZ, PAGE_SIZE},
        {ABI_AT_ENTRY, image->entry},
        {ABI_AT_UID, USER_ID},
        {ABI_AT_EUID, USER_ID},
        {ABI_AT_GID, USER_ID},
        {ABI_AT_EGID, USER_ID},
        {ABI_AT_SECURE, 0},
        {ABI_AT_CLKTCK, CLOCK_TICKS},
        {ABI_AT_RANDOM, stack->random},
        {ABI_AT_HWCAP, image->isa->hwcap},
        {ABI_AT_NULL, 0},
    };
    paddr_t at = pa_of_stack(site, stack->sp);

    write_argv(site, &at, program, stack->strings);
    push32(site->os, &at, 0); /* the environment is empty */
    for (unsigned i = 0; i < AUXV_ITEMS; i++) {
        push32(site->os, &at, auxv[i].type);
        push32(site->os, &at, auxv[i].value);
    }
    os_work_store(site->os, pa_of_stack(site, stack->random), random_bytes,
                  sizeof(random_bytes));
}

static void write_segments(const struct site *site)
{
    for (unsigned i = 0; i < site->plan->count; i++) {
        const struct os_area *area = &site->plan->areas[i];
        const struct os_block *block =
            os_block_of(site->process, area->segment);
        const struct segment segment = {
            .base = area->absent
                        ? 0
                        : block->base + (area->grows_down ? area->size : 0),
            .bounds = area->size,
            .prot = (enum mmu_prot)area->prot,
            .grows_down = area->grows_down,
            .absent = area->absent,
        };

        os_set_segment(site->os, site->process, area->segment, &segment);
    }
}

static void write_pcb(const struct site *site, const struct elf_image *image,
                      vaddr_t sp)
{
    const struct process *process = site->process;
    const struct {
        enum pcb_field field;
        uint32_t value;
    } fields[] = {
        {PCB_FIELD_MAGIC, PCB_MAGIC},
        {PCB_FIELD_PID, process->pid},
        {PCB_FIELD_STATE, PCB_READY},
        {PCB_FIELD_ISA, image->isa->elf_machine},
        {PCB_FIELD_SPACE, os_space_code(site->plan)},
        {PCB_FIELD_BREAK, site->plan->break_min},
        {PCB_FIELD_BREAK_MIN, site->plan->break_min},
        {PCB_FIELD_STACK_MAX, site->plan->stack_max},
    };
    struct cpu_state cpu;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pcb_set(site->phys, process->pcb, fields[i].field, fields[i].value);
    write_segments(site);
    isa_entry_state(image->isa, &cpu, image->entry, sp);
    pcb_save(site->phys, process->pcb, image->isa, &cpu);
}

/* Cannot fail: all has been checked and reserved. */
static void start(struct os *os, struct process *process,
                  const struct elf_image *image,
                  const struct os_program *program, const struct os_plan *plan)
{
    const uint32_t stack_size = plan->areas[plan->count - 1].size;
    const struct stack stack = lay_out(program, plan->stack_end, stack_size);
    const struct site site = {os, os->phys, process, plan};

    process->isa = image->isa;
    clear_segments(&site);
    copy_segments(&site, image, program->file);
    write_stack(&site, image, program, &stack);
    write_pcb(&site, image, stack.sp);
    os_load_registers(os, process);
}

static int parse(const struct os_program *program,
                 const struct os_scheme *scheme, struct elf_image *image,
                 struct os_error *why)
{
    return scheme->by_use
               ? elf_parse_by_use(program->file, program->file_size, image, why)
               : elf_parse(program->file, program->file_size, image, why);
}

/* Both steps that can fail; after a failure @process has no memory. */
static int get_memory(struct os *os, struct process *process,
                      const struct elf_image *image,
                      const struct os_program *program,
                      const struct os_plan *plan, struct os_error *why)
{
    const struct os_scheme *scheme = process->scheme;

    if (scheme->begin && scheme->begin(os, process, image, program, plan)) {
        os_error_set(why, "no memory for its segment table");
        return -ENOMEM;
    }
    return reserve(os, process, image, program, plan, why);
}

static int make_plan(const struct os_program *program,
                     const struct os_scheme **scheme, struct elf_image *image,
                     struct os_plan *plan, struct os_error *why)
{
    *scheme = program->scheme ? program->scheme : &os_scheme_base_bounds;
    if (parse(program, *scheme, image, why) ||
        (*scheme)->plan(image, program, plan, why))
        return -ENOEXEC;
    return 0;
}

static int take_slot(struct os *os, struct process **out, struct os_error *why)
{
    const int err = os_slot_take(os, out);

    if (err == -EAGAIN)
        os_error_set(why, "all %u process control blocks are taken",
                     OS_PROCESSES);
    else if (err)
        os_error_set(why, "no memory for its process control block");
    return err;
}

int os_spawn(struct os *os, const struct os_program *program,
             struct process **out, struct os_error *why)
{
    const struct os_scheme *scheme;
    struct process *process = NULL;
    struct elf_image image;
    struct os_plan plan;

    assert(program->argc >= 0);
    if (make_plan(program, &scheme, &image, &plan, why))
        return -ENOEXEC;

    int err = take_slot(os, &process, why);
    if (err)
        return err;
    process->scheme = scheme;
    err = get_memory(os, process, &image, program, &plan, why);
    if (err) {
        os_slot_drop(os, process);
        return err;
    }
    process->pid = ++os->last_pid;
    os->living++;
    process->program = program->program;
    process->counts = true;
    schedule_begin(&os->schedule, os_slot(os, process), program->tickets);
    start(os, process, &image, program, &plan);
    os_files_begin(os, process);
    *out = process;
    return 0;
}

/* ---- another program in the same process ---- */

/* What @old would give back: not what others use, too. */
static uint64_t own_bytes(const struct os *os, const struct process *old)
{
    struct process copy = *old;
    const unsigned count = old->many ? SEGMENT_TABLE_MAX : PCB_SEGMENTS;
    uint64_t bytes = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct os_block *block = os_block_of(&copy, i);

        bytes += os_users(os, block) == 1 ? block->size : 0;
    }
    return bytes;
}

/* Bytes that must be free for @plan to fit where the memory of @old was. */
static uint64_t bytes_beside(const struct os *os, const struct process *old,
                             const struct os_plan *plan)
{
    const uint64_t own = own_bytes(os, old);
    uint64_t needed = 0;

    for (unsigned i = 0; i < plan->count; i++)
        needed += plan->areas[i].size;
    return needed > own ? needed - own : 0;
}

/* Whether they are, also when others have gone. False: or it is to wait. */
static bool make_place(struct os *os, const struct process *old,
                       const struct os_plan *plan)
{
    const uint64_t size = bytes_beside(os, old, plan);

    while (os->place.alloc.free_bytes < size)
        if (size > os->phys->size || !os_make_free(os, (uint32_t)size))
            return false;
    return true;
}

/*
 * New memory for @process, whose old memory is @old's. Afterwards one of them
 * has none: @process after -ENOMEM, else @old.
 */
static int exchange_memory(struct os *os, struct process *process,
                           struct process *old, const struct elf_image *image,
                           const struct os_program *program,
                           const struct os_plan *plan, struct os_error *why)
{
    int err;

    os->still = true; /* @old is nobody whom compaction knows */
    err = get_memory(os, process, image, program, plan, why);
    os->still = false;
    if (err && (os->wanted || !make_place(os, old, plan)))
        return err;
    os->waiter = NULL; /* there is no way back */
    os_forget(os, old);
    if (!err)
        return 0;
    err = get_memory(os, process, image, program, plan, why);
    return err ? -ESRCH : 0;
}

static int exec_in_memory(struct os *os, struct process *process,
                          const struct os_program *program,
                          struct os_error *why)
{
    const struct os_scheme *scheme;
    struct process old = *process;
    uint8_t pcb[PCB_SIZE];
    struct elf_image image;
    struct os_plan plan;

    assert(program->argc >= 0);
    if (make_plan(program, &scheme, &image, &plan, why))
        return -ENOEXEC;
    phys_read(os->phys, process->pcb, pcb, sizeof(pcb));
    pcb_clear_segments(os->phys, process->pcb);
    memset(process->blocks, 0, sizeof(process->blocks));
    process->many = NULL;
    process->scheme = scheme;

    const int err =
        exchange_memory(os, process, &old, &image, program, &plan, why);
    if (err == -ESRCH) {
        os_exit_signal(os, process, ABI_SIGKILL);
        return err;
    }
    if (err) {
        *process = old;
        phys_write(os->phys, process->pcb, pcb, sizeof(pcb));
        return err;
    }
    process->program = program->program;
    process->regs.mmu.generation++;
    start(os, process, &image, program, &plan);
    pcb_set(os->phys, process->pcb, PCB_FIELD_STATE, PCB_RUNNING);
    os_files_exec(os, process);
    os_signal_exec(os, process);
    return 0;
}

int os_exec(struct os *os, struct process *process,
            const struct os_program *program, struct os_error *why)
{
    const struct process *held = os->held;
    int err;

    if (os_swap_in(os, process)) {
        os_error_set(why, "no room to bring the process in");
        return -ENOMEM;
    }
    os->held = process;
    err = exec_in_memory(os, process, program, why);
    os->held = held;
    return err;
}
