/* tests/elf_build.c - see elf_build.h. */
#include "tests/elf_build.h"

#include <assert.h>
#include <string.h>

void elf_put(struct elf_build *elf, size_t at, unsigned width, uint32_t value)
{
    assert(at + width <= sizeof(elf->bytes));
    for (unsigned i = 0; i < width; i++)
        elf->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_load(struct elf_build *elf, unsigned index,
                     const uint32_t fields[8])
{
    for (unsigned i = 0; i < 8; i++)
        elf_put(elf, PH(index, 4 * i), 4, fields[i]);
}

void elf_build(struct elf_build *elf, uint16_t machine)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    static const uint32_t code[8] = {1, 0, 0, 0, 164, 164, 5, 4096};
    static const uint32_t data[8] = {
        1, 164, ELF_BUILD_DATA, ELF_BUILD_DATA, 8, 0x30, 6, 4096};
    static const uint32_t stack[8] = {0x6474e551, 0, 0, 0, 0, 0, 6, 16};

    memset(elf->bytes, 0, ELF_BUILD_SIZE);
    memset(elf->bytes + ELF_BUILD_SIZE, 0xee, ELF_BUILD_MAX - ELF_BUILD_SIZE);
    memcpy(elf->bytes, ident, sizeof(ident));
    elf_put(elf, EH_TYPE, 2, 2);
    elf_put(elf, EH_MACHINE, 2, machine);
    elf_put(elf, EH_VERSION, 4, 1);
    elf_put(elf, EH_ENTRY, 4, ELF_BUILD_ENTRY);
    elf_put(elf, EH_PHOFF, 4, 52);
    elf_put(elf, EH_FLAGS, 4, machine == ELF_ARM ? 0x05000200 : 0);
    elf_put(elf, 40, 2, 52);
    elf_put(elf, EH_PHENTSIZE, 2, 32);
    elf_put(elf, EH_PHNUM, 2, 3);
    put_load(elf, 0, code);
    put_load(elf, 1, data);
    put_load(elf, 2, stack);
    memset(elf->bytes + ELF_BUILD_ENTRY, 0x90, 16);
    memcpy(elf->bytes + 164, "datadata", 8);
    elf->size = ELF_BUILD_SIZE;
}
