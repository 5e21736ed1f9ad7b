/*
 * os/alloc/avl.h - AVL trees whose nodes are three words of something that has
 * a number: a free block, or the entry of one.
 *
 *      word at + 0   left child
 *      word at + 1   right child
 *      word at + 2   parent, and in its two low bits which side is higher
 *
 * Numbers are multiples of 4, ALLOC_NONE is none. With the parent known, a
 * node leaves without a search. What a node says of all below it (how many, the
 * largest ..) is the business of update(), which is called from the bottom up
 * for every node whose subtree has changed.
 *
 * All is inlined where it is used, so that `at` and update() are constants
 * there. O(log n): a tree of 2^30 nodes is at most 44 high.
 * Layer: os/alloc/, private.
 */
#ifndef OS_ALLOC_AVL_H
#define OS_ALLOC_AVL_H

#include "os/alloc/alloc.h"

#define AVL_HEIGHT_MAX 48u
#define AVL_INLINE     static inline __attribute__((always_inline))

enum avl_tilt { AVL_EVEN = 0, AVL_LEFT_HIGH = 1, AVL_RIGHT_HIGH = 2 };

struct avl {
    uint8_t *bytes; /* node n's words begin at bytes + (n - bias) */
    uint32_t bias;
    unsigned at;
    uint32_t *root;
    void (*update)(const struct avl *t, uint32_t node); /* or NULL */
    const void *ctx;                                    /* its own */
};

AVL_INLINE uint32_t *avl_words(const struct avl *t, uint32_t node)
{
    return (uint32_t *)(void *)(t->bytes + (node - t->bias)) + t->at;
}

AVL_INLINE uint32_t avl_child(const struct avl *t, uint32_t node, bool right)
{
    return avl_words(t, node)[right];
}

AVL_INLINE uint32_t avl_parent(const struct avl *t, uint32_t node)
{
    return avl_words(t, node)[2] & ~3u;
}

AVL_INLINE uint32_t avl_tilt(const struct avl *t, uint32_t node)
{
    return avl_words(t, node)[2] & 3u;
}

AVL_INLINE uint32_t avl_high(bool right)
{
    return right ? AVL_RIGHT_HIGH : AVL_LEFT_HIGH;
}

AVL_INLINE void avl_set_tilt(const struct avl *t, uint32_t node, uint32_t tilt)
{
    uint32_t *up = &avl_words(t, node)[2];

    *up = (*up & ~3u) | tilt;
}

AVL_INLINE void avl_set_parent(const struct avl *t, uint32_t node,
                               uint32_t parent)
{
    uint32_t *up = &avl_words(t, node)[2];

    *up = parent | (*up & 3u);
}

/* Whether @node, which has a parent, is its right child. */
AVL_INLINE bool avl_is_right(const struct avl *t, uint32_t parent,
                             uint32_t node)
{
    return avl_child(t, parent, true) == node;
}

/* @node, perhaps none, becomes @parent's child; without a parent the root. */
AVL_INLINE void avl_hang(const struct avl *t, uint32_t parent, bool right,
                         uint32_t node)
{
    if (parent == ALLOC_NONE)
        *t->root = node;
    else
        avl_words(t, parent)[right] = node;
    if (node != ALLOC_NONE)
        avl_set_parent(t, node, parent);
}

AVL_INLINE void avl_update(const struct avl *t, uint32_t node)
{
    if (t->update)
        t->update(t, node);
}

/* The child of @old on the @heavy side takes its place. Returns it. */
AVL_INLINE uint32_t avl_rotate(const struct avl *t, uint32_t old, bool heavy)
{
    const uint32_t top = avl_child(t, old, heavy);
    const uint32_t parent = avl_parent(t, old);
    const bool right = parent != ALLOC_NONE && avl_is_right(t, parent, old);

    avl_hang(t, old, heavy, avl_child(t, top, !heavy));
    avl_hang(t, parent, right, top);
    avl_hang(t, top, !heavy, old);
    return top;
}

/*
 * @old is two higher on the @heavy side. Returns what stands there now, whose
 * own update() is left to the caller; *@lower: the whole is one lower.
 */
AVL_INLINE uint32_t avl_rebalance(const struct avl *t, uint32_t old, bool heavy,
                                  bool *lower)
{
    const uint32_t side = avl_child(t, old, heavy);
    uint32_t top = side;

    *lower = true;
    if (avl_tilt(t, side) == avl_high(!heavy)) {
        top = avl_rotate(t, side, !heavy);
        const uint32_t tilt = avl_tilt(t, top);

        avl_rotate(t, old, heavy);
        avl_set_tilt(t, old,
                     tilt == avl_high(heavy) ? avl_high(!heavy) : AVL_EVEN);
        avl_set_tilt(t, side,
                     tilt == avl_high(!heavy) ? avl_high(heavy) : AVL_EVEN);
        avl_set_tilt(t, top, AVL_EVEN);
        avl_update(t, side);
    } else {
        *lower = avl_tilt(t, side) != AVL_EVEN;
        avl_rotate(t, old, heavy);
        avl_set_tilt(t, old, *lower ? AVL_EVEN : avl_high(heavy));
        avl_set_tilt(t, side, *lower ? AVL_EVEN : avl_high(!heavy));
    }
    avl_update(t, old);
    return top;
}

