/* tests/conformance_plan.c - read the notation of tests/conformance_x86.S. */
#include "tests/conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance_forms.inc"

#define FORMS(name) name##_forms, sizeof(name##_forms) / sizeof(name##_forms[0])

const struct form_set conf_sets[CONF_SETS] = {
    [CONF_X86] = {"x86", &isa_x86, false, FORMS(x86)},
    [CONF_ARM] = {"arm", &isa_arm, false, FORMS(arm)},
    [CONF_THUMB] = {"thumb", &isa_arm, true, FORMS(thumb)},
};

static void wrong(const struct plan *plan, const char *at)
{
    fprintf(stderr, "conformance: %s: cannot read \"%s\"\n", plan->form->text,
            at);
    abort();
}

unsigned conf_reg(const struct isa *isa, const char *name, size_t length)
{
    for (unsigned i = 0; i < isa->reg_count; i++)
        if (strlen(isa->regs[i].name) == length &&
            memcmp(isa->regs[i].name, name, length) == 0)
            return i;
    return isa->reg_count;
}

static bool take_word(const char **at, const char *word)
{
    const size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static uint32_t take_number(const char **at)
{
    char *end;
    const long long value = strtoll(*at, &end, 0);

    *at = end;
    return (uint32_t)value;
}

static struct value take_value(const char **at)
{
    struct value value = {V_NUMBER, 0};

    if (take_word(at, "@h"))
        value.kind = V_HALF;
    else if (take_word(at, "@16"))
        value.kind = V_LOW16;
    else if (take_word(at, "@"))
        value.kind = V_ANCHOR;
    else if (take_word(at, "#"))
        value.kind = V_SAFE;
    else if (take_word(at, "!"))
        value.kind = V_NEXT;
    else
        value.add = take_number(at);
    if (**at == '+' || **at == '-')
        value.add = take_number(at);
    return value;
}

static void read_poke(struct plan *plan, const char *at)
{
    const unsigned n = plan->poke_count++;

    if (n == PLAN_POKES)
        wrong(plan, at);
    plan->pokes[n].at = take_value(&at);
    if (!take_word(&at, "]="))
        wrong(plan, at);
    plan->pokes[n].value = take_value(&at);
}

static void read_set(struct plan *plan, const struct isa *isa, const char *at)
{
    const size_t length = strcspn(at, "= ");
    const unsigned reg = conf_reg(isa, at, length);

    if (reg == isa->reg_count || plan->set_count == PLAN_SETS)
        wrong(plan, at);
    plan->regs |= UINT64_C(1) << reg;
    if (plan->menu)
        return;
    at += length + 1;
    plan->sets[plan->set_count].reg = reg;
    plan->sets[plan->set_count++].value = take_value(&at);
}

static enum trap_cause take_cause(const struct plan *plan, const char *at)
{
    for (unsigned i = 0; i < TRAP_COUNT; i++) {
        const char *name = trap_name((enum trap_cause)i);

        if (strncmp(at, name, strlen(name)) == 0)
            return (enum trap_cause)i;
    }
    wrong(plan, at);
    return TRAP_COUNT;
}

static void read_word(struct plan *plan, const struct isa *isa, const char *at)
{
    if (take_word(&at, "menu"))
        plan->menu = true;
    else if (take_word(&at, "["))
        read_poke(plan, at);
    else if (take_word(&at, "align="))
        plan->align = take_number(&at);
    else if (take_word(&at, "strict"))
        plan->strict = true;
    else if (take_word(&at, "df=1"))
        plan->down = true;
    else if (take_word(&at, "abs16"))
        plan->absolute16 = true;
    else if (take_word(&at, "abs"))
        plan->absolute = true;
    else if (take_word(&at, "open"))
        plan->open = true;
    else if (take_word(&at, "trap="))
        plan->trap = take_cause(plan, at);
    else if (take_word(&at, "nofault"))
        plan->nofault = true;
    else if (take_word(&at, "fill="))
        plan->fill = (int)take_number(&at);
    else if (take_word(&at, "fill#="))
        plan->fill_safe = (int)take_number(&at);
    else if (take_word(&at, "pcrel="))
        plan->pcrel = take_number(&at);
    else if (take_word(&at, "it="))
        plan->it = take_number(&at);
    else if (take_word(&at, "rep=")) {
        plan->rep = true;
        plan->passes = take_number(&at);
        at++;
        plan->step = take_number(&at);
    } else {
        read_set(plan, isa, at);
    }
}

static void read_access(struct plan *plan, const char *at)
{
    struct plan_access *access = &plan->accesses[plan->access_count++];

    if (plan->access_count > PLAN_ACCESSES || (*at != 'r' && *at != 'w'))
        wrong(plan, at);
    access->write = *at++ == 'w';
    access->size = take_number(&at);
    access->safe = take_word(&at, "#");
    if (*at == '+' || *at == '-')
        access->offset = take_number(&at);
}

void plan_read(struct plan *plan, const struct form_set *set,
               const struct form *form)
{
    const char *at = form->setup;

    *plan = (struct plan){.form = form,
                          .align = 1,
                          .fill = -1,
                          .fill_safe = -1,
                          .trap = TRAP_COUNT};
    for (; *at; at += strspn(at, " ")) {
        read_word(plan, set->isa, at);
        at += strcspn(at, " ");
    }
    for (at = form->accesses; *at; at += strspn(at, " ")) {
        read_access(plan, at);
        at += strcspn(at, " ");
    }
}
