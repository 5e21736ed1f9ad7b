/*
 * tests/alloc_model.h - every placement policy, naively: arrays that are
 * searched from end to end.
 *
 * It knows nothing of os/alloc/ but its enums, and follows the comments of
 * alloc.h alone.
 */
#ifndef TESTS_ALLOC_MODEL_H
#define TESTS_ALLOC_MODEL_H

#include "os/alloc/alloc.h"

#define MODEL_MAX 4096u

struct model_chunk {
    uint32_t address, size;
};

struct alloc_model {
    const struct alloc_policy *policy;
    enum alloc_order order;
    enum alloc_coalesce coalesce;
    uint32_t base, size, header, align, slot_size;
    unsigned count; /* free chunks, in list order */
    struct model_chunk chunks[MODEL_MAX];
    bool roves; /* next fit: `rover` is the address of its chunk */
    uint32_t rover;
    unsigned object_count; /* slab: free objects, the newest last */
    struct model_chunk objects[MODEL_MAX];
    unsigned slab_count; /* slab: size is the object's */
    struct model_chunk slabs[MODEL_MAX];
};

void alloc_model_init(struct alloc_model *model,
                      const struct alloc_config *config);

/* True and the block's first byte and size, or false. */
bool alloc_model_take(struct alloc_model *model, uint32_t size,
                      struct model_chunk *block, uint32_t *searched);

void alloc_model_give(struct alloc_model *model, struct model_chunk block);

/* All that is free, ascending by address; returns how many. */
unsigned alloc_model_free(const struct alloc_model *model,
                          struct model_chunk *to);

#endif /* TESTS_ALLOC_MODEL_H */
