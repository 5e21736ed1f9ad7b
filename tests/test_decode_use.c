/*
 * tests/test_decode_use.c - what an access is for, by its instruction: as the
 * manuals say for some, as Capstone says of all forms of the conformance suite.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/decode.h"
#include "tests/conformance.h"
#include "tests/use_oracle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define C MMU_USE_CODE
#define D MMU_USE_DATA
#define S MMU_USE_STACK

static const struct known {
    const char *what;
    const struct isa *isa;
    bool thumb;
    const char *bytes;
    size_t size;
    struct uses want;
} knowns[] = {
    {"mov eax,[ebx]", &isa_x86, false, "\x8b\x03", 2, {D, D, D}},
    {"mov eax,[esp]", &isa_x86, false, "\x8b\x04\x24", 3, {S, S, S}},
    {"mov eax,[ebp]", &isa_x86, false, "\x8b\x45\x00", 3, {S, S, S}},
    {"mov eax,[ebx+ebp]", &isa_x86, false, "\x8b\x04\x2b", 3, {D, D, D}},
    {"mov eax,[ebp*1+0]",
     &isa_x86,
     false,
     "\x8b\x04\x2d\0\0\0\0",
     7,
     {D, D, D}},
    {"mov eax,[0]", &isa_x86, false, "\x8b\x05\0\0\0\0", 6, {D, D, D}},
    {"mov eax,[bp]", &isa_x86, false, "\x67\x8b\x46\x00", 4, {S, S, S}},
    {"mov eax,[bp+si]", &isa_x86, false, "\x67\x8b\x02", 3, {S, S, S}},
    {"mov eax,[bx+si]", &isa_x86, false, "\x67\x8b\x00", 3, {D, D, D}},
    {"mov eax,[0], 16 bits", &isa_x86, false, "\x67\x8b\x06\0\0", 5, {D, D, D}},
    {"mov eax,ss:[ebx]", &isa_x86, false, "\x36\x8b\x03", 3, {S, S, S}},
    {"mov eax,cs:[ebp]", &isa_x86, false, "\x2e\x8b\x45\x00", 4, {C, C, C}},
    {"mov eax,ds:[ebp]", &isa_x86, false, "\x3e\x8b\x45\x00", 4, {D, D, D}},
    {"mov eax,es:[esp]", &isa_x86, false, "\x26\x8b\x04\x24", 4, {D, D, D}},
    {"mov eax,fs:[ebp]", &isa_x86, false, "\x64\x8b\x45\x00", 4, {D, D, D}},
    {"mov eax,gs:[ebp]", &isa_x86, false, "\x65\x8b\x45\x00", 4, {D, D, D}},
    {"the last prefix", &isa_x86, false, "\x36\x3e\x8b\x03", 4, {D, D, D}},
    {"mov al,ss:[0]", &isa_x86, false, "\x36\xa0\0\0\0\0", 6, {S, S, S}},
    {"xlat cs:", &isa_x86, false, "\x2e\xd7", 2, {C, C, C}},
    {"push eax", &isa_x86, false, "\x50", 1, {D, D, S}},
    {"ss push [ebx]", &isa_x86, false, "\x36\xff\x33", 3, {S, S, S}},
    {"push [ebx]", &isa_x86, false, "\xff\x33", 2, {D, D, S}},
    {"pop [ebx]", &isa_x86, false, "\x8f\x03", 2, {S, D, D}},
    {"pop cs:[ebx]", &isa_x86, false, "\x2e\x8f\x03", 3, {S, C, C}},
    {"inc [ebx]", &isa_x86, false, "\xff\x03", 2, {D, D, D}},
    {"call [ebx]", &isa_x86, false, "\xff\x13", 2, {D, D, S}},
    {"jmp [ebx]", &isa_x86, false, "\xff\x23", 2, {D, D, D}},
    {"call", &isa_x86, false, "\xe8\0\0\0\0", 5, {D, D, S}},
    {"ret", &isa_x86, false, "\xc3", 1, {S, D, D}},
    {"enter", &isa_x86, false, "\xc8\0\0\x02", 4, {S, S, S}},
    {"leave", &isa_x86, false, "\xc9", 1, {S, D, D}},
    {"ss movsb", &isa_x86, false, "\x36\xa4", 2, {S, S, D}},
    {"ss cmpsb", &isa_x86, false, "\x36\xa6", 2, {D, S, S}},
    {"ss stosb", &isa_x86, false, "\x36\xaa", 2, {S, S, D}},
    {"ss lodsb", &isa_x86, false, "\x36\xac", 2, {S, S, S}},
    {"ss scasb", &isa_x86, false, "\x36\xae", 2, {D, S, S}},
    {"ss maskmovq", &isa_x86, false, "\x36\x0f\xf7\xc1", 4, {S, S, S}},
    {"ldr r0,[r1]", &isa_arm, false, "\x00\x00\x91\xe5", 4, {D, D, D}},
    {"ldr r0,[r7]", &isa_arm, false, "\x00\x00\x97\xe5", 4, {D, D, D}},
    {"ldr r0,[r11]", &isa_arm, false, "\x00\x00\x9b\xe5", 4, {S, S, S}},
    {"ldr r0,[sp]", &isa_arm, false, "\x00\x00\x9d\xe5", 4, {S, S, S}},
    {"ldr r0,[pc]", &isa_arm, false, "\x00\x00\x9f\xe5", 4, {C, C, C}},
    {"ldr r0,[r7]", &isa_arm, true, "\x38\x68", 2, {S, S, S}},
    {"ldr r0,[r6]", &isa_arm, true, "\x30\x68", 2, {D, D, D}},
    {"ldr r0,[r11]", &isa_arm, true, "\xdb\xf8\x00\x00", 4, {D, D, D}},
    {"ldr r0,[pc]", &isa_arm, true, "\x00\x48", 2, {C, C, C}},
    {"str r0,[sp]", &isa_arm, true, "\x00\x90", 2, {S, S, S}},
    {"push {r0}", &isa_arm, true, "\x01\xb4", 2, {S, S, S}},
    {"ldm r7!,{r0}", &isa_arm, true, "\x01\xcf", 2, {S, S, S}},
    {"tbb [pc,r0]", &isa_arm, true, "\xdf\xe8\x00\xf0", 4, {C, C, C}},
};

static struct uses decoded_uses(const struct isa *isa, bool thumb,
                                const void *bytes, size_t size)
{
    struct decoder *decoder;
    struct decoded facts;

    assert_int_equal(decode_create(&decoder, isa), 0);
    assert_true(decode_insn(decoder, bytes, size, 0, thumb, &facts));
    decode_destroy(decoder);
    return (struct uses){(enum mmu_use)facts.use_load,
                         (enum mmu_use)facts.use_load_again,
                         (enum mmu_use)facts.use_store};
}

static bool same(const char *set, const char *what, struct uses want,
                 struct uses got)
{
    if (want.load == got.load && want.load_again == got.load_again &&
        want.store == got.store)
        return true;
    print_error("%s `%s`: want %d %d %d, got %d %d %d\n", set, what, want.load,
                want.load_again, want.store, got.load, got.load_again,
                got.store);
    return false;
}

static void test_decode_use_is_what_the_manuals_say(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(knowns); i++) {
        const struct known *k = &knowns[i];

        wrong += !same(k->isa->name, k->what, k->want,
                       decoded_uses(k->isa, k->thumb, k->bytes, k->size));
    }
    assert_int_equal(wrong, 0);
}

/* An access that the form does not make is for nothing. */
static void forget_unused(const struct plan *plan, struct uses *uses)
{
    unsigned loads = 0, stores = 0;

    for (unsigned i = 0; i < plan->access_count; i++) {
        loads += !plan->accesses[i].write;
        stores += plan->accesses[i].write;
    }
    uses->load = loads > 0 ? uses->load : MMU_USE_OF_KIND;
    uses->load_again = loads > 1 ? uses->load_again : MMU_USE_OF_KIND;
    uses->store = stores > 0 ? uses->store : MMU_USE_OF_KIND;
}

