/* quicksort.c - sorts numbers of the heap, by hand and by qsort. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 300

static unsigned seed = 1;

static int next_random(void)
{
    seed = seed * 1103515245u + 12345u;
    return (int)(seed >> 16) % 1000;
}

static void swap(int *a, int *b)
{
    int t = *a;

    *a = *b;
    *b = t;
}

/* Recurses into the smaller part, so the stack stays at log2(count). */
static void quicksort(int *a, int count)
{
    while (count > 1) {
        int pivot = a[count / 2];
        int i = 0;
        int j = count - 1;

        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j)
                swap(&a[i++], &a[j--]);
        }
        if (j + 1 < count - i) {
            quicksort(a, j + 1);
            a += i;
            count -= i;
        } else {
            quicksort(a + i, count - i);
            count = j + 1;
        }
    }
}

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return (x > y) - (x < y);
}

static int is_sorted(const int *a, int count)
{
    for (int i = 1; i < count; i++)
        if (a[i - 1] > a[i])
            return 0;
    return 1;
}

int main(void)
{
    int *mine = malloc(COUNT * sizeof *mine);
    int *theirs = malloc(COUNT * sizeof *theirs);

    if (mine == NULL || theirs == NULL) {
        printf("no memory\n");
        return 1;
    }
    for (int i = 0; i < COUNT; i++)
        mine[i] = next_random();
    memcpy(theirs, mine, COUNT * sizeof *mine);

    quicksort(mine, COUNT);
    qsort(theirs, COUNT, sizeof *theirs, compare);
    for (int i = 0; i < COUNT; i += 25)
        printf("%d%c", mine[i], i + 25 < COUNT ? ' ' : '\n');
    printf("quicksort: %s\n", is_sorted(mine, COUNT) ? "sorted" : "WRONG");
    printf("qsort: %s\n",
           memcmp(mine, theirs, COUNT * sizeof *mine) ? "DIFFERS" : "the same");
    free(theirs);
    free(mine);
    return 0;
}
