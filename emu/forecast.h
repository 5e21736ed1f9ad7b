/*
 * emu/forecast.h - which loads and stores a block is going to make.
 *
 * Where it starts, the registers and memory are known, and so are all addresses
 * that it will use as long as they follow from these by a few operations. A
 * forecast is the list of these operations and accesses (steps), made once from
 * the instructions of a block; to carry it out takes less time than to be told
 * of each access by the library.
 *
 *      push %ebx               store 4 at v[ESP] - 4
 *      mov 8(%esp), %ebx       v[19] = load 4 at v[ESP] + 4
 *      mov (%ebx,%esi,4), %eax load 4 at v[19] + (v[ESI] << 2)
 *
 * Steps work on values, which have numbers: first the registers as the block
 * starts, then what they compute. Values are 32 bits wide and wrap.
 *
 * A forecast says all or nothing: of a block that has any access whose address
 * it cannot work out, or an instruction whose accesses it does not know, there
 * is none. What it says of a block is true if each access is legal.
 *
 * Layer: emu/.
 */
#ifndef EMU_FORECAST_H
#define EMU_FORECAST_H

#include "emu/decode.h"

#define FORECAST_STEPS  1024u /* of a block, at most */
#define FORECAST_VALUES 1024u

/* Numbers of values. Up to 15, registers by their index in the ISA's order. */
enum {
    VALUE_ZERO = 16,
    VALUE_FS, /* x86: the bases of these segments */
    VALUE_GS,
    VALUE_FLAGS, /* as the block starts; ARM: bits 31 to 28 are N Z C V */
    VALUE_FIRST, /* computed ones */
    VALUE_UNKNOWN = 0xffff
};

/* What a step does. B is v[b] + plus; shifts count modulo 32. */
enum step_op {
    STEP_LOAD,        /* at v[a] + (v[b] << shift) + plus */
    STEP_STORE,       /* there; of a value nobody asks for */
    STEP_LOAD_VALUE,  /* as STEP_LOAD; v[dst] = what it loads, zero-extended */
    STEP_STORE_VALUE, /* of v[c], which a later STEP_LOAD_VALUE may ask for */
    STEP_SKIP,        /* if v[a] is 0, pass over the next step, which is an
                         access; v[dst] = 0 in place of what it loads */
    STEP_SELECT,      /* v[dst] = v[a] is not 0 ? v[b] : v[c] */
    STEP_SUM,         /* v[dst] = v[a] + (v[b] << shift) + plus */
    STEP_SUB,         /* v[dst] = v[a] - B */
    STEP_AND,
    STEP_OR,
    STEP_XOR,
    STEP_MUL,
    STEP_HIGH, /* of the unsigned product, the upper 32 bits */
    STEP_DIV,  /* unsigned; by 0 gives 0 */
    STEP_REM,
    STEP_SHL,
    STEP_SHR,
    STEP_SAR,
    STEP_ROR,
    STEP_IS_EQUAL, /* v[dst] = v[a] == B */
    STEP_IS_BELOW, /* v[a] < B, unsigned */
    STEP_IS_LESS,  /* v[a] < B, signed */
};

struct forecast_step {
    uint8_t op; /* enum step_op */
    uint8_t shift;
    uint16_t size; /* bytes of an access */
    bool aligned;  /* an access of 16 bytes that traps where it is not */
    uint16_t a, b, c, dst;
    uint32_t plus;
};

_Static_assert(STEP_STORE_VALUE < STEP_SKIP && STEP_STORE % 2 == 1 &&
                   STEP_STORE_VALUE % 2 == 1 && STEP_LOAD % 2 == 0 &&
                   STEP_LOAD_VALUE % 2 == 0,
               "the two below go by the order of operations");

static inline bool step_is_access(uint8_t op)
{
    return op <= STEP_STORE_VALUE;
}

/* Of an access. */
static inline bool step_stores(uint8_t op)
{
    return op & 1;
}

