/*
 * emu/engine_registers.c - where the library keeps a core's registers.
 *
 * To ask it for one takes as long as several instructions. They lie in one
 * array, in the order of the ISA, somewhere in the object of the CPU, to which
 * the library's handle has a pointer. Where exactly differs between versions.
 *
 * Decisions:
 * - The place is found, not known: registers are written through the library,
 *   and what its handle points to is searched for them. It counts only if other
 *   numbers are then found at the same place.
 * - The host's memory is read by way of a file, which refuses what is not
 *   mapped. Where there is no such file nothing is found, and nothing is lost
 *   but time.
 */
#include "emu/engine_internal.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

#define REACH  65536u /* bytes behind a pointer that are searched */
#define SOUGHT 8u     /* registers */

/* The numbers to look for, which are stored nowhere else. */
struct sought {
    uint32_t salt;
    size_t stride; /* bytes from one to the next */
};

static uint32_t number_of(const struct sought *sought, unsigned reg)
{
    return sought->salt + reg * 0x01030507u;
}

static void write_sought(struct engine *e, struct core *core,
                         struct sought *sought, uint32_t salt)
{
    sought->salt = salt;
    for (unsigned i = 0; i < SOUGHT; i++)
        engine_write_reg(e, core, i, number_of(sought, i));
}

static bool are_at(const struct sought *sought, const uint8_t *at)
{
    for (unsigned i = 0; i < SOUGHT; i++) {
        const uint32_t number = number_of(sought, i);

        if (memcmp(at + i * sought->stride, &number, sizeof(number)) != 0)
            return false;
    }
    return true;
}

/* Where in the @size bytes they begin, or -1. */
static ssize_t find_in(const struct sought *sought, const uint8_t *bytes,
                       size_t size)
{
    const size_t all = SOUGHT * sought->stride;

    for (size_t at = 0; at + all <= size; at += sought->stride)
        if (are_at(sought, bytes + at))
            return (ssize_t)at;
    return -1;
}

/* Whether they are at @place, and follow when others are written. */
static bool follow(struct engine *e, struct core *core, struct sought *sought,
                   const uint8_t *place)
{
    write_sought(e, core, sought, 0x6b2d1f03u);
    const bool found = are_at(sought, place);
    write_sought(e, core, sought, 0x5a31c0d7u);
    return found && are_at(sought, place);
}

/* What any word of the handle points to and holds the numbers, or NULL. */
static uint32_t *search(struct engine *e, struct core *core,
                        struct sought *sought, int memory, uint8_t *bytes)
{
    const uintptr_t *words = (const uintptr_t *)(const void *)core->uc;
    const size_t count = malloc_usable_size(core->uc) / sizeof(*words);

    for (size_t i = 0; i < count; i++) {
        const ssize_t size = pread(memory, bytes, REACH, (off_t)words[i]);
        const ssize_t at = size > 0 ? find_in(sought, bytes, (size_t)size) : -1;

        if (at >= 0 && follow(e, core, sought, (uint8_t *)words[i] + at))
            return (uint32_t *)(words[i] + (uintptr_t)at);
    }
    return NULL;
}

bool engine_find_registers(struct engine *e, struct core *core)
{
    struct sought sought = {.stride = e->isa->thumb_flag ? 4 : 8};

    if (core->regs || core->sought_regs)
        return core->regs != NULL;
    core->sought_regs = true;

    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = malloc(REACH);

    if (memory >= 0 && bytes) {
        uc_context_save(core->uc, core->spare);
        write_sought(e, core, &sought, 0x5a31c0d7u);
        core->regs = search(e, core, &sought, memory, bytes);
        uc_context_restore(core->uc, core->spare);
    }
    free(bytes);
    if (memory >= 0)
        close(memory);
    return core->regs != NULL;
}
