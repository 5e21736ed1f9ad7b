/*
 * os/loader.c - from an ELF file to a process: os_spawn().
 *
 * The address space of a new process (all of it cleared first):
 *
 *      0                                       sp                    bounds
 *      | segments | heap ->    gap    <- stack | vector | random | strings |
 *                 end = break     ABI_STACK_GAP
 *
 *      vector   argc, argv.., NULL, NULL, auxv; padded to 16 bytes
 *      random   16 bytes, 16-byte aligned: the same for every program
 *      strings  argv[0]..argv[argc-1], each with its 0; the last byte of the
 *               address space is the last 0
 *
 * Decisions of the model:
 * - Everything is checked before a byte of memory changes.
 * - bounds may be any number: what is aligned is the stack pointer.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "os/abi.h"
#include "os/elf.h"
#include "os/internal.h"

#define STACK_ALIGN 16u
#define PAGE_SIZE   4096u /* for AT_PAGESZ; there are no pages */
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

/* The smallest bounds in which the program can start. */
static uint64_t bounds_needed(const struct elf_image *image,
                              const struct os_program *program)
{
    return align_up((uint64_t)image->end + ABI_STACK_GAP) +
           vector_size(program) + strings_size(program);
}

/* Precondition: bounds are at least bounds_needed(). */
static struct stack lay_out(const struct os_program *program)
{
    const vaddr_t strings = program->bounds - (uint32_t)strings_size(program);
    const vaddr_t top = strings & ~(STACK_ALIGN - 1);

    return (struct stack){
        .strings = strings,
        .random = top - (uint32_t)sizeof(random_bytes),
        .sp = top - (uint32_t)vector_size(program),
    };
}

static int check_bounds(const struct elf_image *image,
                        const struct os_program *program, struct os_error *why)
{
    const uint64_t needed = bounds_needed(image, program);

    if (program->bounds >= needed)
        return 0;
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

static int reserve(struct os *os, const struct os_program *program,
                   paddr_t *base, struct os_error *why)
{
    if (program->base != OS_BASE_ANY) {
        const int err =
            place_alloc_at(&os->place, program->base, program->bounds);

        if (err) {
            explain_at(os, program, err, why);
            return -ENOMEM;
        }
        *base = program->base;
        return 0;
    }

    const int err = place_alloc(&os->place, program->bounds, base);
    if (err == -ENOSPC) {
        uint32_t bytes, largest;

        place_holes(&os->place, &bytes, &largest);
        os_error_set(why,
                     "bounds %" PRIu32 ": no hole %s; the largest "
                     "has %" PRIu32 " bytes",
                     program->bounds,
                     largest < program->bounds ? "is that large" : "will do",
                     largest);
    } else if (err) {
        os_error_set(why, "out of host memory");
    }
    return err ? -ENOMEM : 0;
}

static void copy_segments(struct phys *phys, paddr_t base,
                          const struct elf_image *image, const uint8_t *file)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];

        if (s->filesz > 0)
            phys_write(phys, base + s->va, file + s->offset, s->filesz);
    }
}

static void push32(struct phys *phys, paddr_t *at, uint32_t value)
{
    phys_write32(phys, *at, value);
    *at += 4;
}

/* argv's strings go up from stack->strings, their addresses to *@at. */
static void write_argv(struct phys *phys, paddr_t base, paddr_t *at,
                       const struct os_program *program, vaddr_t string)
{
    push32(phys, at, (uint32_t)program->argc);
    for (int i = 0; i < program->argc; i++) {
        const uint32_t size = (uint32_t)strlen(program->argv[i]) + 1;

        push32(phys, at, string);
        phys_write(phys, base + string, program->argv[i], size);
        string += size;
    }
    push32(phys, at, 0);
}

static void write_stack(struct phys *phys, paddr_t base,
                        const struct elf_image *image,
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
    paddr_t at = base + stack->sp;

    write_argv(phys, base, &at, program, stack->strings);
    push32(phys, &at, 0); /* the environment is empty */
    for (unsigned i = 0; i < AUXV_ITEMS; i++) {
        push32(phys, &at, auxv[i].type);
        push32(phys, &at, auxv[i].value);
    }
    phys_write(phys, base + stack->random, random_bytes, sizeof(random_bytes));
}

static void write_pcb(struct phys *phys, const struct process *process,
                      const struct elf_image *image, vaddr_t sp)
{
    const struct {
        enum pcb_field field;
        uint32_t value;
    } fields[] = {
        {PCB_FIELD_MAGIC, PCB_MAGIC},
        {PCB_FIELD_PID, process->pid},
        {PCB_FIELD_STATE, PCB_READY},
        {PCB_FIELD_ISA, image->isa->elf_machine},
        {PCB_FIELD_BASE, process->bb.base},
        {PCB_FIELD_BOUNDS, process->bb.bounds},
        {PCB_FIELD_BREAK, image->end},
        {PCB_FIELD_BREAK_MIN, image->end},
    };
    struct cpu_state cpu;

    phys_fill(phys, process->pcb, 0, PCB_SIZE);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pcb_set(phys, process->pcb, fields[i].field, fields[i].value);
    isa_entry_state(image->isa, &cpu, image->entry, sp);
    pcb_save(phys, process->pcb, image->isa, &cpu);
}

/* Cannot fail: all has been checked and reserved. */
static void start(struct os *os, struct process *process,
                  const struct elf_image *image,
                  const struct os_program *program, paddr_t base)
{
    const struct stack stack = lay_out(program);
    const int err =
        base_bounds_set(&process->bb, base, program->bounds, os->phys->size);

    assert(!err);
    process->pid = ++os->last_pid;
    process->isa = image->isa;
    process->image = base;
    process->image_size = program->bounds;
    phys_fill(os->phys, base, 0, program->bounds);
    copy_segments(os->phys, base, image, program->file);
    write_stack(os->phys, base, image, program, &stack);
    write_pcb(os->phys, process, image, stack.sp);
}

int os_spawn(struct os *os, const struct os_program *program,
             struct process **out, struct os_error *why)
{
    struct elf_image image;
    paddr_t base;

    assert(program->argc >= 0);
    if (elf_parse(program->file, program->file_size, &image, why) ||
        check_bounds(&image, program, why))
        return -ENOEXEC;

    struct process *process = os_slot_find(os);
    if (!process) {
        os_error_set(why, "all %u process control blocks are taken",
                     OS_PROCESSES);
        return -EAGAIN;
    }
    if (reserve(os, program, &base, why))
        return -ENOMEM;
    start(os, process, &image, program, base);
    *out = process;
    return 0;
}
