/* tests/test_loader.c - os_spawn(): from a file to a process. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "os/internal.h"
#include "tests/failing.h"
#include "tests/rig.h"

/* The good file needs this much with the arguments "prog" and "x". */
#define NEEDED 1239u

static int spawn(struct rig *rig, const struct elf_build *elf, int argc,
                 const char *const *argv, uint32_t bounds, paddr_t base,
                 struct process **out)
{
    const struct os_program program = {.file = elf->bytes,
                                       .file_size = elf->size,
                                       .argc = argc,
                                       .argv = argv,
                                       .bounds = bounds,
                                       .base = base};

    memset(&rig->why, 0, sizeof(rig->why));
    return os_spawn(rig->os, &program, out, &rig->why);
}

static void test_loader_stack_is_as_drawn(void **state)
{
    static const uint32_t words[] = {
        2,     /* argc */
        0xff9, /* argv[0] */
        0xffe, /* argv[1] */
        0,     /* the end of argv */
        0,     /* the end of the environment */
        ABI_AT_PHDR,
        52, /* auxv */
        ABI_AT_PHENT,
        32,
        ABI_AT_PHNUM,
        3,
        ABI_AT_PAGESZ,
        4096,
        ABI_AT_ENTRY,
        ELF_BUILD_ENTRY,
        ABI_AT_UID,
        1000,
        ABI_AT_EUID,
        1000,
        ABI_AT_GID,
        1000,
        ABI_AT_EGID,
        1000,
        ABI_AT_SECURE,
        0,
        ABI_AT_CLKTCK,
        100,
        ABI_AT_RANDOM,
        0xfe0,
        ABI_AT_HWCAP,
        0x07808111,
        ABI_AT_NULL,
        0,
        0,
        0,
        0, /* padding */
    };
    static const uint8_t top[] = {
        0xa7, 0x3e, 0x59, 0xc4, 0x10, 0xf8, 0x6d, 0x92, /* AT_RANDOM's */
        0x2b, 0xe1, 0x74, 0x0f, 0xd3, 0x48, 0xbc, 0x85, 0,   0, 0,   0,
        0,    0,    0,    0,    0,    'p',  'r',  'o',  'g', 0, 'x', 0,
    };
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, 0x5001, 4096);

    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, &isa_x86, X86_ESP), 0xf50);
    assert_int_equal(0xf50 + sizeof(words), 0xfe0);
    for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const uint32_t word = phys_read32(rig->phys, 0x5001 + 0xf50 + 4 * i);

        if (word != words[i])
            fail_msg("word %u: want %#x, got %#x", i, words[i], word);
    }
    assert_memory_equal(rig_bytes(rig, p, 0xfe0), top, sizeof(top));
    for (vaddr_t va = ELF_BUILD_END; va < 0xf50; va++)
        assert_int_equal(*rig_bytes(rig, p, va), 0);
}

static void test_loader_stack_pointer_is_aligned_for_any_arguments(void **state)
{
    static const char *const argv[] = {"p",     "",    "ab", "abc", "abcd",
                                       "abcde", "xyz", "q",  "rs"};
    struct rig *rig = *state;
    struct elf_build elf;

    elf_build(&elf, ELF_ARM);
    for (int argc = 0; argc <= 9; argc++) {
        for (uint32_t bounds = 2000; bounds < 2020; bounds++) {
            struct process *p;

            assert_int_equal(
                spawn(rig, &elf, argc, argv, bounds, OS_BASE_ANY, &p), 0);
            const uint32_t sp =
                pcb_get_reg(rig->phys, p->pcb, &isa_arm, ARM_SP);
            assert_int_equal(sp % 16, 0);
            assert_true(sp >= ELF_BUILD_END + ABI_STACK_GAP);
            const paddr_t at = p->blocks[0].base + sp;
            assert_int_equal(phys_read32(rig->phys, at), argc);
            for (int i = 0; i < argc; i++) {
                const uint32_t va =
                    phys_read32(rig->phys, at + 4 + 4 * (uint32_t)i);

                assert_string_equal((char *)rig_bytes(rig, p, va), argv[i]);
            }
            assert_int_equal(
                phys_read32(rig->phys, at + 4 + 4 * (uint32_t)argc), 0);
            if (argc > 0)
                assert_int_equal(*rig_bytes(rig, p, bounds - 1), 0);
            os_exit(rig->os, p, 0);
        }
    }
}

