/* string.c - strings: measure, copy, compare, search. */
#include <string.h>

#include <ctype.h>
#include <stdlib.h>

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end != '\0')
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t max)
{
    size_t n = 0;

    while (n < max && text[n] != '\0')
        n++;
    return n;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
    while ((*to = *from++) != '\0')
        to++;
    return to;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    stpcpy(to, from);
    return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(from, size);

    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to;
}

char *strcat(char *restrict to, const char *restrict from)
{
    stpcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t max)
{
    char *end = to + strlen(to);
    size_t length = strnlen(from, max);

    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (; max > 0; max--, a++, b++)
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strncasecmp(const char *a, const char *b, size_t max)
{
    for (; max > 0; max--, a++, b++) {
        int x = tolower((unsigned char)*a);
        int y = tolower((unsigned char)*b);

        if (x != y || x == '\0')
            return x - y;
    }
    return 0;
}

int strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, (size_t)-1);
}

int strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (*text == '\0')
            return NULL;
    return (char *)text;
}

char *strrchr(const char *text, int c)
{
    return memrchr(text, c, strlen(text) + 1);
}

char *strstr(const char *hay, const char *needle)
{
    size_t length = strlen(needle);

    if (length == 0)
        return (char *)hay;
    while ((hay = strchr(hay, *needle)) != NULL) {
        if (strncmp(hay, needle, length) == 0)
            return (char *)hay;
        hay++;
    }
    return NULL;
}

size_t strspn(const char *text, const char *accept)
{
    size_t n = 0;

    while (text[n] != '\0' && strchr(accept, text[n]) != NULL)
        n++;
    return n;
}

/* The end of text is found in reject too: strchr counts the final '\0'. */
size_t strcspn(const char *text, const char *reject)
{
    size_t n = 0;

    while (strchr(reject, text[n]) == NULL)
        n++;
    return n;
}

char *strpbrk(const char *text, const char *accept)
{
    text += strcspn(text, accept);
    return *text != '\0' ? (char *)text : NULL;
}

char *strtok_r(char *restrict text, const char *restrict separators,
               char **restrict state)
{
    char *token = text != NULL ? text : *state;

    if (token == NULL)
        return NULL;
    token += strspn(token, separators);
    if (*token == '\0') {
        *state = NULL;
        return NULL;
    }
    char *end = token + strcspn(token, separators);

    *state = *end != '\0' ? end + 1 : NULL;
    *end = '\0';
    return token;
}

char *strtok(char *restrict text, const char *restrict separators)
{
    static char *state;

    return strtok_r(text, separators, &state);
}

char *strndup(const char *text, size_t max)
{
    size_t length = strnlen(text, max);
    char *copy = malloc(length + 1);

    if (copy == NULL)
        return NULL;
    copy[length] = '\0';
    return memcpy(copy, text, length);
}

char *strdup(const char *text)
{
    return strndup(text, (size_t)-1 - 1);
}
