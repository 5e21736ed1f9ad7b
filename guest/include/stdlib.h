/*
 * stdlib.h - memory, numbers, sorting, endings.
 *
 * malloc works over brk and aligns to _Alignof(max_align_t): 16 bytes on i386,
 * 8 on ARM. abort() ends the process with exit code 134, which is 128 +
 * SIGABRT. The environment is empty: getenv finds nothing.
 */
#ifndef GUEST_STDLIB_H
#define GUEST_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX     0x7fffffff

typedef struct {
    int quot;
    int rem;
} div_t;

typedef struct {
    long quot;
    long rem;
} ldiv_t;

typedef struct {
    long long quot;
    long long rem;
} lldiv_t;

void *malloc(size_t size) __attribute__((malloc));
void *calloc(size_t count, size_t size) __attribute__((malloc));
void *realloc(void *old, size_t size);
void free(void *old);
void *aligned_alloc(size_t alignment, size_t size) __attribute__((malloc));
int posix_memalign(void **result, size_t alignment, size_t size);

/* In place, O(n log n) at worst, O(1) stack; not stable. */
void qsort(void *base, size_t count, size_t size,
           int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*compare)(const void *, const void *));

long strtol(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);
long long strtoll(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
int atoi(const char *text);
long atol(const char *text);
long long atoll(const char *text);

/* Correctly rounded, decimal and hexadecimal, infinity and nan. */
double strtod(const char *text, char **end);
float strtof(const char *text, char **end);
long double strtold(const char *text, char **end);
double atof(const char *text);

int abs(int value);
long labs(long value);
long long llabs(long long value);
div_t div(int number, int by);
ldiv_t ldiv(long number, long by);
lldiv_t lldiv(long long number, long long by);

/* The same sequence everywhere; not the host C library's. */
int rand(void);
void srand(unsigned seed);

_Noreturn void exit(int code);
_Noreturn void _Exit(int code);
_Noreturn void abort(void);
/* Room for 32 functions; nonzero when there is none left. */
int atexit(void (*function)(void));
char *getenv(const char *name);

#endif /* GUEST_STDLIB_H */
