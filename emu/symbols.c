/*
 * emu/symbols.c - ELF symbols and DWARF lines through libdw.
 *
 * Decisions:
 * - A function is an STT_FUNC symbol, or any label of a section when no
 *   function covers the address: start-up code in assembly has only those.
 * - The innermost wins: the symbol that starts last, and of those the global.
 * - Only the name of a source file is shown, never its folder: a report must
 *   not depend on where a program was compiled.
 */
#include "emu/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <libelf.h>

/* One row of the symbol table that names code, or its kind. */
struct entry {
    const char *name; /* in the ELF file */
    vaddr_t start;
    uint32_t size; /* without one of its own, up to its section's end */
    bool sized;
    bool function;
    bool global;
    enum symbol_kind kind; /* mapping symbols; else SYMBOL_UNKNOWN */
};

struct symbols {
    Elf *elf;     /* NULL when the file is none */
    Dwarf *dwarf; /* NULL when there is none */
    bool is_arm;
    struct entry *entries;
    size_t count;
};

static enum symbol_kind mapping_kind(const char *name)
{
    if (name[0] != '$' || !name[1] || (name[2] && name[2] != '.'))
        return SYMBOL_UNKNOWN;
    switch (name[1]) {
    case 'a':
        return SYMBOL_A32;
    case 't':
        return SYMBOL_THUMB;
    case 'd':
        return SYMBOL_DATA;
    default:
        return SYMBOL_UNKNOWN;
    }
}

/* The bytes from @va to the end of the section it is in. */
static uint32_t left_in_section(Elf *elf, size_t index, uint64_t va)
{
    Elf_Scn *section = elf_getscn(elf, index);
    GElf_Shdr header;

    if (!section || !gelf_getshdr(section, &header))
        return 0;
    if (va < header.sh_addr || va - header.sh_addr >= header.sh_size)
        return 0;
    return (uint32_t)(header.sh_size - (va - header.sh_addr));
}

/* False when the symbol is of no use. */
static bool entry_of(const struct symbols *symbols, const GElf_Sym *symbol,
                     const char *name, struct entry *out)
{
    const int type = GELF_ST_TYPE(symbol->st_info);
    const bool function = type == STT_FUNC;

    if (!name || !name[0] || symbol->st_shndx == SHN_UNDEF ||
        symbol->st_shndx == SHN_ABS)
        return false;
    if (!function && type != STT_NOTYPE)
        return false;
    *out = (struct entry){
        .name = name,
        .start = (vaddr_t)symbol->st_value,
        .size = (uint32_t)symbol->st_size,
        .function = function,
        .global = GELF_ST_BIND(symbol->st_info) != STB_LOCAL,
        .kind = mapping_kind(name),
        .sized = symbol->st_size > 0,
    };
    if (symbols->is_arm && function)
        out->start &= ~UINT32_C(1);
    if (!out->sized)
        out->size = left_in_section(symbols->elf, symbol->st_shndx, out->start);
    return true;
}

static Elf_Scn *find_symtab(Elf *elf, GElf_Shdr *header)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(elf, section)))
        if (gelf_getshdr(section, header) && header->sh_type == SHT_SYMTAB)
            return section;
    return NULL;
}