static void test_loader_copies_segments_and_clears_the_rest(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    phys_fill(rig->phys, OS_END, 0xee, RIG_PHYS - OS_END);
    const struct process *p = rig_spawn(rig, ELF_X86, 20001, 4096);
    assert_memory_equal(rig_bytes(rig, p, 0), elf.bytes, 164);
    assert_memory_equal(rig_bytes(rig, p, ELF_BUILD_DATA), "datadata", 8);
    for (vaddr_t va = 164; va < 0xf50; va++)
        if (va < ELF_BUILD_DATA || va >= ELF_BUILD_DATA + 8)
            assert_int_equal(*rig_bytes(rig, p, va), 0);
    /* Not one byte outside. */
    assert_int_equal(rig->phys->bytes[20000], 0xee);
    assert_int_equal(rig->phys->bytes[20001 + 4096], 0xee);
}

static void test_loader_starts_at_the_entry_point(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;
    struct process *p;

    elf_build(&elf, ELF_ARM);
    elf_put(&elf, EH_ENTRY, 4, 0x9b);
    assert_int_equal(spawn(rig, &elf, 0, NULL, 4096, OS_BASE_ANY, &p), 0);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, &isa_arm, ARM_PC), 0x9a);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, &isa_arm, ARM_CPSR), 0x30);
    assert_ptr_equal(p->isa, &isa_arm);
    assert_int_equal(p->pid, 1);
    assert_int_equal(p->regs.bb.bounds, 4096);
    assert_int_equal(p->regs.bb.base, p->blocks[0].base);
}

static void test_loader_says_which_bounds_would_do(void **state)
{
    static const char *const argv[] = {"prog", "x"};
    struct rig *rig = *state;
    struct elf_build elf;
    struct process *p = NULL;

    elf_build(&elf, ELF_X86);
    for (uint32_t bounds = 0; bounds < NEEDED; bounds++) {
        assert_int_equal(spawn(rig, &elf, 2, argv, bounds, OS_BASE_ANY, &p),
                         -ENOEXEC);
        assert_null(p);
    }
    assert_string_equal(rig->why.text,
                        "does not fit in bounds 1238: its image ends at 0x230; "
                        "bounds 6144 leave 4 KiB for stack and heap; the "
                        "least is 1239");
    assert_int_equal(spawn(rig, &elf, 2, argv, NEEDED, OS_BASE_ANY, &p), 0);
    assert_int_equal(pcb_get_reg(rig->phys, p->pcb, &isa_x86, X86_ESP),
                     ELF_BUILD_END + ABI_STACK_GAP);
}

/* Whatever the image's end and the arguments: one less does not do. */
static void test_loader_bounds_needed_are_exact(void **state)
{
    static const char *const argv[] = {"p", "abc", "abcde"};
    struct rig *rig = *state;
    struct elf_build elf;

    elf_build(&elf, ELF_X86);
    for (uint32_t memsz = 8; memsz < 48; memsz++) {
        for (int argc = 0; argc <= 3; argc++) {
            struct process *p;

            elf_put(&elf, PH(1, PH_MEMSZ), 4, memsz);
            assert_int_equal(spawn(rig, &elf, argc, argv, 1, OS_BASE_ANY, &p),
                             -ENOEXEC);
            const char *number = strrchr(rig->why.text, ' ');
            const uint32_t needed = (uint32_t)strtoul(number, NULL, 10);
            assert_int_equal(
                spawn(rig, &elf, argc, argv, needed - 1, OS_BASE_ANY, &p),
                -ENOEXEC);
            assert_int_equal(
                spawn(rig, &elf, argc, argv, needed, OS_BASE_ANY, &p), 0);
            const uint32_t sp =
                pcb_get_reg(rig->phys, p->pcb, &isa_x86, X86_ESP);
            assert_true(sp - ABI_STACK_GAP >= ELF_BUILD_DATA + memsz);
            assert_true(sp - ABI_STACK_GAP < ELF_BUILD_DATA + memsz + 16);
            os_exit(rig->os, p, 0);
        }
    }
}