/* STEP_SUB to STEP_IS_LESS of two numbers. */
static inline uint32_t step_compute(uint8_t op, uint32_t a, uint32_t b)
{
    switch (op) {
    case STEP_SUB:
        return a - b;
    case STEP_AND:
        return a & b;
    case STEP_OR:
        return a | b;
    case STEP_XOR:
        return a ^ b;
    case STEP_MUL:
        return a * b;
    case STEP_HIGH:
        return (uint32_t)((uint64_t)a * b >> 32);
    case STEP_DIV:
        return b ? a / b : 0;
    case STEP_REM:
        return b ? a % b : 0;
    case STEP_SHL:
        return a << (b & 31);
    case STEP_SHR:
        return a >> (b & 31);
    case STEP_SAR:
        return (uint32_t)((int32_t)a >> (b & 31));
    case STEP_ROR:
        return a >> (b & 31) | a << (-b & 31);
    case STEP_IS_EQUAL:
        return a == b;
    case STEP_IS_BELOW:
        return a < b;
    default:
        return (int32_t)a < (int32_t)b;
    }
}

/* A value plus a constant. */
struct term {
    uint16_t value; /* VALUE_UNKNOWN: it is not known */
    uint32_t plus;
};

/* base + (index << shift) */
struct place {
    struct term base, index;
    uint8_t shift;
};

/* What ARM's flags follow from. */
enum lift_flags {
    LIFT_FLAGS_START,   /* they are as the block has found them */
    LIFT_FLAGS_COMPARE, /* a - b */
    LIFT_FLAGS_RESULT,  /* N and Z of a; the others are not known */
    LIFT_FLAGS_UNKNOWN,
};

/* A forecast in the making. */
struct lift {
    struct term regs[16]; /* what each register holds here; ARM: but the PC */
    struct forecast_step steps[FORECAST_STEPS];
    unsigned count;
    unsigned next; /* number of the next value */
    bool failed;   /* there is no forecast */
    bool wants_loads;
    enum lift_flags flags;
    struct term flags_a, flags_b;
    uint8_t it; /* ARM Thumb's IT state before the next instruction */
    struct term direction; /* x86: its bit 10 is DF */
};

/* ---- of an instruction set: emu/forecast_x86.c, emu/forecast_arm.c ---- */

/*
 * Add the instruction of @size bytes at @bytes, which is at @pc, in program
 * order. Where its accesses are not known: lift_fail().
 */
void lift_x86(struct lift *lift, const uint8_t *bytes, uint32_t size,
              vaddr_t pc, bool thumb);

/* The same of A32 or @thumb. The block must not begin behind an IT. */
void lift_arm(struct lift *lift, const uint8_t *bytes, uint32_t size,
              vaddr_t pc, bool thumb);

/* ---- for these two ---- */

static inline struct term term_const(uint32_t number)
{
    return (struct term){VALUE_ZERO, number};
}

static inline struct term term_unknown(void)
{
    return (struct term){VALUE_UNKNOWN, 0};
}

static inline bool term_is_known(struct term term)
{
    return term.value != VALUE_UNKNOWN;
}

static inline struct term term_plus(struct term term, uint32_t plus)
{
    term.plus += plus;
    return term;
}

void lift_fail(struct lift *lift);

/* @op, from STEP_SUB to STEP_IS_LESS, of two terms. */
struct term lift_op(struct lift *lift, enum step_op op, struct term a,
                    struct term b);

/* What @place comes to. */
struct term lift_sum(struct lift *lift, struct place place);

/* @yes where @condition is not 0, else @no. */
struct term lift_select(struct lift *lift, struct term condition,
                        struct term yes, struct term no);

/*
 * A load of @size bytes, and what it loads, zero-extended; unknown if that is
 * more than 4. Only if @condition is not 0, else it gives 0; NULL: always.
 */
struct term lift_load(struct lift *lift, const struct term *condition,
                      struct place place, uint32_t size);

/* The access that has just been added must be aligned to its size. */
void lift_align(struct lift *lift);

/* A store of the low bytes of @value, which need not be known. */
void lift_store(struct lift *lift, const struct term *condition,
                struct place place, uint32_t size, struct term value);

/* ---- for the engine ---- */

/*
 * A forecast that @wants_loads is of all accesses. Else loads whose address is
 * not known are no matter, and only those are in it that stores depend on, or
 * that must be aligned.
 */
void lift_begin(struct lift *lift, bool wants_loads);

/* Leave out what nothing wanted depends on. False: there is no forecast. */
bool lift_end(struct lift *lift);

#endif /* EMU_FORECAST_H */
