/*
 * limits.h - the part of <limits.h> that is not the compiler's.
 *
 * gcc's <limits.h> comes first on the include path, asks for the next one,
 * which is this, and then defines CHAR_BIT to ULLONG_MAX itself.
 */
#ifndef GUEST_LIMITS_H
#define GUEST_LIMITS_H

#define SSIZE_MAX  0x7fffffff
#define IOV_MAX    1024
#define PIPE_BUF   4096
#define MB_LEN_MAX 1

#endif /* GUEST_LIMITS_H */
