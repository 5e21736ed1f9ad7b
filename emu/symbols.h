/*
 * emu/symbols.h - which function and source line an address belongs to.
 *
 * From an ELF file's symbol table and, where it has one, its DWARF. One host
 * libdw reads every guest. Whatever the file lacks, or has wrong, is simply
 * not known. Names come from the guest: unprintable bytes show as '?'.
 *
 * Layer: emu/. Only emu/symbols.c knows libdw.
 */
#ifndef EMU_SYMBOLS_H
#define EMU_SYMBOLS_H

#include "mmu/mmu.h"

#define SYMBOL_NAME_MAX 96u

struct symbol {
    char name[SYMBOL_NAME_MAX];
    vaddr_t start; /* without the Thumb bit */
    uint32_t size; /* bytes; 0: up to the next symbol */
};

struct source_line {
    char file[SYMBOL_NAME_MAX]; /* without its folders */
    int line;
};

/* What ARM's mapping symbols ($a, $t, $d) say of an address. */
enum symbol_kind { SYMBOL_UNKNOWN, SYMBOL_A32, SYMBOL_THUMB, SYMBOL_DATA };

struct symbols;

/*
 * Read the symbols of the ELF file at @file (borrowed, as long as the result
 * lives). A file without any, or that is no ELF file, gives an empty result.
 *
 * Returns 0 and sets *@out, or -ENOMEM.
 */
int symbols_create(struct symbols **out, const void *file, size_t size);

/* NULL is a no-op. */
void symbols_destroy(struct symbols *symbols);

/* The function that @va lies in. False when none is known. O(symbols). */
bool symbols_find(const struct symbols *symbols, vaddr_t va,
                  struct symbol *out);

/* The source line that the instruction at @va was made from. */
bool symbols_line(const struct symbols *symbols, vaddr_t va,
                  struct source_line *out);

enum symbol_kind symbols_kind(const struct symbols *symbols, vaddr_t va);

/* "0.188": of the libdw that is loaded. */
void symbols_version(char *text, size_t size);

#endif /* EMU_SYMBOLS_H */
