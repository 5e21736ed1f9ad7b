/*
 * os/space_implicit.c - an address space whose segments follow from use.
 *
 *      code     0 [ what the file has as executable ]
 *      data     0 [ all else that it has | heap -> ]
 *      stack                                     [ <- stack ] 2^va_bits
 *
 * Decisions of the model:
 * - All three have addresses from 0 on. What the file calls executable is code,
 *   constants too if its linker put them there; everything else is data.
 * - Each segment has the size that its bytes need, to the byte.
 * - Writable bytes in a segment that is not writable are refused.
 */
#include <errno.h>
#include <inttypes.h>

#include "os/abi.h"
#include "os/internal.h"

#define VA_BITS     32u
#define VA_BITS_MIN 12u /* 4 KiB of addresses */

static const unsigned default_prot[OS_ROLES] = {
    [OS_CODE] = MMU_READ | MMU_EXEC,
    [OS_DATA] = MMU_READ | MMU_WRITE,
};

static unsigned prot_of(const struct os_program *program, enum os_role role)
{
    return program->prot[role] ? program->prot[role] : default_prot[role];
}

static int check_division(const struct os_program *program, unsigned va_bits,
                          struct os_error *why)
{
    if (program->seg_bits)
        os_error_set(why,
                     "selector bits %u: under implicit an address selects no "
                     "segment, its use does",
                     program->seg_bits);
    else if (va_bits < VA_BITS_MIN || va_bits > 32)
        os_error_set(why,
                     "an address space of 2^%u bytes: a program needs 2^%u to "
                     "2^32",
                     va_bits, VA_BITS_MIN);
    else
        return 0;
    return -ENOEXEC;
}

static int check_placed(const struct elf_segment *s,
                        const struct os_program *program, unsigned va_bits,
                        struct os_error *why)
{
    const uint64_t end = (uint64_t)s->va + s->memsz;
    const enum os_role role = elf_is_code(s) ? OS_CODE : OS_DATA;

    if (end > UINT64_C(1) << va_bits)
        os_error_set(why,
                     "program header %u: its bytes from %#x to %#" PRIx64
                     " do not fit in 2^%u bytes of addresses",
                     s->header, s->va, end - 1, va_bits);
    else if (s->flags & 2u && !(prot_of(program, role) & MMU_WRITE))
        os_error_set(why,
                     "program header %u at %#x is writable, but its segment "
                     "is not: it was not linked by guest-cc --space implicit, "
                     "or the rights asked for leave that one out",
                     s->header, s->va);
    else
        return 0;
    return -ENOEXEC;
}

/* The sizes of code and data. */
static int measure(const struct elf_image *image,
                   const struct os_program *program, unsigned va_bits,
                   uint32_t size[2], struct os_error *why)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];
        const enum os_role role = elf_is_code(s) ? OS_CODE : OS_DATA;

        if (check_placed(s, program, va_bits, why))
            return -ENOEXEC;
        if (s->va + s->memsz > size[role])
            size[role] = s->va + s->memsz;
    }
    return 0;
}

static struct os_area area_of(const struct os_program *program,
                              enum implicit_segment segment, enum os_role role,
                              uint32_t size)
{
    return (struct os_area){.segment = segment,
                            .role = role,
                            .size = size,
                            .prot = prot_of(program, role)};
}

static int plan_implicit(const struct elf_image *image,
                         const struct os_program *program, struct os_plan *plan,
                         struct os_error *why)
{
    struct os_plan p = {.va_bits =
                            program->va_bits ? program->va_bits : VA_BITS};
    const struct segment_layout layout = {(uint8_t)p.va_bits, 0};
    uint32_t size[2] = {0};

    if (check_division(program, p.va_bits, why) ||
        measure(image, program, p.va_bits, size, why))
        return -ENOEXEC;
    p.break_min = size[OS_DATA];
    p.areas[p.count++] =
        area_of(program, IMPLICIT_CODE, OS_CODE, size[OS_CODE]);
    p.areas[p.count++] =
        area_of(program, IMPLICIT_DATA, OS_DATA, size[OS_DATA]);
    if (os_plan_stack(program, &layout, &p, why))
        return -ENOEXEC;
    *plan = p;
    return 0;
}

static void registers_implicit(const struct os *os,
                               const struct process *process, union os_mmu *out)
{
    const struct segment_layout layout = os_layout(os, process);

    if (implicit_init(&out->implicit, layout.va_bits)) {
        base_bounds_init(&out->bb);
        return;
    }
    for (unsigned i = 0; i < IMPLICIT_REGISTERS; i++) {
        const struct segment segment = os_get_segment(os, process, i);

        (void)implicit_set(&out->implicit, i, &segment, os->phys->size);
    }
}

static unsigned heap_implicit(const struct os *os,
                              const struct process *process)
{
    (void)os, (void)process;
    return IMPLICIT_DATA;
}

const struct os_scheme os_scheme_implicit = {
    .name = "implicit",
    .by_use = true,
    .shares = true,
    .plan = plan_implicit,
    .registers = registers_implicit,
    .heap = heap_implicit,
};
