/*
 * emu/decode_class.h - what an ARM instruction is, for those who charge it.
 *
 * Layer: emu/; for emu/decode*.c.
 */
#ifndef EMU_DECODE_CLASS_H
#define EMU_DECODE_CLASS_H

#include "emu/decode.h"

enum decode_class decode_class_a32(uint32_t word);

/* One halfword; two, the first in the upper half. */
enum decode_class decode_class_thumb(uint32_t halfword);
enum decode_class decode_class_thumb2(uint32_t word);

#endif /* EMU_DECODE_CLASS_H */
