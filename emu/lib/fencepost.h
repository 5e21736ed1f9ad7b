/*
 * fencepost.h - libfencepost: a simulated computer for tests of trap handlers.
 *
 * A program builds a machine, loads compiled x86 or ARM programs into it, puts
 * its own handlers in the place of the operating system's, lets things go wrong
 * where it likes, runs, and asks what happened:
 *
 *      fencepost/trap.h     traps, handlers, and what a handler can want
 *      fencepost/machine.h  machines: create, load, run, output, the end
 *      fencepost/state.h    registers, memory, PCBs, MMU registers
 *      fencepost/inject.h   the nth access faults, the kth allocation fails,
 *                           memory is compacted or swapped at a cycle
 *
 * Functions that can fail return 0 or a negative errno value, after which
 * nothing has changed; each says which. No function prints, and none exits.
 * Machines know nothing of each other: a process may have many.
 *
 * Link with `pkg-config --cflags --libs fencepost`. See libfencepost(3).
 */
#ifndef FENCEPOST_H
#define FENCEPOST_H

#include "fencepost/inject.h"
#include "fencepost/machine.h"
#include "fencepost/state.h"
#include "fencepost/trap.h"

#endif /* FENCEPOST_H */
