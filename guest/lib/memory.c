/*
 * memory.c - blocks of bytes.
 *
 * memcpy, memmove and memset move words while both ends are aligned alike;
 * bytes before and after. Written for few instructions and little code, not
 * for any one processor.
 */
#include <stdint.h>
#include <string.h>

#define WORD sizeof(word_t)

/* May alias anything: the bytes belong to objects of every type. */
typedef uint32_t __attribute__((may_alias)) word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *d = to;
    const unsigned char *s = from;

    if ((((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
        for (; size > 0 && ((uintptr_t)d & (WORD - 1)) != 0; size--)
            *d++ = *s++;
        for (; size >= WORD; size -= WORD, d += WORD, s += WORD)
            *(word_t *)d = *(const word_t *)s;
    }
    while (size-- > 0)
        *d++ = *s++;
    return to;
}

/* Upward memcpy is safe unless to lies inside [from, from + size). */
void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *d = to;
    const unsigned char *s = from;

    if ((uintptr_t)d - (uintptr_t)s >= size)
        return memcpy(to, from, size);
    if ((((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
        for (; size > 0 && ((uintptr_t)(d + size) & (WORD - 1)) != 0; size--)
            d[size - 1] = s[size - 1];
        for (; size >= WORD; size -= WORD)
            *(word_t *)(d + size - WORD) = *(const word_t *)(s + size - WORD);
    }
    for (; size > 0; size--)
        d[size - 1] = s[size - 1];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    unsigned char *d = to;
    word_t word = (unsigned char)byte * 0x01010101u;

    for (; size > 0 && ((uintptr_t)d & (WORD - 1)) != 0; size--)
        *d++ = (unsigned char)byte;
    for (; size >= WORD; size -= WORD, d += WORD)
        *(word_t *)d = word;
    while (size-- > 0)
        *d++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *p = a;
    const unsigned char *q = b;

    for (; size > 0; size--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

void *memchr(const void *from, int byte, size_t size)
{
    const unsigned char *p = from;

    for (; size > 0; size--, p++)
        if (*p == (unsigned char)byte)
            return (void *)p;
    return NULL;
}

void *memrchr(const void *from, int byte, size_t size)
{
    const unsigned char *p = from;

    while (size-- > 0)
        if (p[size] == (unsigned char)byte)
            return (void *)(p + size);
    return NULL;
}

void *memmem(const void *hay, size_t hay_size, const void *needle,
             size_t needle_size)
{
    const unsigned char *p = hay;

    for (; hay_size >= needle_size; hay_size--, p++)
        if (memcmp(p, needle, needle_size) == 0)
            return (void *)p;
    return NULL;
}
