/*
 * qsort.c - heapsort, and binary search.
 *
 * Heapsort compares more often than a good quicksort but never goes quadratic,
 * needs no stack to speak of and sorts in place: in 16 KiB that decides.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef int compare_function(const void *, const void *);
typedef uint32_t __attribute__((may_alias)) word_t;

struct array {
    char *base;
    size_t size;
    compare_function *compare;
};

static char *element(const struct array *a, size_t i)
{
    return a->base + i * a->size;
}

static void swap_words(char *x, char *y, size_t size)
{
    for (size_t i = 0; i < size; i += sizeof(word_t)) {
        word_t t = *(word_t *)(x + i);

        *(word_t *)(x + i) = *(word_t *)(y + i);
        *(word_t *)(y + i) = t;
    }
}

static void swap_bytes(char *x, char *y, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char t = x[i];

        x[i] = y[i];
        y[i] = t;
    }
}

static void swap(const struct array *a, size_t i, size_t j)
{
    char *x = element(a, i);
    char *y = element(a, j);

    if (((uintptr_t)a->base | a->size) % sizeof(word_t) == 0)
        swap_words(x, y, a->size);
    else
        swap_bytes(x, y, a->size);
}

/* Lets element i sink until neither child, 2i+1 and 2i+2, is greater. */
static void sift_down(const struct array *a, size_t i, size_t count)
{
    while (i < count / 2) {
        size_t child = 2 * i + 1;

        if (child + 1 < count &&
            a->compare(element(a, child), element(a, child + 1)) < 0)
            child++;
        if (a->compare(element(a, i), element(a, child)) >= 0)
            return;
        swap(a, i, child);
        i = child;
    }
}

void qsort(void *base, size_t count, size_t size, compare_function *compare)
{
    struct array a = {base, size, compare};

    for (size_t i = count / 2; i > 0; i--)
        sift_down(&a, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        swap(&a, 0, end - 1);
        sift_down(&a, 0, end - 1);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
              compare_function *compare)
{
    const char *at = base;

    while (count > 0) {
        const char *middle = at + count / 2 * size;
        int order = compare(key, middle);

        if (order == 0)
            return (void *)middle;
        if (order > 0) {
            at = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
