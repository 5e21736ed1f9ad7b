/*
 * emu/decode.c - facts and text of one instruction.
 *
 * Decisions:
 * - Text comes from Capstone, in Intel syntax on x86. Facts do not: an ARM
 *   instruction shows its length and the few facts needed in its bits, and an
 *   i386 one is taken apart in decode_x86.c.
 * - Where Capstone knows no text, or takes the instruction to have another
 *   length, the bytes are shown as data of the length that the facts give.
 * - Every ARM encoding has a length, also one without a meaning.
 */
#include "emu/decode.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>

#include "emu/decode_class.h"
#include "emu/decode_x86.h"

/* The frame pointers of gcc's code. */
#define FRAME_A32   11u
#define FRAME_THUMB 7u

struct decoder {
    const struct isa *isa;
    csh handle; /* x86, or A32 */
    csh thumb;  /* 0 on x86 */
};

/* 0 or a negative errno. Capstone's only failures here are of memory. */
static int open_handle(csh *out, cs_arch arch, cs_mode mode)
{
    return cs_open(arch, mode, out) == CS_ERR_OK ? 0 : -ENOMEM;
}

static int open_handles(struct decoder *decoder)
{
    if (decoder->isa->thumb_flag == 0)
        return open_handle(&decoder->handle, CS_ARCH_X86, CS_MODE_32);
    if (open_handle(&decoder->handle, CS_ARCH_ARM, CS_MODE_ARM))
        return -ENOMEM;
    return open_handle(&decoder->thumb, CS_ARCH_ARM, CS_MODE_THUMB);
}

int decode_create(struct decoder **out, const struct isa *isa)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (!decoder)
        return -ENOMEM;
    decoder->isa = isa;
    if (open_handles(decoder)) {
        decode_destroy(decoder);
        return -ENOMEM;
    }
    *out = decoder;
    return 0;
}

void decode_destroy(struct decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->handle)
        cs_close(&decoder->handle);
    if (decoder->thumb)
        cs_close(&decoder->thumb);
    free(decoder);
}

