/*
 * os/swap_now.c - images swapped at once, for those who cannot wait; see
 * os/swap.c.
 *
 * Decisions of the model:
 * - It is the same transfer, and nobody runs until it is done.
 * - Who asks for an image is told when it cannot be read, and decides; the
 *   process does not end by itself.
 * - With --memory swap all images but one are on the disk.
 */
#include <errno.h>

#include "os/abi.h"
#include "os/internal.h"

int os_swap_out(struct os *os, struct process *process)
{
    const int err = os_swap_leave(os, process);

    if (err)
        return err;
    while (os_image(process) == PCB_IMAGE_LEAVING)
        (void)os_disk_wait(os);
    return os_image(process) == PCB_IMAGE_AWAY ? 0 : -EIO;
}

/* From wherever it is; what os->waiter could wait for is not waited for so. */
static int bring_in(struct os *os, struct process *process)
{
    bool asked = false;

    while (process->swapped) {
        const bool away = os_image(process) == PCB_IMAGE_AWAY;

        if (away && asked)
            return -EIO;
        if (away && os_swap_come(os, process))
            return -ENOMEM;
        asked = os_image(process) == PCB_IMAGE_ARRIVING;
        (void)os_disk_wait(os);
    }
    return 0;
}

int os_swap_in(struct os *os, struct process *process)
{
    const struct process *awaited = os->swap.awaited;
    struct process *waiter = os->waiter;
    int err;

    if (!process->swapped)
        return 0;
    os->swap.awaited = process;
    os->waiter = NULL;
    err = bring_in(os, process);
    os->swap.awaited = awaited;
    os->waiter = waiter;
    return err;
}

bool os_swap_turn(struct os *os, struct process *process)
{
    int err;

    for (unsigned i = 0; i < os->slots; i++)
        if (&os->processes[i] != process)
            (void)os_swap_out(os, &os->processes[i]);
    err = os_swap_in(os, process);
    if (err == -EIO) {
        process->swap_error = err;
        os_exit_signal(os, process, ABI_SIGKILL);
        return false;
    }
    process->stalled = err;
    return !err;
}
