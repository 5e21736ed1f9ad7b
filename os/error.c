/* os/error.c - see error.h. */
#include "os/error.h"

#include <stdarg.h>
#include <stdio.h>

void os_error_set(struct os_error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
}
