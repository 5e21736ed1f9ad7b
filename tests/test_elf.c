/* tests/test_elf.c - the ELF reader: one good file, spoiled in every way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/elf.h"
#include "tests/elf_build.h"
#include "tests/rng.h"

/* The parser sees a copy of exactly @size bytes: reading on is noticed. */
static int parse_copy(const uint8_t *bytes, size_t size,
                      struct elf_image *image, struct os_error *why)
{
    uint8_t *copy = malloc(size + 1);

    assert_non_null(copy);
    if (size > 0)
        memcpy(copy + 1, bytes, size); /* + 1: not aligned */
    const int err = elf_parse(copy + 1, size, image, why);
    free(copy);
    return err;
}

static void test_elf_good_file_is_understood(void **state)
{
    static const uint16_t machines[] = {ELF_X86, ELF_ARM};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct elf_build elf;
        struct elf_image image;
        struct os_error why;

        elf_build(&elf, machines[i]);
        assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
        assert_ptr_equal(image.isa, isa_find(machines[i]));
        assert_int_equal(image.entry, ELF_BUILD_ENTRY);
        assert_int_equal(image.phdr_va, 52);
        assert_int_equal(image.phent, 32);
        assert_int_equal(image.phnum, 3);
        assert_int_equal(image.end, ELF_BUILD_END);
        assert_int_equal(image.count, 2);
        const struct elf_segment code = {0, 0, 164, 0, 164, 5};
        const struct elf_segment data = {1, 164, 8, ELF_BUILD_DATA, 0x30, 6};
        assert_memory_equal(&image.segments[0], &code, sizeof(code));
        assert_memory_equal(&image.segments[1], &data, sizeof(data));
    }
}

struct edit {
    size_t at;
    unsigned width; /* 0: no edit */
    uint32_t value;
};

/* The good ARM file with up to three edits. */
static void build_edited(struct elf_build *elf, const struct edit edits[3])
{
    elf_build(elf, ELF_ARM);
    for (unsigned i = 0; i < 3; i++)
        if (edits[i].width)
            elf_put(elf, edits[i].at, edits[i].width, edits[i].value);
}

