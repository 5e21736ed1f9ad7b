/*
 * emu/geometry.h - the shape of a cache or of DRAM, as people write it.
 *
 *      SIZE,WAYS,LINE[,WORD...]     as valgrind does: 32k,8,64
 *      SETS:WAYS:LINE[,WORD...]     64:8:64
 *      BANKS,ROW                    DRAM: 8,8k
 *
 * Sizes are those of cli_parse_size(). Words: lru, fifo, plru, random,
 * write-through, no-allocate, prefetch, virtual.
 *
 * Layer: emu/.
 */
#ifndef EMU_GEOMETRY_H
#define EMU_GEOMETRY_H

#include <stddef.h>

#include "mmu/cache.h"
#include "mmu/dram.h"

#define GEOMETRY_ERROR 160u

/*
 * Parse @text. Whether such a cache can be is not asked here: see
 * cache_config_fault().
 *
 * Returns true and fills @out, or leaves it alone and writes into @why, of
 * GEOMETRY_ERROR bytes, what is wrong.
 */
bool geometry_parse(const char *text, struct cache_config *out, char *why);

/* Write @config into @text of @size bytes, so that it is parsed as the same. */
void geometry_text(const struct cache_config *config, char *text, size_t size);

/* The same for DRAM; see dram_config_fault(). */
bool geometry_parse_dram(const char *text, struct dram_config *out, char *why);
void geometry_text_dram(const struct dram_config *config, char *text,
                        size_t size);

#endif /* EMU_GEOMETRY_H */
