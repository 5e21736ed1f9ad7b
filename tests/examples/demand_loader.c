/*
 * demand_loader.c - a handler that brings segments in when they are touched,
 * under test.
 *
 *      cc -o demand_loader demand_loader.c $(pkg-config --cflags --libs
 * fencepost cmocka)
 *      ./demand_loader build/guest/x86/table/quicksort
 *
 * Under --mmu table each LOAD of an ELF file is a segment, which is absent at
 * first: its memory is reserved, but nothing is in it. The first access traps.
 * The handler here reads the file itself, fills the memory, and marks the
 * segment present.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fencepost.h>

#define SHIFT 24 /* 32 bits of address, 8 of them select the segment */

static const char *guest;

/* The loader's own view of the program. */
struct loader {
    uint8_t *file;
    long size;
    unsigned loaded;
};

static void open_loader(struct loader *loader)
{
    FILE *in = fopen(guest, "rb");

    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    loader->size = ftell(in);
    loader->file = malloc((size_t)loader->size);
    assert_non_null(loader->file);
    rewind(in);
    assert_int_equal(fread(loader->file, 1, (size_t)loader->size, in),
                     loader->size);
    fclose(in);
    loader->loaded = 0;
}

/* Copy what the file has for @segment to physical address @to. */
static int fill(struct fp_machine *machine, const struct loader *loader,
                unsigned segment, uint32_t to)
{
    Elf32_Ehdr header;
    Elf32_Phdr load;

    memcpy(&header, loader->file, sizeof(header));
    for (unsigned i = 0; i < header.e_phnum; i++) {
        memcpy(&load, loader->file + header.e_phoff + i * sizeof(load),
               sizeof(load));
        if (load.p_type != PT_LOAD || load.p_vaddr >> SHIFT != segment)
            continue;
        if (fp_phys_write(machine, to + (load.p_vaddr & ((1u << SHIFT) - 1)),
                          loader->file + load.p_offset, load.p_filesz))
            return -1;
    }
    return 0;
}

static enum fp_action bring_in(struct fp_machine *machine,
                               const struct fp_trap *trap, void *context)
{
    struct loader *loader = context;
    const unsigned number = (unsigned)trap->segment;
    struct fp_segment segment;
    uint32_t base, size;
    uint8_t *zeros;

    if (trap->segment == FP_NO_SEGMENT ||
        fp_segment(machine, trap->pid, number, &segment) || segment.present ||
        fp_reserved(machine, trap->pid, number, &base, &size) ||
        size < segment.bounds)
        return FP_DELIVER;
    zeros = calloc(1, size);
    if (!zeros || fp_phys_write(machine, base, zeros, size) ||
        fill(machine, loader, number, base)) {
        free(zeros);
        return FP_KILL;
    }
    free(zeros);
    segment.base = base;
    segment.present = true;
    loader->loaded++;
    return fp_set_segment(machine, trap->pid, number, &segment) ? FP_KILL
                                                                : FP_RETRY;
}

/* Run the program; with @loader, segments come by it. */
static struct fp_machine *run(struct loader *loader)
{
    const struct fp_config config = {.check = true};
    const struct fp_program program = {.path = guest, .scheme = "table"};
    struct fp_machine *machine;
    uint32_t pid, code;

    assert_int_equal(fp_create(&machine, &config), 0);
    assert_int_equal(fp_load(machine, &program, &pid), 0);
    if (loader)
        fp_set_handler(machine, FP_TRAP_ABSENT, bring_in, loader);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_exit_code(machine, pid, &code), 0);
    assert_int_equal(code, 0);
    return machine;
}

static void test_the_program_cannot_tell(void **state)
{
    struct loader loader;
    struct fp_machine *plain = run(NULL), *loaded;

    (void)state;
    open_loader(&loader);
    loaded = run(&loader);
    assert_string_equal(fp_output(plain, 1, NULL), fp_output(loaded, 1, NULL));
    assert_int_equal(fp_instructions(plain), fp_instructions(loaded));
    assert_int_equal(fp_loads(plain), fp_loads(loaded));
    fp_destroy(plain);
    fp_destroy(loaded);
    free(loader.file);
}

/* Each segment traps once. One that is never touched is never read. */
static void test_each_segment_comes_once(void **state)
{
    struct loader loader;
    struct fp_machine *machine;
    struct fp_trap trap;
    bool seen[256] = {false};

    (void)state;
    open_loader(&loader);
    machine = run(&loader);
    assert_int_equal(fp_trap_count(machine, FP_TRAP_ABSENT), loader.loaded);
    assert_true(loader.loaded > 1);
    for (uint64_t n = 0; fp_trap_at(machine, n, &trap) == 0; n++) {
        if (trap.cause != FP_TRAP_ABSENT)
            continue;
        assert_int_equal(trap.segment, trap.va >> SHIFT);
        assert_false(seen[trap.segment]);
        seen[trap.segment] = true;
    }
    fp_destroy(machine);
    free(loader.file);
}

/* "Absent" of what is there is no reason to read the file again. */
static void test_a_false_alarm_is_a_fault(void **state)
{
    const struct fp_program program = {.path = guest, .scheme = "table"};
    struct loader loader;
    struct fp_machine *machine;
    uint32_t pid, code;

    (void)state;
    open_loader(&loader);
    assert_int_equal(fp_create(&machine, NULL), 0);
    assert_int_equal(fp_load(machine, &program, &pid), 0);
    fp_set_handler(machine, FP_TRAP_ABSENT, bring_in, &loader);
    assert_int_equal(fp_run(machine, 50), FP_LIMIT); /* code is there now */

    const unsigned before = loader.loaded;
    assert_int_equal(fp_inject_fault(machine, 1, FP_TRAP_ABSENT), 0);
    assert_int_equal(fp_run(machine, FP_FOREVER), FP_DONE);
    assert_int_equal(fp_exit_code(machine, pid, &code), 0);
    assert_int_equal(code, 128 + 11);
    assert_int_equal(loader.loaded, before);
    fp_destroy(machine);
    free(loader.file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_program_cannot_tell),
        cmocka_unit_test(test_each_segment_comes_once),
        cmocka_unit_test(test_a_false_alarm_is_a_fault),
    };

    guest = argc > 1 ? argv[1] : "build/guest/x86/table/quicksort";
    return cmocka_run_group_tests_name("demand loader", tests, NULL, NULL);
}
