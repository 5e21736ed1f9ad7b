/*
 * segments.c - adds up the first words of segments 1 to SEGMENTS, each three
 * times its selector, and writes to each behind it.
 *
 * Freestanding, for i386 and 12 bits of selector; tests/run_segments.sh links
 * it. Ends with exit code 0 if the sum is right.
 */
#define SHIFT 20

static unsigned *word_of(unsigned selector)
{
    return (unsigned *)(selector << SHIFT);
}

void _start(void);

void _start(void)
{
    unsigned sum = 0;

    for (unsigned i = 1; i <= SEGMENTS; i++) {
        sum += word_of(i)[0];
        ((volatile unsigned *)word_of(i))[1] = i;
    }
    for (unsigned i = 1; i <= SEGMENTS; i++)
        sum += ((volatile unsigned *)word_of(i))[1];
    __asm__ volatile("int $0x80" /* exit */
                     :
                     : "a"(1),
                       "b"(sum != 4u * (SEGMENTS * (SEGMENTS + 1) / 2)));
}
