/* strings.h - see <string.h>. */
#ifndef GUEST_STRINGS_H
#define GUEST_STRINGS_H

#include <string.h>

#endif /* GUEST_STRINGS_H */