static uint32_t halfword(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

/* An operand at the register @base that must be aligned. */
static void set_exclusive(struct decoded *out, uint32_t base, uint16_t size,
                          bool writes)
{
    out->ea_base = (int8_t)base;
    out->operand_size = size;
    out->writes = writes;
    if (writes)
        out->flags = DECODE_EXCLUSIVE;
}

/*
 * LDREX, STREX and their B, H and D (ARM DDI 0406C, A8.8.75 and A8.8.212), and
 * SWP, which stores in any case.
 */
static void find_exclusive_a32(uint32_t word, struct decoded *out)
{
    static const uint8_t sizes[4] = {4, 8, 1, 2};
    const uint32_t base = word >> 16 & 15;

    if ((word & 0x0f800ff0) == 0x01800f90)
        set_exclusive(out, base, sizes[word >> 21 & 3], !(word & 1u << 20));
    else if ((word & 0x0fb00ff0) == 0x01000090)
        set_exclusive(out, base, word & 1u << 22 ? 1 : 4, false);
}

static void find_exclusive_thumb(uint32_t first, uint32_t second,
                                 struct decoded *out)
{
    const bool store = !(first & 0x10);

    if ((first & 0xffe0) == 0xe840) {
        set_exclusive(out, first & 15, 4, store);
        out->ea_disp = (int32_t)(second & 0xff) * 4;
    } else if ((first & 0xffe0) == 0xe8c0 && (second & 0xc0) == 0x40) {
        set_exclusive(out, first & 15, (uint16_t)(1u << (second >> 4 & 3)),
                      store);
    }
}

static struct decoded no_facts(uint32_t size)
{
    return (struct decoded){
        .size = size, .ea_base = -1, .ea_index = -1, .ea_segment = -1};
}

/*
 * All forms of access name their base register at the same place. It is taken
 * for one where there is no access, too.
 */
static void set_base_use(struct decoded *out, uint32_t base, uint32_t frame)
{
    const enum mmu_use use = base == ARM_SP - ARM_R0 || base == frame
                                 ? MMU_USE_STACK
                             : base == ARM_PC - ARM_R0 ? MMU_USE_CODE
                                                       : MMU_USE_DATA;

    out->use_load = out->use_load_again = out->use_store = (uint8_t)use;
}

/* The base register of a Thumb instruction of 2 bytes, if it makes an access.
 */
static uint32_t base_of_half(uint32_t first)
{
    switch (first >> 12) {
    case 4:
        return ARM_PC - ARM_R0;
    case 9:
    case 0xb:
        return ARM_SP - ARM_R0;
    case 0xc:
        return first >> 8 & 7;
    default:
        return first >> 3 & 7;
    }
}

/* The second halfword of YIELD.W or WFE.W (A8.8.426, A8.8.424). */
static bool is_hint_thumb(uint32_t second)
{
    return second == 0x8001 || second == 0x8002;
}

static bool decode_thumb(const uint8_t *bytes, size_t size, struct decoded *out)
{
    if (size < 2)
        return false;

    const uint32_t first = halfword(bytes);
    const uint32_t length = first >> 11 >= 0x1d ? 4 : 2;

    if (size < length)
        return false;
    *out = no_facts(length);
    out->class = length == 2
                     ? decode_class_thumb(first)
                     : decode_class_thumb2(first << 16 | halfword(bytes + 2));
    set_base_use(out, length == 4 ? first & 15 : base_of_half(first),
                 FRAME_THUMB);
    if ((first & 0xfff7) == 0xb650)
        out->flags = DECODE_ENDIAN;
    else if (first == 0xbf10 || first == 0xbf20 ||
             (first == 0xf3af && is_hint_thumb(halfword(bytes + 2))))
        out->flags = DECODE_HINT;
    else if ((first & 0xff00) == 0xbf00 && (first & 0xf) != 0)
        out->flags = DECODE_IT;
    else if (length == 4)
        find_exclusive_thumb(first, halfword(bytes + 2), out);
    return true;
}

static bool decode_a32(const uint8_t *bytes, size_t size, struct decoded *out)
{
    if (size < 4)
        return false;

    const uint32_t word = halfword(bytes) | halfword(bytes + 2) << 16;

    *out = no_facts(4);
    out->class = decode_class_a32(word);
    set_base_use(out, word >> 16 & 15, FRAME_A32);
    if ((word & 0xfffffdff) == 0xf1010000)
        out->flags = DECODE_ENDIAN;
    else if ((word & 0x0fffffff) == 0x0320f001 ||
             (word & 0x0fffffff) == 0x0320f002)
        out->flags = DECODE_HINT;
    else
        find_exclusive_a32(word, out);
    return true;
}

bool decode_insn(struct decoder *decoder, const uint8_t *bytes, size_t size,
                 vaddr_t pc, bool thumb, struct decoded *out)
{
    (void)pc; /* no fact depends on it */
    if (decoder->isa->thumb_flag == 0)
        return decode_x86(bytes, size, out);
    return thumb ? decode_thumb(bytes, size, out)
                 : decode_a32(bytes, size, out);
}

bool decode_is_cut(const uint8_t *bytes, size_t size)
{
    return decode_x86_is_cut(bytes, size);
}

static void text_as_data(const uint8_t *bytes, uint32_t count, char *text,
                         size_t text_size)
{
    size_t used = 0;

    for (uint32_t i = 0; i < count && used < text_size; i++)
        used += (size_t)snprintf(text + used, text_size - used, "%s0x%02x",
                                 i ? ", " : ".byte ", bytes[i]);
}

/* "mnemonic operands", without a trailing space when there are none. */
static void text_as_insn(const cs_insn *insn, char *text, size_t text_size)
{
    snprintf(text, text_size, "%s%s%s", insn->mnemonic,
             insn->op_str[0] ? " " : "", insn->op_str);
}

uint32_t decode_text(struct decoder *decoder, const uint8_t *bytes, size_t size,
                     vaddr_t pc, bool thumb, char *text, size_t text_size)
{
    const csh handle =
        thumb && decoder->thumb ? decoder->thumb : decoder->handle;
    struct decoded facts;
    cs_insn *insn;
    size_t count;

    if (!decode_insn(decoder, bytes, size, pc, thumb, &facts))
        return 0;
    count = cs_disasm(handle, bytes, facts.size, pc, 1, &insn);
    if (count == 1 && insn->size == facts.size)
        text_as_insn(insn, text, text_size);
    else
        text_as_data(bytes, facts.size, text, text_size);
    if (count)
        cs_free(insn, count);
    return facts.size;
}

void decode_version(char *text, size_t size)
{
    int major, minor;

    cs_version(&major, &minor);
    snprintf(text, size, "%d.%d", major, minor);
}
