/*
 * emu/forecast.c - a forecast in the making: steps are added in program order,
 * and in the end those go on which nothing depends.
 *
 * Decisions:
 * - A value that cannot be worked out does no harm until an address or a
 *   condition asks for it.
 * - Constants are added where they are used: a push costs no step but the
 *   store itself.
 * - What a store has stored is remembered only where a later load's value
 *   matters, for it might be the same bytes.
 */
#include "emu/forecast.h"

#include <string.h>

#define ALIGNED_MIN 16u /* bytes of an access that may have to be aligned */

void lift_begin(struct lift *lift, bool wants_loads)
{
    for (uint16_t i = 0; i < 16; i++)
        lift->regs[i] = (struct term){i, 0};
    lift->count = 0;
    lift->next = VALUE_FIRST;
    lift->failed = false;
    lift->wants_loads = wants_loads;
    lift->flags = LIFT_FLAGS_START;
    lift->it = 0;
    lift->direction = (struct term){VALUE_FLAGS, 0};
}

void lift_fail(struct lift *lift)
{
    lift->failed = true;
}

/*
 * Where the next step goes; too many of them: over the last. What has no result
 * has VALUE_ZERO for one: only STEP_SKIP writes that, and it writes 0.
 */
static struct forecast_step *add_step(struct lift *lift, enum step_op op)
{
    struct forecast_step *step;

    if (lift->count == FORECAST_STEPS) {
        lift->failed = true;
        lift->count--;
    }
    step = &lift->steps[lift->count++];
    *step = (struct forecast_step){.op = (uint8_t)op,
                                   .a = VALUE_ZERO,
                                   .b = VALUE_ZERO,
                                   .c = VALUE_ZERO,
                                   .dst = VALUE_ZERO};
    return step;
}

static uint16_t new_value(struct lift *lift)
{
    if (lift->next == FORECAST_VALUES) {
        lift->failed = true;
        lift->next--;
    }
    return (uint16_t)lift->next++;
}

static struct term result_of(struct lift *lift, struct forecast_step *step)
{
    step->dst = new_value(lift);
    return (struct term){step->dst, 0};
}

static bool is_const(struct term term)
{
    return term.value == VALUE_ZERO;
}

/* The number of a value that is all of @term. */
static uint16_t value_of(struct lift *lift, struct term term)
{
    struct forecast_step *step;

    if (!term_is_known(term) || term.plus == 0)
        return term.value;
    step = add_step(lift, STEP_SUM);
    step->a = term.value;
    step->plus = term.plus;
    return result_of(lift, step).value;
}

struct term lift_op(struct lift *lift, enum step_op op, struct term a,
                    struct term b)
{
    struct forecast_step *step;
    uint16_t first;

    if (!term_is_known(a) || !term_is_known(b))
        return term_unknown();
    if (is_const(a) && is_const(b))
        return term_const(step_compute((uint8_t)op, a.plus, b.plus));
    if (op == STEP_SUB && is_const(b))
        return term_plus(a, -b.plus);
    first = value_of(lift, a);
    step = add_step(lift, op);
    step->a = first;
    step->b = b.value;
    step->plus = b.plus;
    return result_of(lift, step);
}

static bool is_known(struct place place)
{
    return term_is_known(place.base) && term_is_known(place.index);
}

static void set_place(struct forecast_step *step, struct place place)
{
    step->a = place.base.value;
    step->b = place.index.value;
    step->shift = place.shift;
    step->plus = place.base.plus + (place.index.plus << place.shift);
}

struct term lift_sum(struct lift *lift, struct place place)
{
    struct forecast_step *step;

    if (!is_known(place))
        return term_unknown();
    if (is_const(place.index))
        return term_plus(place.base, place.index.plus << place.shift);
    if (is_const(place.base) && place.shift == 0)
        return term_plus(place.index, place.base.plus);
    step = add_step(lift, STEP_SUM);
    set_place(step, place);
    return result_of(lift, step);
}

struct term lift_select(struct lift *lift, struct term condition,
                        struct term yes, struct term no)
{
    struct forecast_step *step;
    uint16_t a, b, c;

