/*
 * os/elf.h - what an executable file asks of memory.
 *
 * A pure reader of an ELF32 file's bytes: it checks every field it uses and
 * touches nothing. What it accepts is Linux's static executable for i386 or
 * ARM: e_type EXEC, little-endian, one or more LOAD segments. Anything that
 * would need more than copying LOADs is refused by name:
 *
 *      ELF64, big-endian, another machine       no such CPU here
 *      shared object, PIE, static-pie           would need relocating
 *      PT_INTERP, PT_DYNAMIC                    would need a dynamic linker
 *      PT_TLS                                   would need a thread pointer,
 *                                               which no system call sets yet
 *
 * All other program headers (notes, RELRO, unwind tables) are passed over, as
 * Linux does. No field needs any alignment: there are no pages.
 *
 * Source: System V ABI, "Object Files"; Linux's include/uapi/linux/elf.h.
 * Layer: os/.
 */
#ifndef OS_ELF_H
#define OS_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/error.h"
#include "os/isa.h"

/* LOADs in one file: a full table has 4096 segments, and one is the stack. */
#define ELF_SEGMENTS_MAX 4095u

/* One LOAD: @filesz bytes of the file, then zeros up to @memsz. */
struct elf_segment {
    uint32_t header; /* index of its program header */
    uint32_t offset; /* in the file */
    uint32_t filesz; /* <= memsz; the file holds them all */
    uint32_t va;
    uint32_t memsz; /* > 0; va + memsz does not wrap */
    uint32_t flags; /* PF_X 1, PF_W 2, PF_R 4 */
};

struct elf_image {
    const struct isa *isa;
    bool by_use;      /* read by elf_parse_by_use() */
    uint32_t entry;   /* lies in bytes that come from the file; bit 0 is
                         Thumb on ARM */
    uint32_t phdr_va; /* where the program headers are loaded, or 0 */
    uint32_t phent, phnum;
    uint32_t end; /* behind the highest byte of all segments */
    unsigned count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* as in the file; none
                                                      overlaps another */
};

/*
 * Read @size bytes at @file, which need no alignment.
 *
 * Returns 0 and fills *@image, or leaves it alone, names the field and the
 * reason in *@why, and returns -ENOEXEC.
 */
int elf_parse(const void *file, size_t size, struct elf_image *image,
              struct os_error *why);

/*
 * The same for a machine where code and data each have addresses of their own
 * (mmu/implicit.h): what is executable may have the addresses of what is not,
 * and the entry point is in code.
 */
int elf_parse_by_use(const void *file, size_t size, struct elf_image *image,
                     struct os_error *why);

static inline bool elf_is_code(const struct elf_segment *segment)
{
    return segment->flags & 1u;
}

#endif /* OS_ELF_H */
