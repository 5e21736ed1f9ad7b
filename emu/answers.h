/*
 * emu/answers.h - write the answers of `fencepost alloc`, fast.
 *
 *      {"addr":1004,"searched":1,"freelist":[[1024,76]]}
 *      {"addr":null,"searched":1,"freelist":[[1024,76]]}
 *      {"rc":0,"freelist":[[1000,24],[1024,76]]}
 *
 * Layer: emu/.
 */
#ifndef EMU_ANSWERS_H
#define EMU_ANSWERS_H

#include "emu/replay_alloc.h"

#define ANSWERS_BUFFER 65536u

/* Of which answers the free list is shown. */
enum answers_list { ANSWERS_EVERY, ANSWERS_LAST, ANSWERS_NONE };

struct answers {
    int fd; /* borrowed */
    int err;
    enum answers_list list;
    bool pending; /* one that may be the last has not ended */
    size_t used;
    char buffer[ANSWERS_BUFFER];
};

void answers_init(struct answers *answers, int fd, enum answers_list list);

/* Write one answer; the free list is that of @replay now. */
void answers_put(struct answers *answers, const struct replay_answer *answer,
                 const struct replay_alloc *replay);

/*
 * The last one has been put, and @replay is as it was then. Returns 0, or the
 * negative errno of the first write() that failed; answers->err is that, too,
 * as soon as it is known.
 */
int answers_finish(struct answers *answers, const struct replay_alloc *replay);

#endif /* EMU_ANSWERS_H */
