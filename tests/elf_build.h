/*
 * tests/elf_build.h - a small, good ELF32 executable to start from, and its
 * fields by offset so that tests can spoil them one at a time.
 *
 *      file     0  ELF header
 *              52  program headers: LOAD (code), LOAD (data), GNU_STACK
 *             148  16 bytes of code; the entry point
 *             164  8 bytes of data: "datadata"
 *             172  end
 *
 *      memory   0  LOAD r-x: file bytes [0, 164)
 *           0x200  LOAD rw-: the data, then zeros up to 0x230, the end
 */
#ifndef TESTS_ELF_BUILD_H
#define TESTS_ELF_BUILD_H

#include <stddef.h>
#include <stdint.h>

#define ELF_X86 3u
#define ELF_ARM 40u

#define ELF_BUILD_MAX   4096u
#define ELF_BUILD_SIZE  172u
#define ELF_BUILD_ENTRY 148u
#define ELF_BUILD_DATA  0x200u
#define ELF_BUILD_END   0x230u

struct elf_build {
    uint8_t bytes[ELF_BUILD_MAX]; /* 0xee behind the end of the file */
    size_t size;
};

/* Offsets of the ELF header's fields, and of a program header's. */
enum {
    EH_CLASS = 4,
    EH_DATA = 5,
    EH_IDENT_VERSION = 6,
    EH_TYPE = 16,
    EH_MACHINE = 18,
    EH_VERSION = 20,
    EH_ENTRY = 24,
    EH_PHOFF = 28,
    EH_FLAGS = 36,
    EH_PHENTSIZE = 42,
    EH_PHNUM = 44,
};
enum {
    PH_TYPE = 0,
    PH_OFFSET = 4,
    PH_VADDR = 8,
    PH_FILESZ = 16,
    PH_MEMSZ = 20,
    PH_FLAGS = 24,
    PH_ALIGN = 28,
};

/* The file offset of a field of program header @index. */
#define PH(index, field) (52u + (index)*32u + (field))

/* The good file of the picture, for one machine. */
void elf_build(struct elf_build *elf, uint16_t machine);

/* Overwrite @width (1, 2 or 4) bytes at file offset @at. */
void elf_put(struct elf_build *elf, size_t at, unsigned width, uint32_t value);

#endif /* TESTS_ELF_BUILD_H */