/* Hang @node where there was nothing: on that side of @parent. */
AVL_INLINE void avl_insert(const struct avl *t, uint32_t parent, bool right,
                           uint32_t node)
{
    uint32_t *words = avl_words(t, node);
    bool higher = true;

    words[0] = words[1] = words[2] = 0;
    avl_hang(t, parent, right, node);
    avl_update(t, node);
    for (uint32_t n = parent; n != ALLOC_NONE && (higher || t->update);) {
        if (higher) {
            const uint32_t tilt = avl_tilt(t, n);
            bool lower;

            higher = tilt == AVL_EVEN;
            if (tilt == avl_high(right))
                n = avl_rebalance(t, n, right, &lower);
            else
                avl_set_tilt(t, n, higher ? avl_high(right) : AVL_EVEN);
        }
        avl_update(t, n);

        const uint32_t up = avl_parent(t, n);
        right = up != ALLOC_NONE && avl_is_right(t, up, n);
        n = up;
    }
}

/* The @right side of @n has become one lower, and so perhaps all above it. */
AVL_INLINE void avl_retrace(const struct avl *t, uint32_t n, bool right)
{
    bool lower = true;

    while (n != ALLOC_NONE && (lower || t->update)) {
        if (lower) {
            const uint32_t tilt = avl_tilt(t, n);

            if (tilt == AVL_EVEN) {
                avl_set_tilt(t, n, avl_high(!right));
                lower = false;
            } else if (tilt == avl_high(right)) {
                avl_set_tilt(t, n, AVL_EVEN);
            } else {
                n = avl_rebalance(t, n, !right, &lower);
            }
        }
        avl_update(t, n);

        const uint32_t up = avl_parent(t, n);
        right = up != ALLOC_NONE && avl_is_right(t, up, n);
        n = up;
    }
}

AVL_INLINE void avl_remove(const struct avl *t, uint32_t node)
{
    const uint32_t left = avl_child(t, node, false);
    const uint32_t right = avl_child(t, node, true);
    const uint32_t parent = avl_parent(t, node);
    const bool side = parent != ALLOC_NONE && avl_is_right(t, parent, node);

    if (left == ALLOC_NONE || right == ALLOC_NONE) {
        avl_hang(t, parent, side, left != ALLOC_NONE ? left : right);
        avl_retrace(t, parent, side);
        return;
    }

    /* The node after it takes its place. */
    uint32_t after = right;
    while (avl_child(t, after, false) != ALLOC_NONE)
        after = avl_child(t, after, false);
    const uint32_t from = after == right ? after : avl_parent(t, after);
    if (after != right) {
        avl_hang(t, from, false, avl_child(t, after, true));
        avl_hang(t, after, true, right);
    }
    avl_hang(t, after, false, left);
    avl_set_tilt(t, after, avl_tilt(t, node));
    avl_hang(t, parent, side, after);
    avl_retrace(t, from, after == right);
}

/* @with, which is in no tree, stands where @node stood. No update(). */
AVL_INLINE void avl_replace(const struct avl *t, uint32_t node, uint32_t with)
{
    const uint32_t parent = avl_parent(t, node);
    const bool side = parent != ALLOC_NONE && avl_is_right(t, parent, node);

    avl_words(t, with)[2] = avl_tilt(t, node);
    avl_hang(t, with, false, avl_child(t, node, false));
    avl_hang(t, with, true, avl_child(t, node, true));
    avl_hang(t, parent, side, with);
}

/* ---- for walkers, once all links are known to be sound ---- */

/*
 * The height that the tilts claim for @node: down the higher side. -1
 * when that is no height.
 */
AVL_INLINE unsigned avl_claimed_height(const struct avl *t, uint32_t node)
{
    unsigned height = 0;

    for (; node != ALLOC_NONE; height++) {
        const uint32_t tilt = avl_tilt(t, node);

        if (tilt > AVL_RIGHT_HIGH || height == AVL_HEIGHT_MAX)
            return -1u;
        node = avl_child(t, node, tilt == AVL_RIGHT_HIGH);
    }
    return height;
}

/* A claim that holds for each node and its children is the truth. */
AVL_INLINE bool avl_level_check(const struct avl *t, uint32_t node)
{
    const uint32_t tilt = avl_tilt(t, node);
    const unsigned left = avl_claimed_height(t, avl_child(t, node, false));
    const unsigned right = avl_claimed_height(t, avl_child(t, node, true));

    return tilt <= AVL_RIGHT_HIGH && left != -1u && right != -1u &&
           left + (tilt == AVL_RIGHT_HIGH) == right + (tilt == AVL_LEFT_HIGH);
}

#endif /* OS_ALLOC_AVL_H */