    if (!term_is_known(condition) || !term_is_known(yes) || !term_is_known(no))
        return term_unknown();
    a = value_of(lift, condition);
    b = value_of(lift, yes);
    c = value_of(lift, no);
    step = add_step(lift, STEP_SELECT);
    step->a = a;
    step->b = b;
    step->c = c;
    return result_of(lift, step);
}

/* The step of an access, or NULL: there is no forecast. */
static struct forecast_step *add_access(struct lift *lift, enum step_op op,
                                        const struct term *condition,
                                        struct place place, uint32_t size)
{
    const bool is_essential = /* what must be aligned is not known yet */
        lift->wants_loads || step_stores((uint8_t)op) || size >= ALIGNED_MIN;
    struct forecast_step *step;

    if (!is_known(place) || (condition && !term_is_known(*condition))) {
        lift->failed |= is_essential;
        return NULL;
    }
    if (condition) {
        const uint16_t value = value_of(lift, *condition);

        add_step(lift, STEP_SKIP)->a = value;
    }
    step = add_step(lift, op);
    set_place(step, place);
    step->size = (uint16_t)size;
    return step;
}

struct term lift_load(struct lift *lift, const struct term *condition,
                      struct place place, uint32_t size)
{
    const enum step_op op = size <= 4 ? STEP_LOAD_VALUE : STEP_LOAD;
    struct forecast_step *step = add_access(lift, op, condition, place, size);
    struct term loaded;

    if (!step || op == STEP_LOAD)
        return term_unknown();
    loaded = result_of(lift, step);
    if (condition)
        step[-1].dst = loaded.value;
    return loaded;
}

void lift_store(struct lift *lift, const struct term *condition,
                struct place place, uint32_t size, struct term value)
{
    const uint16_t stored =
        size <= 4 ? value_of(lift, value) : (uint16_t)VALUE_UNKNOWN;
    struct forecast_step *step =
        add_access(lift, STEP_STORE_VALUE, condition, place, size);

    if (step)
        step->c = stored;
}

void lift_align(struct lift *lift)
{
    if (lift->count > 0)
        lift->steps[lift->count - 1].aligned = true;
}

/* ---- leaving out ---- */

static void need(bool *needed, uint16_t value)
{
    if (value != VALUE_UNKNOWN && value != VALUE_ZERO)
        needed[value] = true;
}

/* Whether @step is wanted for itself. */
static bool is_wanted(const struct lift *lift, const struct forecast_step *step)
{
    return step_is_access(step->op) &&
           (lift->wants_loads || step_stores(step->op) || step->aligned);
}

/*
 * Whether something depends on @step, in front of which @lift is to be seen;
 * then what it depends on is needed. A STEP_SKIP is kept as the access is that
 * stands behind it.
 */
static bool is_kept(const struct lift *lift, const struct forecast_step *step,
                    bool *needed, bool is_asked, bool was_kept)
{
    if (step->op == STEP_SKIP ? !was_kept
                              : !is_wanted(lift, step) && !needed[step->dst])
        return false;
    need(needed, step->a);
    need(needed, step->b);
    if (step->op == STEP_SELECT || (step->op == STEP_STORE_VALUE && is_asked))
        need(needed, step->c);
    return true;
}

/*
 * Backwards, so that who needs a value is seen before it is computed. A load is
 * known to be asked for its value before the stores in front of it are seen.
 */
bool lift_end(struct lift *lift)
{
    bool needed[FORECAST_VALUES] = {false};
    bool is_asked = false; /* a later load for its value */
    bool kept = false;
    unsigned at = FORECAST_STEPS;

    if (lift->failed)
        return false;
    for (unsigned i = lift->count; i-- > 0;) {
        struct forecast_step step = lift->steps[i];

        kept = is_kept(lift, &step, needed, is_asked, kept);
        if (!kept)
            continue;
        if (step.op == STEP_LOAD_VALUE && !needed[step.dst])
            step.op = STEP_LOAD;
        if (step.op == STEP_STORE_VALUE && !is_asked)
            step.op = STEP_STORE;
        is_asked |= step.op == STEP_LOAD_VALUE;
        lift->steps[--at] = step;
    }
    lift->count = FORECAST_STEPS - at;
    memmove(lift->steps, lift->steps + at, lift->count * sizeof(*lift->steps));
    return true;
}