static void test_elf_malformations_are_named(void **state)
{
    static const struct {
        const char *why;
        struct edit edits[3];
    } cases[] = {
        {"not an ELF file", {{0, 1, 0x7e}}},
        {"not an ELF file", {{3, 1, 'f'}}},
        {"EI_CLASS 2 (ELF64) is not 32-bit (1)", {{EH_CLASS, 1, 2}}},
        {"EI_CLASS 0 is not 32-bit (1)", {{EH_CLASS, 1, 0}}},
        {"EI_DATA 2 (big-endian) is not little-endian (1)", {{EH_DATA, 1, 2}}},
        {"EI_DATA 0 is not little-endian (1)", {{EH_DATA, 1, 0}}},
        {"EI_VERSION 0 is not 1", {{EH_IDENT_VERSION, 1, 0}}},
        {"e_machine 62 is not i386 (3) or ARM (40)", {{EH_MACHINE, 2, 62}}},
        {"e_machine 0 is not i386 (3) or ARM (40)", {{EH_MACHINE, 2, 0}}},
        {"e_type 1 (relocatable object): only EXEC (2) files run; link it",
         {{EH_TYPE, 2, 1}}},
        {"e_type 3 (shared object or PIE): only EXEC (2) files load; link with "
         "-static -no-pie",
         {{EH_TYPE, 2, 3}}},
        {"e_type 4 (core dump): only EXEC (2) files run", {{EH_TYPE, 2, 4}}},
        {"e_type 65535: only EXEC (2) files run", {{EH_TYPE, 2, 0xffff}}},
        {"e_version 2 is not 1", {{EH_VERSION, 4, 2}}},
        {"e_flags 0x5800200: big-endian data (BE8)",
         {{EH_FLAGS, 4, 0x05800200}}},
        {"e_phnum 0: no program headers, nothing to load", {{EH_PHNUM, 2, 0}}},
        {"e_phnum 0xffff (PN_XNUM): too many program headers",
         {{EH_PHNUM, 2, 0xffff}}},
        {"e_phentsize 56 is not 32", {{EH_PHENTSIZE, 2, 56}}},
        {"e_phentsize 0 is not 32", {{EH_PHENTSIZE, 2, 0}}},
        {"e_phoff 0x34: 4 program headers run past the end of the file (172 "
         "bytes)",
         {{EH_PHNUM, 2, 4}}},
        {"e_phoff 0x4d: 3 program headers run past the end of the file (172 "
         "bytes)",
         {{EH_PHOFF, 4, 77}}},
        {"e_phoff 0xffffffff: 3 program headers run past the end of the file "
         "(172 bytes)",
         {{EH_PHOFF, 4, UINT32_MAX}}},
        {"program header 2 is PT_DYNAMIC: it is dynamically linked; link with "
         "-static -no-pie",
         {{PH(2, PH_TYPE), 4, 2}}},
        {"program header 2 is PT_INTERP: it wants a dynamic linker; link with "
         "-static -no-pie",
         {{PH(2, PH_TYPE), 4, 3}}},
        {"program header 2 is PT_TLS: thread-local storage needs a thread "
         "pointer, which this machine's system calls cannot set",
         {{PH(2, PH_TYPE), 4, 7}}},
        {"program header 1: p_filesz 0x31 > p_memsz 0x30",
         {{PH(1, PH_FILESZ), 4, 0x31}}},
        {"program header 1: p_filesz 0x8 > p_memsz 0",
         {{PH(1, PH_MEMSZ), 4, 0}}},
        {"program header 1: p_offset 0xa5 + p_filesz 0x8 runs past the end of "
         "the file (172 bytes)",
         {{PH(1, PH_OFFSET), 4, 165}}},
        {"program header 1: p_offset 0xffffffff + p_filesz 0x8 runs past the "
         "end of the file (172 bytes)",
         {{PH(1, PH_OFFSET), 4, UINT32_MAX}}},
        {"program header 0: p_offset 0 + p_filesz 0xad runs past the end of "
         "the file (172 bytes)",
         {{PH(0, PH_FILESZ), 4, 173}, {PH(0, PH_MEMSZ), 4, 173}}},
        {"program header 1: p_vaddr 0xffffffe0 + p_memsz 0x30 runs past the "
         "top of the address space",
         {{PH(1, PH_VADDR), 4, 0xffffffe0}}},
        {"program header 1: p_vaddr 0xffffffd0 + p_memsz 0x30 runs past the "
         "top of the address space",
         {{PH(1, PH_VADDR), 4, 0xffffffd0}}},
        {"program header 1: p_vaddr 0x200 + p_memsz 0xffffffff runs past the "
         "top of the address space",
         {{PH(1, PH_MEMSZ), 4, UINT32_MAX}}},
        {"program header 1: [0xa3, 0xd3) overlaps program header 0 [0, 0xa4)",
         {{PH(1, PH_VADDR), 4, 0xa3}}},
        {"program header 1: [0, 0x30) overlaps program header 0 [0, 0xa4)",
         {{PH(1, PH_VADDR), 4, 0}}},
        {"program header 1: [0x10, 0x40) overlaps program header 0 [0, 0xa4)",
         {{PH(1, PH_VADDR), 4, 0x10}}},
        {"program header 1: [0x200, 0x230) overlaps program header 0 [0, "
         "0x201)",
         {{PH(0, PH_MEMSZ), 4, 0x201}}},
        {"program header 1: [0xfff, 0x102f) overlaps program header 0 [0x1000, "
         "0x10a4)",
         {{PH(1, PH_VADDR), 4, 0xfff}, {PH(0, PH_VADDR), 4, 0x1000}}},
        {"no LOAD segment: nothing to load",
         {{PH(0, PH_TYPE), 4, 4}, {PH(1, PH_TYPE), 4, 0}}},
        {"no LOAD segment: nothing to load",
         {{EH_PHNUM, 2, 1}, {PH(0, PH_TYPE), 4, 6}}},
        {"e_entry 0xa4 lies in no LOAD segment's bytes", {{EH_ENTRY, 4, 0xa4}}},
        {"e_entry 0x208 lies in no LOAD segment's bytes",
         {{EH_ENTRY, 4, 0x208}}},
        {"e_entry 0xfffffffd lies in no LOAD segment's bytes",
         {{EH_ENTRY, 4, 0xfffffffd}}},
        {"e_entry 0x94 lies in no LOAD segment's bytes",
         {{PH(0, PH_VADDR), 4, 0x95}}},
        {"e_entry 0x96: A32 code is aligned to 4 bytes", {{EH_ENTRY, 4, 0x96}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct elf_build elf;
        struct elf_image image, untouched;
        struct os_error why = {"accepted"};

        memset(&image, 0xee, sizeof(image));
        untouched = image;
        build_edited(&elf, cases[i].edits);
        const int err = parse_copy(elf.bytes, elf.size, &image, &why);
        if (err != -ENOEXEC || strcmp(why.text, cases[i].why) != 0)
            fail_msg("row %zu:\nwant %s\n got %s", i, cases[i].why, why.text);
        assert_memory_equal(&image, &untouched, sizeof(image));
    }
}

/* What looks odd and is right. */
static void test_elf_odd_files_are_accepted(void **state)
{
    static const struct {
        const char *what;
        struct edit edits[3];
    } cases[] = {
        {"p_align 0", {{PH(0, PH_ALIGN), 4, 0}}},
        {"p_align 3", {{PH(0, PH_ALIGN), 4, 3}}},
        {"p_align 64 KiB", {{PH(1, PH_ALIGN), 4, 65536}}},
        {"-N: unaligned rwx",
         {{PH(0, PH_FLAGS), 4, 7}, {PH(0, PH_ALIGN), 4, 4}}},
        {"no flags at all", {{PH(0, PH_FLAGS), 4, 0}}},
        {"LOADs that touch", {{PH(1, PH_VADDR), 4, 0xa4}}},
        {"LOADs out of order",
         {{PH(1, PH_VADDR), 4, 0},
          {PH(0, PH_VADDR), 4, 0x1000},
          {EH_ENTRY, 4, 0x1094}}},
        {"LOADs that share file bytes", {{PH(1, PH_OFFSET), 4, 0}}},
        {"filesz 0",
         {{PH(1, PH_FILESZ), 4, 0}, {PH(1, PH_OFFSET), 4, UINT32_MAX}}},
        {"an empty LOAD inside another",
         {{PH(1, PH_FILESZ), 4, 0},
          {PH(1, PH_MEMSZ), 4, 0},
          {PH(1, PH_VADDR), 4, 8}}},
        {"an empty LOAD at the top",
         {{PH(1, PH_FILESZ), 4, 0},
          {PH(1, PH_MEMSZ), 4, 0},
          {PH(1, PH_VADDR), 4, UINT32_MAX}}},
        {"ends one below the top", {{PH(1, PH_VADDR), 4, 0xffffffcf}}},
        {"entry at the first byte", {{EH_ENTRY, 4, 0}}},
        {"Thumb entry at the last byte", {{EH_ENTRY, 4, 0xa3}}},
        {"Thumb entry in the data", {{EH_ENTRY, 4, 0x201}}},
        {"unknown program header", {{PH(2, PH_TYPE), 4, 0x70000001}}},
        {"a note outside the file",
         {{PH(2, PH_TYPE), 4, 4}, {PH(2, PH_OFFSET), 4, UINT32_MAX}}},
        {"hard float", {{EH_FLAGS, 4, 0x05000400}}},
        {"no EABI version", {{EH_FLAGS, 4, 0}}},
        {"last header ends the file", {{EH_PHNUM, 2, 2}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct elf_build elf;
        struct elf_image image;
        struct os_error why;

        build_edited(&elf, cases[i].edits);
        if (parse_copy(elf.bytes, elf.size, &image, &why))
            fail_msg("%s: refused: %s", cases[i].what, why.text);
    }
}

static void test_elf_every_truncation_is_refused(void **state)
{
    static const struct {
        size_t size;
        const char *why;
    } cases[] = {
        {0, "not an ELF file: it is empty"},
        {3, "not an ELF file"},
        {4, "truncated: e_ident needs 16 bytes, the file has 4"},
        {15, "truncated: e_ident needs 16 bytes, the file has 15"},
        {16, "truncated: the ELF header needs 52 bytes, the file has 16"},
        {51, "truncated: the ELF header needs 52 bytes, the file has 51"},
        {52, "e_phoff 0x34: 3 program headers run past the end of the file (52 "
             "bytes)"},
        {171, "program header 1: p_offset 0xa4 + p_filesz 0x8 runs past the "
              "end of the file (171 bytes)"},
    };
    struct elf_build elf;
    struct elf_image image;
    struct os_error why;

    (void)state;
    elf_build(&elf, ELF_X86);
    for (size_t size = 0; size < elf.size; size++)
        assert_int_equal(parse_copy(elf.bytes, size, &image, &why), -ENOEXEC);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parse_copy(elf.bytes, cases[i].size, &image, &why);
        assert_string_equal(why.text, cases[i].why);
    }
}

/* An i386 file may have any flags and any entry address. */
static void test_elf_arm_rules_do_not_bind_x86(void **state)
{
    struct elf_build elf;
    struct elf_image image;
    struct os_error why;

    (void)state;
    elf_build(&elf, ELF_X86);
    elf_put(&elf, EH_FLAGS, 4, 0x05800200);
    elf_put(&elf, EH_ENTRY, 4, 0x96);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    elf_put(&elf, EH_ENTRY, 4, 0xa3);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    elf_put(&elf, EH_ENTRY, 4, 0xa5);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), -ENOEXEC);
}

static void test_elf_phdr_va_follows_the_loaded_bytes(void **state)
{
    struct elf_build elf;
    struct elf_image image;
    struct os_error why;

    (void)state;
    elf_build(&elf, ELF_X86);
    elf_put(&elf, PH(0, PH_VADDR), 4, 0x8000);
    elf_put(&elf, EH_ENTRY, 4, 0x8094);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    assert_int_equal(image.phdr_va, 0x8034);

    /* The last program header's last byte is the last that is loaded. */
    elf_put(&elf, PH(0, PH_FILESZ), 4, ELF_BUILD_ENTRY);
    elf_put(&elf, EH_ENTRY, 4, 0x8000);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    assert_int_equal(image.phdr_va, 0x8034);
    elf_put(&elf, PH(0, PH_FILESZ), 4, ELF_BUILD_ENTRY - 1);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    assert_int_equal(image.phdr_va, 0);

    /* Only the code is loaded, as `ld -N` does: 16 bytes at offset 148. */
    elf_put(&elf, PH(0, PH_OFFSET), 4, 148);
    elf_put(&elf, PH(0, PH_FILESZ), 4, 16);
    elf_put(&elf, PH(0, PH_MEMSZ), 4, 16);
    elf_put(&elf, EH_ENTRY, 4, 0x8000);
    assert_int_equal(parse_copy(elf.bytes, elf.size, &image, &why), 0);
    assert_int_equal(image.phdr_va, 0);
}

/* A file whose first @count program headers are LOADs of one page each. */
static uint8_t *with_loads(unsigned count, size_t *size)
{
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, EH_PHNUM, 2, count);
    *size = PH(count, 0);
    uint8_t *file = calloc(1, *size);
    assert_non_null(file);
    memcpy(file, elf.bytes, PH(0, 0));
    for (unsigned i = 0; i < count; i++) {
        struct elf_build one;

        elf_put(&one, PH(0, PH_TYPE), 4, 1);
        elf_put(&one, PH(0, PH_OFFSET), 4, 0);
        elf_put(&one, PH(0, PH_VADDR), 4, 0x1000 * i);
        elf_put(&one, PH(0, PH_VADDR + 4), 4, 0);
        elf_put(&one, PH(0, PH_FILESZ), 4, 164);
        elf_put(&one, PH(0, PH_MEMSZ), 4, 0x1000);
        elf_put(&one, PH(0, PH_FLAGS), 4, 5);
        elf_put(&one, PH(0, PH_ALIGN), 4, 4);
        memcpy(file + PH(i, 0), one.bytes + PH(0, 0), PH(1, 0) - PH(0, 0));
    }
    return file;
}