static void test_loader_refusals_say_why_and_change_nothing(void **state)
{
    static const struct {
        const char *why;
        int err;
        uint32_t data_va; /* 0: as built */
        uint32_t bounds;
        paddr_t base;
    } cases[] = {
        {"its image ends at 0xffffffff: 4294967975 bytes of address space are "
         "more than any physical memory holds",
         -ENOEXEC, 0xffffffcf, UINT32_MAX, OS_BASE_ANY},
        {"does not fit in bounds 16384: its image ends at 0x8048030; "
         "bounds 134517760 leave 4 KiB for stack and heap; the least is "
         "134513367",
         -ENOEXEC, 0x08048000, 16384, OS_BASE_ANY},
        {"bounds 114689: no hole is that large; the largest has 73728 bytes",
         -ENOMEM, 0, 114689, OS_BASE_ANY},
        {"bounds 4294967295: no hole is that large; the largest has 73728 "
         "bytes",
         -ENOMEM, 0, UINT32_MAX, OS_BASE_ANY},
        {"base 0x3fff: memory below 0x4000 is the operating system's", -ENOMEM,
         0, 4096, OS_END - 1},
        {"base 0: memory below 0x4000 is the operating system's", -ENOMEM, 0,
         4096, 0},
        {"base 0x1f001 + bounds 4096 runs past the end of physical memory "
         "(131072 bytes)",
         -ENOMEM, 0, 4096, 0x1f001},
        {"base 0xfffffffe + bounds 4096 runs past the end of physical memory "
         "(131072 bytes)",
         -ENOMEM, 0, 4096, 0xfffffffe},
        {"base 0x8fff: another image lies in these 4096 bytes", -ENOMEM, 0,
         4096, 0x8fff},
        {"base 0x7001: another image lies in these 4096 bytes", -ENOMEM, 0,
         4096, 0x7001},
    };
    static const char *const argv[] = {"prog", "x"};
    static uint8_t before[RIG_PHYS];
    struct rig *rig = *state;

    rig_spawn(rig, ELF_X86, 0x8000, 0x6000);
    phys_pattern_fill(rig->phys, OS_END, 0x1000);
    memcpy(before, rig->phys->bytes, sizeof(before));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct elf_build elf;
        struct process *p = NULL;

        elf_build(&elf, ELF_X86);
        if (cases[i].data_va)
            elf_put(&elf, PH(1, PH_VADDR), 4, cases[i].data_va);
        const int err =
            spawn(rig, &elf, 2, argv, cases[i].bounds, cases[i].base, &p);
        if (err != cases[i].err || strcmp(rig->why.text, cases[i].why) != 0)
            fail_msg("row %zu: %d\nwant %s\n got %s", i, err, cases[i].why,
                     rig->why.text);
        assert_null(p);
        assert_memory_equal(rig->phys->bytes, before, sizeof(before));
        assert_true(os_check(rig->os));
    }
    /* A refusal costs no pid. */
    assert_int_equal(rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096)->pid, 2);
}

static void test_loader_passes_on_what_is_wrong_with_the_file(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;
    struct process *p = NULL;

    elf_build(&elf, ELF_X86);
    elf_put(&elf, EH_TYPE, 2, 1);
    assert_int_equal(spawn(rig, &elf, 0, NULL, 4096, OS_BASE_ANY, &p),
                     -ENOEXEC);
    assert_string_equal(rig->why.text,
                        "e_type 1 (relocatable object): only EXEC "
                        "(2) files run; link it");
    assert_null(p);
}

static void test_loader_places_first_fit(void **state)
{
    struct rig *rig = *state;

    struct process *a = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 5000);
    struct process *b = rig_spawn(rig, ELF_ARM, OS_BASE_ANY, 3333);
    struct process *c = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4096);
    assert_int_equal(a->blocks[0].base, OS_END);
    assert_int_equal(b->blocks[0].base, OS_END + 5000);
    assert_int_equal(c->blocks[0].base, OS_END + 8333);
    assert_true(os_check(rig->os));
    os_exit(rig->os, a, 0);
    assert_int_equal(rig_spawn(rig, ELF_X86, OS_BASE_ANY, 5001)->blocks[0].base,
                     OS_END + 8333 + 4096);
    assert_int_equal(rig_spawn(rig, ELF_X86, OS_BASE_ANY, 4999)->blocks[0].base,
                     OS_END);
}

