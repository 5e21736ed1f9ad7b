/*
 * tests/test_symbols.c - emu/symbols.c on an ELF file made here, and for DWARF
 * on this program's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/file.h"
#include "emu/symbols.h"
#include "tests/failing.h"

#define TEXT_VA   0x100u
#define TEXT_SIZE 0x100u

/* Sections: none, code, symbols, strings; no program headers. */
struct elf_file {
    Elf32_Ehdr header;
    Elf32_Shdr sections[4];
    Elf32_Sym symbols[12];
    char strings[256];
};

struct build {
    struct elf_file elf;
    uint32_t symbol_count, string_size;
};

static void add(struct build *build, const char *name, uint32_t value,
                uint32_t size, unsigned char info, uint16_t section)
{
    strcpy(build->elf.strings + build->string_size, name);
    build->elf.symbols[build->symbol_count++] =
        (Elf32_Sym){.st_name = build->string_size,
                    .st_value = value,
                    .st_size = size,
                    .st_info = info,
                    .st_shndx = section};
    build->string_size += (uint32_t)strlen(name) + 1;
}

static void begin(struct build *build)
{
    static const unsigned char ident[EI_NIDENT] = {
        0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT};

    memset(build, 0, sizeof(*build));
    memcpy(build->elf.header.e_ident, ident, sizeof(ident));
    build->symbol_count = 1;
    build->string_size = 1;
}

static void finish(struct build *build)
{
    struct elf_file *elf = &build->elf;

    elf->header.e_type = ET_EXEC;
    elf->header.e_machine = EM_ARM;
    elf->header.e_version = EV_CURRENT;
    elf->header.e_ehsize = sizeof(elf->header);
    elf->header.e_shoff = offsetof(struct elf_file, sections);
    elf->header.e_shentsize = sizeof(elf->sections[0]);
    elf->header.e_shnum = 4;
    elf->header.e_shstrndx = 3;
    elf->sections[1] = (Elf32_Shdr){
        .sh_type = SHT_NOBITS, .sh_addr = TEXT_VA, .sh_size = TEXT_SIZE};
    elf->sections[2] =
        (Elf32_Shdr){.sh_type = SHT_SYMTAB,
                     .sh_offset = offsetof(struct elf_file, symbols),
                     .sh_size = build->symbol_count * sizeof(Elf32_Sym),
                     .sh_link = 3,
                     .sh_entsize = sizeof(Elf32_Sym)};
    elf->sections[3] =
        (Elf32_Shdr){.sh_type = SHT_STRTAB,
                     .sh_offset = offsetof(struct elf_file, strings),
                     .sh_size = build->string_size};
}

/* An ARM program: _start (a label), two functions, data between them. */
static void build_arm(struct build *build)
{
    const unsigned char function = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
    const unsigned char local = ELF32_ST_INFO(STB_LOCAL, STT_FUNC);
    const unsigned char label = ELF32_ST_INFO(STB_GLOBAL, STT_NOTYPE);
    const unsigned char mark = ELF32_ST_INFO(STB_LOCAL, STT_NOTYPE);

    begin(build);
    add(build, "$a", 0x100, 0, mark, 1);
    add(build, "_start", 0x100, 0, label, 1);
    add(build, "local", 0x110, 0x20, local, 1);
    add(build, "main", 0x110, 0x20, function, 1);
    add(build, "$d", 0x128, 0, mark, 1);
    add(build, "$t", 0x130, 0, mark, 1);
    add(build, "thumb\x1b[2J", 0x131, 0x10, function, 1);
    add(build, "undefined", 0, 0, function, SHN_UNDEF);
    add(build, "absolute", 0x140, 0x10, function, SHN_ABS);
    add(build, "$", 0x150, 0, mark, 1);
    finish(build);
}

static void check(const struct symbols *symbols, vaddr_t va, const char *name,
                  vaddr_t start)
{
    struct symbol got;

    assert_true(symbols_find(symbols, va, &got));
    assert_string_equal(got.name, name);
    assert_int_equal(got.start, start);
}

static void test_symbols_find_functions_and_labels(void **state)
{
    struct symbols *symbols;
    struct symbol got;
    struct build build;

    (void)state;
    build_arm(&build);
    assert_int_equal(symbols_create(&symbols, &build.elf, sizeof(build.elf)),
                     0);
    check(symbols, 0x100, "_start", 0x100);
    check(symbols, 0x10f, "_start", 0x100);
    check(symbols, 0x110, "main", 0x110); /* not "local" */
    check(symbols, 0x12f, "main", 0x110);
    check(symbols, 0x130, "thumb?[2J", 0x130); /* bit 0 is the mode */
    check(symbols, 0x140, "_start", 0x100);    /* the label's section goes on */
    assert_false(symbols_find(symbols, TEXT_VA + TEXT_SIZE, &got));
    assert_false(symbols_find(symbols, 0xff, &got));
    symbols_destroy(symbols);
}

