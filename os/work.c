/*
 * os/work.c - physical memory as handlers touch it, and who is told.
 *
 * Decisions of the model:
 * - What is copied within memory is loaded and stored. What comes from the host
 *   is only stored, what goes there is only loaded: a device does the rest.
 * - A segment that is brought in comes from the disk by itself: no loads and no
 *   stores, but the zeros that are stored before.
 * - Fields of PCBs, descriptors and the OS's own tables are no work: a handful
 *   of words that a processor has at hand.
 */
#include "os/internal.h"

void os_watch_work(struct os *os, os_worked *worked, void *ctx)
{
    os->worked = worked;
    os->worked_ctx = ctx;
}

static void tell(struct os *os, const struct os_work *work)
{
    if (os->worked && work->size > 0)
        os->worked(os->worked_ctx, work);
}

void os_work_copy(struct os *os, paddr_t to, paddr_t from, uint32_t size)
{
    const struct os_work work = {OS_WORK_COPY, to, from, size};

    phys_write(os->phys, to, os->phys->bytes + from, size);
    tell(os, &work);
}

void os_work_load(struct os *os, void *to, paddr_t from, uint32_t size)
{
    const struct os_work work = {OS_WORK_LOAD, 0, from, size};

    phys_read(os->phys, from, to, size);
    tell(os, &work);
}

void os_work_store(struct os *os, paddr_t to, const void *from, uint32_t size)
{
    const struct os_work work = {OS_WORK_STORE, to, 0, size};

    phys_write(os->phys, to, from, size);
    tell(os, &work);
}

void os_work_store32(struct os *os, paddr_t to, uint32_t value)
{
    const struct os_work work = {OS_WORK_STORE, to, 0, sizeof(value)};

    phys_write32(os->phys, to, value);
    tell(os, &work);
}

void os_work_clear(struct os *os, paddr_t to, uint32_t size)
{
    const struct os_work work = {OS_WORK_STORE, to, 0, size};

    phys_fill(os->phys, to, 0, size);
    tell(os, &work);
}

void os_work_brought(struct os *os, paddr_t to, uint32_t size)
{
    const struct os_work work = {OS_WORK_DISK, to, 0, size};

    tell(os, &work);
}
