/*
 * heapgrow.c - takes memory until there is none, gives it back, takes it again.
 *
 * How much there is depends on the bounds and on the size of this program, so
 * only what must hold everywhere is printed; with an argument, the amount too.
 * Under a system whose memory is large this runs for long.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 100

struct piece {
    struct piece *next;
    unsigned char filler[PIECE];
};

static struct piece *pieces;

static int take_all(void)
{
    struct piece *p;
    int count = 0;

    errno = 0;
    while ((p = malloc(sizeof *p)) != NULL) {
        memset(p->filler, count, sizeof p->filler);
        p->next = pieces;
        pieces = p;
        count++;
    }
    return count;
}

/* Returns how many pieces still hold what was written to them. */
static int give_all_back(int count)
{
    int intact = 0;

    while (pieces != NULL) {
        struct piece *p = pieces;

        pieces = p->next;
        count--;
        intact += p->filler[0] == (unsigned char)count &&
                  p->filler[PIECE - 1] == (unsigned char)count;
        free(p);
    }
    return intact;
}

int main(int argc, char **argv)
{
    int first = take_all();
    int refused = errno;
    int intact = give_all_back(first);
    int second = take_all();

    give_all_back(second);
    (void)argv;
    if (argc > 1)
        printf("%d pieces of %d bytes\n", first, (int)sizeof(struct piece));
    printf("got some: %s\n", first > 0 ? "yes" : "no");
    printf("refused with ENOMEM: %s\n", refused == ENOMEM ? "yes" : "no");
    printf("all intact: %s\n", intact == first ? "yes" : "no");
    printf("as many again: %s\n", second >= first ? "yes" : "no");

    void *all = malloc((size_t)first * sizeof(struct piece));

    printf("in one piece: %s\n", all != NULL ? "yes" : "no");
    return 0;
}
