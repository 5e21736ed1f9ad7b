/*
 * stdint.h - the compiler knows its own widths.
 *
 * gcc's <stdint.h> comes first on the include path and asks for the next one,
 * which in a hosted build is the C library's: this.
 */
#ifndef GUEST_STDINT_H
#define GUEST_STDINT_H

#include <stdint-gcc.h>

#endif /* GUEST_STDINT_H */
