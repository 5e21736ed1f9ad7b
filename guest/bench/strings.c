/*
 * strings.c - benchmark: strings and blocks of bytes.
 *
 * Each round builds a text of words, splits it, compares and searches the
 * words, sorts them and copies them about. Takes the number of rounds as its
 * argument. The time is the library's as much as the program's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     170
#define WORDS      400
#define TEXT_BYTES 8192

static char text[TEXT_BYTES];
static char copy[TEXT_BYTES];
static char *words[WORDS];
static uint32_t seed = 12345;

static uint32_t next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 16;
}

static void build(void)
{
    char *at = text;

    for (int i = 0; i < WORDS; i++) {
        uint32_t length = 3 + next_random() % 12;

        while (length-- > 0)
            *at++ = (char)('a' + next_random() % 26);
        *at++ = ' ';
    }
    *at = '\0';
}

static int split(void)
{
    int count = 0;

    memcpy(copy, text, sizeof copy);
    for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
        words[count++] = w;
    return count;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint32_t digest(int count)
{
    uint32_t sum = 0;

    for (int i = 0; i < count; i++) {
        if (i % 16 == 0)
            sum = sum * 31 + (uint32_t)(strstr(text, words[i]) - text);
        sum += (uint32_t)strlen(words[i]) + (uint32_t)strcspn(words[i], "xyz");
    }
    return sum;
}

static uint32_t move(void)
{
    memmove(text + 1, text, sizeof text - 1);
    memset(text, 'a', 1);
    return memcmp(text, copy, sizeof copy) > 0;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : ROUNDS;
    uint32_t sum = 0;

    for (long i = 0; i < rounds; i++) {
        build();
        int count = split();

        qsort(words, (size_t)count, sizeof words[0], compare);
        sum = sum * 31 + digest(count) + move();
    }
    printf("strings: %08lx\n", (unsigned long)sum);
    return 0;
}
