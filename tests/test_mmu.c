/* tests/test_mmu.c - mmu/mmu.c through its public interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/base_bounds.h"
#include "mmu/segmented.h"

static void test_mmu_names_faults_and_kinds(void **state)
{
    (void)state;
    assert_string_equal(mmu_fault_name(MMU_FAULT_NONE), "none");
    assert_string_equal(mmu_fault_name(MMU_FAULT_SEGMENT), "segment");
    assert_string_equal(mmu_fault_name(MMU_FAULT_ABSENT), "absent");
    assert_string_equal(mmu_fault_name(MMU_FAULT_BOUNDS), "bounds");
    assert_string_equal(mmu_fault_name(MMU_FAULT_PROTECTION), "protection");
    assert_string_equal(mmu_kind_name(MMU_READ), "load");
    assert_string_equal(mmu_kind_name(MMU_WRITE), "store");
    assert_string_equal(mmu_kind_name(MMU_EXEC), "fetch");
}

static void test_mmu_legal_prefix_stops_at_the_first_illegal_byte(void **state)
{
    static const struct {
        const char *what;
        uint32_t bounds;
        vaddr_t va;
        uint32_t size, legal;
    } cases[] = {
        {"all legal", 4096, 0, 16, 16},
        {"ends at bounds", 4096, 4080, 16, 16},
        {"one byte past", 4096, 4081, 16, 15},
        {"last byte only", 4096, 4095, 512, 1},
        {"first byte out", 4096, 4096, 4, 0},
        {"nothing legal", 0, 0, 4, 0},
        {"stops at the top", UINT32_MAX, UINT32_MAX - 2, 8, 2},
        {"does not wrap to 0", UINT32_MAX, UINT32_MAX, 8, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct mmu_access access = {cases[i].va, cases[i].size, MMU_READ};
        struct base_bounds bb;

        base_bounds_init(&bb);
        assert_int_equal(base_bounds_set(&bb, 0, cases[i].bounds, UINT32_MAX),
                         0);
        const uint32_t legal = mmu_legal_prefix(&bb.mmu, &access);
        if (legal != cases[i].legal)
            fail_msg("%s: want %u, got %u", cases[i].what, cases[i].legal,
                     legal);
    }
}

static enum mmu_fault allow(const struct mmu *mmu,
                            const struct mmu_access *access, paddr_t *pa)
{
    (void)mmu;
    *pa = access->va;
    return MMU_FAULT_NONE;
}

/* Even where the last byte of the address space is legal. */
static void test_mmu_legal_prefix_ends_with_the_address_space(void **state)
{
    static const struct mmu_ops ops = {.name = "anything", .translate = allow};
    const struct mmu mmu = {.ops = &ops, .generation = 1};
    const struct mmu_access access = {UINT32_MAX - 2, 16, MMU_READ};

    (void)state;
    assert_int_equal(mmu_legal_prefix(&mmu, &access), 3);
}

/* The bytes behind it are legal too, but not together with those before. */
static void test_mmu_legal_prefix_ends_with_the_segment(void **state)
{
    const struct segment low = {.base = 0, .bounds = 4096, .prot = MMU_RWX};
    const struct segment high = {.base = 4096, .bounds = 16, .prot = MMU_RWX};
    const struct mmu_access across = {4094, 8, MMU_READ};
    const struct mmu_access behind = {4096, 32, MMU_WRITE};
    struct segmented s;

    (void)state;
    assert_int_equal(segmented_init(&s, 14, 2), 0);
    assert_int_equal(segmented_set(&s, 0, &low, 8192), 0);
    assert_int_equal(segmented_set(&s, 1, &high, 8192), 0);
    assert_int_equal(mmu_legal_prefix(&s.mmu, &across), 2);
    assert_int_equal(mmu_legal_prefix(&s.mmu, &behind), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmu_names_faults_and_kinds),
        cmocka_unit_test(test_mmu_legal_prefix_stops_at_the_first_illegal_byte),
        cmocka_unit_test(test_mmu_legal_prefix_ends_with_the_address_space),
        cmocka_unit_test(test_mmu_legal_prefix_ends_with_the_segment),
    };

    return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