static void test_symbols_know_arm_modes_and_data(void **state)
{
    struct symbols *symbols;
    struct build build;

    (void)state;
    build_arm(&build);
    assert_int_equal(symbols_create(&symbols, &build.elf, sizeof(build.elf)),
                     0);
    assert_int_equal(symbols_kind(symbols, 0xff), SYMBOL_UNKNOWN);
    assert_int_equal(symbols_kind(symbols, 0x100), SYMBOL_A32);
    assert_int_equal(symbols_kind(symbols, 0x127), SYMBOL_A32);
    assert_int_equal(symbols_kind(symbols, 0x128), SYMBOL_DATA);
    assert_int_equal(symbols_kind(symbols, 0x130), SYMBOL_THUMB);
    assert_int_equal(symbols_kind(symbols, 0x1000), SYMBOL_THUMB);
    symbols_destroy(symbols);
}

/* The symbol table may say anything: its sizes, links and names are wrong. */
static void test_symbols_survive_spoilt_files(void **state)
{
    struct build build;
    struct symbols *symbols;
    struct symbol got;
    struct source_line line;

    (void)state;
    build_arm(&build);
    for (size_t at = 0; at < sizeof(build.elf); at++) {
        struct elf_file spoilt = build.elf;

        ((unsigned char *)&spoilt)[at] = 0xff;
        assert_int_equal(symbols_create(&symbols, &spoilt, sizeof(spoilt)), 0);
        (void)symbols_find(symbols, 0x110, &got);
        (void)symbols_line(symbols, 0x110, &line);
        (void)symbols_kind(symbols, 0x110);
        symbols_destroy(symbols);
    }
    for (size_t size = 0; size < sizeof(build.elf); size += 7) {
        assert_int_equal(symbols_create(&symbols, &build.elf, size), 0);
        (void)symbols_find(symbols, 0x110, &got);
        symbols_destroy(symbols);
    }
}

static void test_symbols_of_no_elf_file_are_none(void **state)
{
    struct symbols *symbols;
    struct symbol got;
    struct source_line line;

    (void)state;
    assert_int_equal(symbols_create(&symbols, "no elf", 6), 0);
    assert_false(symbols_find(symbols, 0, &got));
    assert_false(symbols_line(symbols, 0, &line));
    assert_int_equal(symbols_kind(symbols, 0), SYMBOL_UNKNOWN);
    symbols_destroy(symbols);
    symbols_destroy(NULL);
}

extern const char __executable_start[]; /* the linker's: address 0 of a PIE */

enum { LANDMARK_LINE = __LINE__ + 2 };

static __attribute__((noinline)) int landmark(int a)
{
    return a * 3 + 1;
}

static void test_symbols_find_source_lines(void **state)
{
    const vaddr_t va =
        (vaddr_t)((uintptr_t)&landmark - (uintptr_t)__executable_start);
    struct symbols *symbols;
    struct symbol symbol;
    struct source_line line;
    void *file;
    size_t size;

    (void)state;
    assert_int_equal(landmark(1), 4);
    assert_int_equal(file_read("/proc/self/exe", &file, &size), 0);
    assert_int_equal(symbols_create(&symbols, file, size), 0);
    assert_true(symbols_find(symbols, va, &symbol));
    assert_string_equal(symbol.name, "landmark");
    assert_true(symbols_line(symbols, va, &line));
    assert_string_equal(line.file, "test_symbols.c");
    assert_in_range(line.line, LANDMARK_LINE, LANDMARK_LINE + 3);
    symbols_destroy(symbols);
    free(file);
}

static void test_symbols_create_reports_enomem(void **state)
{
    struct symbols *symbols = NULL;
    struct build build;

    (void)state;
    build_arm(&build);
    for (int n = 0; n < 2; n++) {
        failing_after(n);
        assert_int_equal(
            symbols_create(&symbols, &build.elf, sizeof(build.elf)), -ENOMEM);
        failing_after(-1);
        assert_null(symbols);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_symbols_find_functions_and_labels),
        cmocka_unit_test(test_symbols_know_arm_modes_and_data),
        cmocka_unit_test(test_symbols_survive_spoilt_files),
        cmocka_unit_test(test_symbols_of_no_elf_file_are_none),
        cmocka_unit_test(test_symbols_find_source_lines),
        cmocka_unit_test(test_symbols_create_reports_enomem),
    };

    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
