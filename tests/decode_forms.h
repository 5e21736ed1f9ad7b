/*
 * tests/decode_forms.h - known answers for i386 instructions.
 */
#ifndef TESTS_DECODE_FORMS_H
#define TESTS_DECODE_FORMS_H

#include "emu/decode.h"

struct decode_facts {
    uint32_t flags;
    uint16_t operand_size; /* bytes */
    uint8_t pieces;        /* engine accesses */
    bool writes;
};

struct decode_form {
    const char *what; /* Intel syntax */
    const char *hex;
    const struct decode_facts *facts;
};

/* The facts of what CPUID does not promise: it is no instruction here. */
extern const struct decode_facts decode_unpromised;

extern const struct decode_form decode_forms[];
extern const size_t decode_forms_count;

#endif /* TESTS_DECODE_FORMS_H */
