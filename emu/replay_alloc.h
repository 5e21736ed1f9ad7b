/*
 * emu/replay_alloc.h - requests, one after the other, to one allocator.
 *
 * Nodes lie beside an imaginary heap; an ID of the trace names what its last
 * request for memory gave. A resize that cannot stay where it is takes a new
 * block, then frees the old one; when that fails, the old one stays.
 *
 * Layer: emu/.
 */
#ifndef EMU_REPLAY_ALLOC_H
#define EMU_REPLAY_ALLOC_H

#include "emu/requests.h"
#include "os/alloc/alloc.h"

/* What an ID names. */
struct replay_id {
    uint32_t id;
    uint32_t block; /* ALLOC_NONE: freed, or never given */
    uint32_t size;  /* what was asked for */
    uint32_t seen;  /* 0: this entry is empty */
    uint64_t line;  /* of the request */
};

struct replay_alloc {
    struct alloc heap;
    uint32_t *table;
    struct replay_id *ids; /* a hash table */
    uint32_t id_count, id_slots;

    uint64_t requests, failed, refused; /* refused: "rc" -1 */
    uint64_t searches, searched, searched_max;
    uint64_t payload, payload_peak; /* bytes asked for and live */
};

struct replay_answer {
    bool has_rc; /* else address and searched */
    int rc;      /* 0 or -1 */
    bool given;
    uint32_t address; /* behind the header; if given */
    uint32_t searched;
};

/*
 * Begin with an empty heap. @config's table and nodes are set here.
 *
 * Returns 0, or leaves @out alone and returns -EINVAL or -ENOMEM.
 */
int replay_alloc_init(struct replay_alloc *out,
                      const struct alloc_config *config);

/* One that is all 0 is let be. */
void replay_alloc_reset(struct replay_alloc *replay);

/*
 * Answer one request.
 *
 * Returns 0 and fills @answer; or says why in @why and returns
 *   -EBADMSG  an ID is allocated that is live
 *   -ENOMEM   out of host memory
 */
int replay_alloc_apply(struct replay_alloc *replay,
                       const struct request *request,
                       struct replay_answer *answer, struct os_error *why);

/*
 * Walk over the free blocks as they are shown: in the order of the list, or of
 * their addresses if the policy has no list. ALLOC_NONE at the end.
 */
uint32_t replay_alloc_free_first(const struct replay_alloc *replay);
uint32_t replay_alloc_free_next(const struct replay_alloc *replay,
                                uint32_t block);

#endif /* EMU_REPLAY_ALLOC_H */
