/*
 * tests/forecast_guest.h - what the instruction sets do not share in
 * tests/forecast_run.c.
 */
#ifndef TESTS_FORECAST_GUEST_H
#define TESTS_FORECAST_GUEST_H

#include "emu/engine_internal.h"
#include "tests/forecast_run.h"

struct forecast_guest {
    const struct isa *isa;
    const struct engine_arch *arch;
    unsigned regs; /* how many of a run's are compared */
    /* Put a system call. Returns its bytes. */
    uint32_t (*put_call)(const struct run *run, uint8_t *to);
    /* Bytes of the instruction at @bytes, where there are @size. */
    uint32_t (*size_of)(const struct run *run, const uint8_t *bytes,
                        uint32_t size);
    /* Whether the engine asks for a forecast of it, and may get one. */
    bool (*is_foreseen)(const struct run *run);
    /* What is no general register, before a run. */
    void (*prepare)(struct core *core, const struct run *run);
    uint32_t call_number; /* the exception that a system call is */
};

const struct forecast_guest *forecast_guest_find(const struct isa *isa);

#endif /* TESTS_FORECAST_GUEST_H */