static void test_loader_fits_at_both_ends_of_memory(void **state)
{
    struct rig *rig = *state;

    rig_spawn(rig, ELF_X86, OS_END, 4096);
    rig_spawn(rig, ELF_X86, RIG_PHYS - 4097, 4097);
    assert_true(os_check(rig->os));
}

static void test_loader_runs_out_of_pcbs(void **state)
{
    struct rig *rig = *state;
    struct elf_build elf;
    struct process *p = NULL;

    elf_build(&elf, ELF_X86);
    for (unsigned i = 0; i < OS_PROCESSES; i++)
        assert_int_equal(rig_spawn(rig, ELF_X86, OS_BASE_ANY, 2000)->pid,
                         i + 1);
    assert_true(os_check(rig->os));
    assert_int_equal(spawn(rig, &elf, 0, NULL, 2000, OS_BASE_ANY, &p), -EAGAIN);
    assert_string_equal(rig->why.text,
                        "all 256 process control blocks are taken");
    assert_null(p);
    assert_true(os_check(rig->os));
}

/* The next block needs host memory, which placement takes in large pieces. */
static void use_up_nodes(struct rig *rig)
{
    struct alloc *alloc = &rig->os->place.alloc;

    alloc->spare = ALLOC_NONE;
    alloc->spare_count = 0;
    alloc->node_end = alloc->node_size;
}

static void test_loader_survives_every_failing_allocation(void **state)
{
    static uint8_t before[RIG_PHYS];
    struct rig *rig = *state;
    struct elf_build elf;
    struct process *p = NULL;
    int n = 0;

    elf_build(&elf, ELF_X86);
    phys_pattern_fill(rig->phys, OS_END, RIG_PHYS - OS_END);
    memcpy(before, rig->phys->bytes, sizeof(before));
    use_up_nodes(rig);
    for (;; n++) {
        failing_after(n);
        const int err = spawn(rig, &elf, 0, NULL, 4096, 30000, &p);
        failing_after(-1);
        if (!err)
            break;
        assert_int_equal(err, -ENOMEM);
        assert_string_equal(rig->why.text, "out of host memory");
        assert_null(p);
        assert_memory_equal(rig->phys->bytes, before, sizeof(before));
        assert_true(rig_is_empty(rig));
        assert_true(os_check(rig->os));
    }
    assert_int_equal(n, 1);
    assert_int_equal(p->pid, 1);
    os_exit(rig->os, p, 0);

    use_up_nodes(rig);
    failing_after(0);
    assert_int_equal(spawn(rig, &elf, 0, NULL, 4096, OS_BASE_ANY, &p), -ENOMEM);
    failing_after(-1);
    assert_string_equal(rig->why.text, "out of host memory");
}

/* A new process must not read what another left. */
static void test_loader_hands_out_no_old_bytes(void **state)
{
    struct rig *rig = *state;
    struct process *p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 8000);

    phys_fill(rig->phys, p->blocks[0].base, 0x5a, 8000);
    os_exit(rig->os, p, 0);
    p = rig_spawn(rig, ELF_X86, OS_BASE_ANY, 8000);
    for (vaddr_t va = 0; va < 8000; va++)
        assert_int_not_equal(*rig_bytes(rig, p, va), 0x5a);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loader_stack_is_as_drawn,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_loader_stack_pointer_is_aligned_for_any_arguments, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_loader_copies_segments_and_clears_the_rest, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_starts_at_the_entry_point,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_says_which_bounds_would_do,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_bounds_needed_are_exact,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_loader_refusals_say_why_and_change_nothing, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_loader_passes_on_what_is_wrong_with_the_file, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_places_first_fit, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_fits_at_both_ends_of_memory,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_runs_out_of_pcbs,
                                        rig_setup_large, rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_loader_survives_every_failing_allocation, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_loader_hands_out_no_old_bytes,
                                        rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
