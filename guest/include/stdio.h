/*
 * stdio.h - standard input, output and error.
 *
 * There are no other files. stdout is kept until a newline, a full buffer, or
 * exit; stderr goes out at the end of each call; stdin is read in pieces of
 * BUFSIZ. A program that dies by a fault loses what it had not yet flushed,
 * as it would elsewhere.
 *
 * printf: flags - + space # 0, width, precision, *, lengths hh h l ll j z t L,
 * conversions d i u o x X c s p n % f F e E g G a A. Floating point is printed
 * exactly and rounded to even, at any precision; long double too. Not there:
 * wide characters, locales, positional arguments (%1$d).
 */
#ifndef GUEST_STDIO_H
#define GUEST_STDIO_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define EOF    (-1)
#define BUFSIZ 256

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

typedef struct __file FILE;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;
#define stdin  stdin
#define stdout stdout
#define stderr stderr

#define GUEST_PRINTF(text, first) __attribute__((format(printf, text, first)))

int printf(const char *format, ...) GUEST_PRINTF(1, 2);
int fprintf(FILE *stream, const char *format, ...) GUEST_PRINTF(2, 3);
int sprintf(char *to, const char *format, ...) GUEST_PRINTF(2, 3);
int snprintf(char *to, size_t size, const char *format, ...) GUEST_PRINTF(3, 4);
int vprintf(const char *format, va_list args) GUEST_PRINTF(1, 0);
int vfprintf(FILE *stream, const char *format, va_list args) GUEST_PRINTF(2, 0);
int vsprintf(char *to, const char *format, va_list args) GUEST_PRINTF(2, 0);
int vsnprintf(char *to, size_t size, const char *format, va_list args)
    GUEST_PRINTF(3, 0);

int fputc(int c, FILE *stream);
int putc(int c, FILE *stream);
int putchar(int c);
int fputs(const char *text, FILE *stream);
int puts(const char *text);
size_t fwrite(const void *from, size_t size, size_t count, FILE *stream);

int fgetc(FILE *stream);
int getc(FILE *stream);
int getchar(void);
int ungetc(int c, FILE *stream);
char *fgets(char *to, int size, FILE *stream);
size_t fread(void *to, size_t size, size_t count, FILE *stream);

/* With NULL: everything that is open for writing. */
int fflush(FILE *stream);
int setvbuf(FILE *stream, char *buffer, int mode, size_t size);
void setbuf(FILE *stream, char *buffer);
int feof(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);
int fileno(FILE *stream);
void perror(const char *prefix);

#endif /* GUEST_STDIO_H */
