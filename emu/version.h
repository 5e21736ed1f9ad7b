/*
 * emu/version.h - which libraries are loaded.
 *
 * Layer: emu/.
 */
#ifndef EMU_VERSION_H
#define EMU_VERSION_H

#include <stddef.h>

/* "libunicorn 2.0.1, libcapstone 4.0, libdw 0.188" */
void version_libraries(char *text, size_t size);

#endif /* EMU_VERSION_H */