static void test_elf_too_many_loads_are_refused(void **state)
{
    struct elf_image image;
    struct os_error why;
    size_t size;

    (void)state;
    uint8_t *file = with_loads(ELF_SEGMENTS_MAX, &size);
    assert_int_equal(parse_copy(file, size, &image, &why), 0);
    assert_int_equal(image.count, ELF_SEGMENTS_MAX);
    free(file);
    file = with_loads(ELF_SEGMENTS_MAX + 1, &size);
    assert_int_equal(parse_copy(file, size, &image, &why), -ENOEXEC);
    assert_string_equal(why.text,
                        "program header 4095: more than 4095 LOAD segments");
    free(file);
}

/* What is promised of an image that was accepted. */
static void check_promises(const struct elf_image *image, size_t size)
{
    assert_true(image->count >= 1 && image->count <= ELF_SEGMENTS_MAX);
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];

        assert_true(s->memsz > 0 && s->filesz <= s->memsz);
        assert_true(s->filesz == 0 || (uint64_t)s->offset + s->filesz <= size);
        assert_true((uint64_t)s->va + s->memsz <= image->end);
    }
}

/* Each byte of the headers to each of its values: never a crash. */
static void test_elf_every_byte_of_the_headers_may_lie(void **state)
{
    struct elf_build elf;
    struct elf_image image;
    struct os_error why;
    unsigned accepted = 0;

    (void)state;
    elf_build(&elf, ELF_ARM);
    for (size_t at = 0; at < ELF_BUILD_ENTRY; at++) {
        const uint8_t good = elf.bytes[at];

        for (unsigned value = 0; value < 256; value++) {
            elf.bytes[at] = (uint8_t)value;
            if (parse_copy(elf.bytes, elf.size, &image, &why) == 0) {
                check_promises(&image, elf.size);
                accepted++;
            }
        }
        elf.bytes[at] = good;
    }
    assert_true(accepted > ELF_BUILD_ENTRY); /* the good value, each time */
}