static int read_symtab(struct symbols *symbols)
{
    GElf_Shdr header;
    Elf_Scn *section = find_symtab(symbols->elf, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;

    if (!data || header.sh_entsize == 0)
        return 0;

    const size_t rows = data->d_size / header.sh_entsize;
    symbols->entries = calloc(rows + 1, sizeof(*symbols->entries));
    if (!symbols->entries)
        return -ENOMEM;
    for (size_t i = 0; i < rows && i <= INT32_MAX; i++) {
        GElf_Sym row;

        if (!gelf_getsym(data, (int)i, &row))
            continue;
        const char *name =
            elf_strptr(symbols->elf, header.sh_link, row.st_name);
        if (entry_of(symbols, &row, name, &symbols->entries[symbols->count]))
            symbols->count++;
    }
    return 0;
}

static void open_elf(struct symbols *symbols, const void *file, size_t size)
{
    GElf_Ehdr header;

    if (elf_version(EV_CURRENT) == EV_NONE)
        return;
    /* libelf's interface lacks the const; it does not write. */
    symbols->elf = elf_memory((char *)(uintptr_t)file, size);
    if (!symbols->elf || elf_kind(symbols->elf) != ELF_K_ELF)
        return;
    if (gelf_getehdr(symbols->elf, &header))
        symbols->is_arm = header.e_machine == EM_ARM;
    symbols->dwarf = dwarf_begin_elf(symbols->elf, DWARF_C_READ, NULL);
}

int symbols_create(struct symbols **out, const void *file, size_t size)
{
    struct symbols *symbols = calloc(1, sizeof(*symbols));

    if (!symbols)
        return -ENOMEM;
    open_elf(symbols, file, size);
    if (symbols->elf && read_symtab(symbols)) {
        symbols_destroy(symbols);
        return -ENOMEM;
    }
    *out = symbols;
    return 0;
}

void symbols_destroy(struct symbols *symbols)
{
    if (!symbols)
        return;
    if (symbols->dwarf)
        dwarf_end(symbols->dwarf);
    if (symbols->elf)
        elf_end(symbols->elf);
    free(symbols->entries);
    free(symbols);
}

/* Whether @a names an address better than @b, both being in reach. */
static bool is_better(const struct entry *a, const struct entry *b)
{
    if (!b)
        return true;
    if (a->function != b->function)
        return a->function;
    if (a->start != b->start)
        return a->start > b->start;
    return a->global && !b->global;
}

static bool covers(const struct entry *entry, vaddr_t va)
{
    return va >= entry->start && va - entry->start < entry->size;
}

/* The bytes of a name from the guest that a terminal may see. */
static void copy_name(char *to, size_t size, const char *from)
{
    size_t i = 0;

    for (; from[i] && i + 1 < size; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    to[i] = 0;
}

bool symbols_find(const struct symbols *symbols, vaddr_t va, struct symbol *out)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < symbols->count; i++) {
        const struct entry *entry = &symbols->entries[i];

        if (entry->kind == SYMBOL_UNKNOWN && covers(entry, va) &&
            is_better(entry, best))
            best = entry;
    }
    if (!best)
        return false;
    copy_name(out->name, sizeof(out->name), best->name);
    out->start = best->start;
    out->size = best->sized ? best->size : 0;
    return true;
}

enum symbol_kind symbols_kind(const struct symbols *symbols, vaddr_t va)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < symbols->count; i++) {
        const struct entry *entry = &symbols->entries[i];

        if (entry->kind != SYMBOL_UNKNOWN && entry->start <= va &&
            (!best || entry->start >= best->start))
            best = entry;
    }
    return best ? best->kind : SYMBOL_UNKNOWN;
}

/* The compilation unit of @va: by .debug_aranges, or by asking each one. */
static bool find_unit(Dwarf *dwarf, vaddr_t va, Dwarf_Die *out)
{
    Dwarf_Off offset = 0, next;
    size_t header_size;

    if (dwarf_addrdie(dwarf, va, out))
        return true;
    while (dwarf_nextcu(dwarf, offset, &next, &header_size, NULL, NULL, NULL) ==
           0) {
        if (dwarf_offdie(dwarf, offset + header_size, out) &&
            dwarf_haspc(out, va) == 1)
            return true;
        offset = next;
    }
    return false;
}

bool symbols_line(const struct symbols *symbols, vaddr_t va,
                  struct source_line *out)
{
    Dwarf_Die unit;
    int number = 0;

    if (!symbols->dwarf || !find_unit(symbols->dwarf, va, &unit))
        return false;

    Dwarf_Line *line = dwarf_getsrc_die(&unit, va);
    const char *path = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
    if (!path || dwarf_lineno(line, &number) || number <= 0)
        return false;

    const char *slash = strrchr(path, '/');
    copy_name(out->file, sizeof(out->file), slash ? slash + 1 : path);
    out->line = number;
    return true;
}

void symbols_version(char *text, size_t size)
{
    snprintf(text, size, "%s", dwfl_version(NULL));
}
