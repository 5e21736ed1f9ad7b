/*
 * emu/decode_x86.h - the facts of one i386 instruction, without Capstone.
 *
 * Layer: emu/; for emu/decode.c and its tests.
 */
#ifndef EMU_DECODE_X86_H
#define EMU_DECODE_X86_H

#include "emu/decode.h"

#define DECODE_X86_MAX 15u /* bytes of the longest instruction */

/* As decode_insn() for x86. */
bool decode_x86(const uint8_t *bytes, size_t size, struct decoded *out);

#endif /* EMU_DECODE_X86_H */
