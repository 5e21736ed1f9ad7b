/*
 * emu/lib/internal.h - what the files of libfencepost know of each other, and
 * nobody else.
 *
 * Layer: emu/, private (tests may look).
 */
#ifndef EMU_LIB_INTERNAL_H
#define EMU_LIB_INTERNAL_H

#include "emu/lib/fencepost.h"
#include "emu/machine.h"
#include "os/inspect.h"

/* Bytes that grow; a 0 behind them, once there are any. */
struct fp_bytes {
    char *at;
    size_t used, room;
};

/* What was installed for one cause. */
struct fp_installed {
    struct fp_machine *machine;
    fp_handler *handler; /* NULL: the operating system's */
    void *context;
};

/* The last traps: number n is at n % room. */
struct fp_log {
    struct fp_trap *at;
    uint64_t count;
    uint32_t room, kept;
    uint64_t first; /* that is still there */
};

/* Something that fp_at() was asked for. */
struct fp_pending {
    struct fp_machine *machine;
    fp_event *event; /* NULL: compact memory, or swap @pid if that is not 0 */
    uint32_t pid;
    void *context;
    struct fp_pending *next; /* owned */
};

struct fp_machine {
    struct fp_config config; /* with defaults */
    struct machine *machine;
    struct os *os;     /* the machine's */
    struct phys *phys; /* the machine's */
    struct fp_bytes input, output[2];
    size_t input_read;
    uint8_t *swap; /* fp_config.swap bytes; owned */
    struct fp_log log;
    struct fp_installed installed[TRAP_COUNT];
    struct fp_trap trap;   /* the one that is handled, or was last */
    bool handling;         /* in a handler or an event */
    bool looping, corrupt; /* why the run was stopped */
    uint64_t row;          /* traps since an instruction was complete */
    uint64_t completed;    /* instructions, at the last trap */
    uint32_t *ends;        /* exit codes by pid; owned */
    bool *ended;           /* by pid; owned */
    uint32_t end_room;
    struct fp_pending *pending;
    struct os_grant *grants; /* owned, and so are names and files */
    unsigned grant_count;
    char error[256];
};

/* Append, or return false: out of host memory. */
bool fp_bytes_add(struct fp_bytes *bytes, const void *from, size_t size);

/* Say why something failed, and return @err. */
int fp_say(struct fp_machine *machine, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- emu/lib/traps.c ---- */

/* The watcher that writes traps down. */
struct machine_watcher fp_watcher(struct fp_machine *machine);

/* fp_check(), right after @trap, which fp_error() names if it is false. */
bool fp_check_after(struct fp_machine *machine, const struct fp_trap *trap);

/* Told of each process that ends. */
void fp_note_end(void *ctx, const struct process *process, uint32_t signal);

#endif /* EMU_LIB_INTERNAL_H */
