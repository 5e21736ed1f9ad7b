/*
 * emu/tape.h - the host's input and output, so that a run can begin again.
 *
 * While it records, a tape passes each read and write on to the host and keeps
 * what came back. After tape_rewind() the same calls, in the same order, get
 * the same answers from the tape, and the host sees nothing of them; behind the
 * last one it is the host again that answers, and nothing more is recorded.
 *
 * Layer: emu/.
 */
#ifndef EMU_TAPE_H
#define EMU_TAPE_H

#include "os/os.h"

struct tape {
    struct os_io host;
    uint8_t *bytes; /* owned: for each call its result, and what was read */
    size_t used, room, at;
    bool recording;
    bool lost; /* something is not on it */
};

/* Begin: with @recording keep what @host answers, else only pass it on. */
void tape_begin(struct tape *tape, const struct os_io *host, bool recording);

void tape_free(struct tape *tape);

/* Whether it would soon hold too much: rewind it now, or never. */
bool tape_is_ending(const struct tape *tape);

/* Answer from the beginning on. False: it does not hold everything. */
bool tape_rewind(struct tape *tape);

/* Keep nothing more, and nothing of what there is: it will not be rewound. */
void tape_stop(struct tape *tape);

/* As in struct os_io; @ctx is the tape. */
int tape_read(void *ctx, int fd, void *to, uint32_t size);
int tape_write(void *ctx, int fd, const void *from, uint32_t size);

#endif /* EMU_TAPE_H */
