/* strings.c - counting, reversing and searching words. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 40

static const char verse[] =
    "The time has come, the Walrus said, to talk of many things: of shoes, "
    "and ships, and sealing-wax, of cabbages, and kings, and why the sea is "
    "boiling hot, and whether pigs have wings.";

struct count {
    const char *word;
    int times;
};

static struct count counts[WORDS_MAX];
static int count_words;

static void count(const char *word)
{
    for (int i = 0; i < count_words; i++)
        if (strcmp(counts[i].word, word) == 0) {
            counts[i].times++;
            return;
        }
    if (count_words < WORDS_MAX)
        counts[count_words++] = (struct count){word, 1};
}

static int by_times_then_word(const void *a, const void *b)
{
    const struct count *x = a;
    const struct count *y = b;

    return x->times != y->times ? y->times - x->times
                                : strcmp(x->word, y->word);
}

static char *lowered(const char *text)
{
    char *copy = strdup(text);

    for (char *p = copy; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

static void reverse(char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length / 2; i++) {
        char t = text[i];

        text[i] = text[length - 1 - i];
        text[length - 1 - i] = t;
    }
}

static void count_all(char *text)
{
    for (char *w = strtok(text, " ,:."); w != NULL; w = strtok(NULL, " ,:."))
        count(w);
    qsort(counts, (size_t)count_words, sizeof counts[0], by_times_then_word);
    for (int i = 0; i < count_words && i < 5; i++)
        printf("%-8s %d\n", counts[i].word, counts[i].times);
    printf("%d different words\n", count_words);
}

static void search(const char *what)
{
    const char *found = strstr(verse, what);

    if (found != NULL)
        printf("\"%s\" at %d: %.20s\n", what, (int)(found - verse), found);
    else
        printf("no \"%s\"\n", what);
}

int main(void)
{
    char line[64];
    char *text = lowered(verse);

    if (text == NULL)
        return 1;
    count_all(text);
    search("cabbages");
    search("oysters");

    strncpy(line, verse, 34);
    line[34] = '\0';
    reverse(line);
    printf("%s\n", line);
    strcpy(line, "wax");
    strcat(line, " and kings");
    printf("%s: x at %d of %d\n", line, (int)strcspn(line, "x"),
           (int)strlen(line));
    printf("last comma at %d\n", (int)(strrchr(verse, ',') - verse));
    printf("compare: %d %d %d\n", strcmp("pig", "pig"), strcmp("a", "b") < 0,
           strncmp("wings", "winter", 3));
    free(text);
    return 0;
}