static void test_elf_random_words_do_no_harm(void **state)
{
    static const uint32_t values[] = {
        0, 1, 2, 0x7fffffff, 0x80000000, UINT32_MAX, 164, 172, 173};
    struct rng rng = rng_start();
    struct elf_build elf;
    struct elf_image image;
    struct os_error why;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        elf_build(&elf, rng_below(&rng, 2) ? ELF_ARM : ELF_X86);
        for (uint32_t n = 1 + rng_below(&rng, 4); n > 0; n--)
            elf_put(&elf, 16 + 4 * rng_below(&rng, 33), 4,
                    values[rng_below(&rng, 9)] + rng_below(&rng, 3) - 1);
        if (parse_copy(elf.bytes, elf.size, &image, &why) == 0)
            check_promises(&image, elf.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elf_good_file_is_understood),
        cmocka_unit_test(test_elf_malformations_are_named),
        cmocka_unit_test(test_elf_odd_files_are_accepted),
        cmocka_unit_test(test_elf_every_truncation_is_refused),
        cmocka_unit_test(test_elf_arm_rules_do_not_bind_x86),
        cmocka_unit_test(test_elf_phdr_va_follows_the_loaded_bytes),
        cmocka_unit_test(test_elf_too_many_loads_are_refused),
        cmocka_unit_test(test_elf_every_byte_of_the_headers_may_lie),
        cmocka_unit_test(test_elf_random_words_do_no_harm),
    };

    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