struct tally {
    unsigned compared, unknown, wrong;
};

/* The instruction of @form, behind a prefix if that is not 0. */
static void compare(const struct form_set *set, const struct plan *plan,
                    uint8_t prefix, struct tally *tally)
{
    const struct form *form = plan->form;
    const size_t size = (size_t)form->trail - form->main;
    uint8_t bytes[16] = {prefix};
    const size_t start = prefix != 0;
    struct uses want, got;

    memcpy(bytes + start, form->code + form->main, size);
    if (!use_oracle(set->isa, set->thumb, bytes, start + size, &want)) {
        tally->unknown++;
        return;
    }
    got = decoded_uses(set->isa, set->thumb, bytes, start + size);
    forget_unused(plan, &want);
    forget_unused(plan, &got);
    tally->wrong += !same(set->name, form->text, want, got);
    tally->compared++;
}

/* LOCK and FS, which some forms have, may be anywhere among the prefixes. */
static void compare_prefixed(const struct form_set *set,
                             const struct plan *plan, struct tally *tally)
{
    static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    const uint8_t first = (uint8_t)plan->form->code[plan->form->main];

    for (size_t i = 0; set->isa == &isa_x86 && i < COUNT(prefixes); i++)
        if (!memchr(prefixes, first, sizeof(prefixes)))
            compare(set, plan, prefixes[i], tally);
}

static void test_decode_use_agrees_with_capstone(void **state)
{
    struct tally tally = {0};

    (void)state;
    for (unsigned n = 0; n < CONF_SETS; n++) {
        const struct form_set *set = &conf_sets[n];

        for (size_t i = 0; i < set->count; i++) {
            struct plan plan;

            plan_read(&plan, set, &set->forms[i]);
            if (plan.menu || plan.access_count == 0)
                continue;
            compare(set, &plan, 0, &tally);
            compare_prefixed(set, &plan, &tally);
        }
    }
    printf("%u instructions, %u more are unknown to Capstone\n", tally.compared,
           tally.unknown);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.unknown < tally.compared / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_use_is_what_the_manuals_say),
        cmocka_unit_test(test_decode_use_agrees_with_capstone),
    };

    return cmocka_run_group_tests_name("decode use", tests, NULL, NULL);
}
