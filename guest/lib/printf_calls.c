/* printf_calls.c - the members of the printf family with three dots. */
#include <stdarg.h>
#include <stdio.h>

int printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int result = vfprintf(stdout, format, args);

    va_end(args);
    return result;
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int result = vfprintf(stream, format, args);

    va_end(args);
    return result;
}

int snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int result = vsnprintf(to, size, format, args);

    va_end(args);
    return result;
}

int sprintf(char *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int result = vsprintf(to, format, args);

    va_end(args);
    return result;
}
