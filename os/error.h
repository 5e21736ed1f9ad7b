/*
 * os/error.h - why something was refused, for a person to read.
 *
 * Layer: os/.
 */
#ifndef OS_ERROR_H
#define OS_ERROR_H

/* One line: the field, its value and the reason, without the file's name. */
struct os_error {
    char text[256];
};

/* Fill @error as printf() would; a text that is too long is cut. */
void os_error_set(struct os_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* OS_ERROR_H */
