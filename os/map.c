/*
 * os/map.c - whose each byte of physical memory is; see os.h.
 *
 * Decisions of the model:
 * - Memory that several processes share is told of the first of them, and how
 *   many they are.
 * - What no process has reserved and is no hole is a pipe's buffer, or what a
 *   transfer is done with before it is free.
 */
#include "os/internal.h"

static const struct os_piece fixed[] = {
    {OS_TRAP_TABLE, 4 * TRAP_COUNT, OS_PIECE_TRAPS, 0, 0, 0},
    {OS_PCBS, OS_PCBS_FIXED *PCB_SIZE, OS_PIECE_PCBS, 0, 0, 0},
};

#define FIXED (sizeof(fixed) / sizeof(fixed[0]))

/* The segment of @process that lies at @base; false: none does. */
static bool find_segment(const struct os *os, const struct process *process,
                         paddr_t base, unsigned *segment)
{
    for (unsigned i = 0; i < os_segments(os, process); i++) {
        const struct os_block *block =
            process->many ? &process->many->blocks[i] : &process->blocks[i];

        if (block->size > 0 && block->base == base) {
            *segment = i;
            return true;
        }
    }
    return false;
}

/* A table has the block that is the first segment's elsewhere. */
static bool is_table(const struct process *process, paddr_t base)
{
    return process->many && process->blocks[0].size > 0 &&
           process->blocks[0].base == base;
}

static bool is_pipe(const struct os *os, paddr_t base)
{
    for (unsigned i = 0; i < OS_PIPES; i++)
        if (os->pipes[i].buffer.size > 0 && os->pipes[i].buffer.base == base)
            return true;
    return false;
}

static void find_owner(const struct os *os, struct os_piece *piece)
{
    piece->what = is_pipe(os, piece->base) ? OS_PIECE_PIPE : OS_PIECE_PINNED;
    for (unsigned i = 0; i < os->slots; i++) {
        const struct process *process = &os->processes[i];

        if (!os_slot_used(process))
            continue;
        piece->pid = process->pid;
        if (process->pcb_block.size > 0 &&
            process->pcb_block.base == piece->base)
            piece->what = OS_PIECE_PCB;
        else if (is_table(process, piece->base))
            piece->what = OS_PIECE_TABLE;
        else if (os_lives(os, process) &&
                 find_segment(os, process, piece->base, &piece->segment)) {
            const struct os_block block = {piece->base, piece->size};

            piece->what = OS_PIECE_SEGMENT;
            piece->users = os_users(os, &block);
        } else
            continue;
        return;
    }
    piece->pid = 0;
}

bool os_map_next(const struct os *os, struct os_map *map, struct os_piece *out)
{
    struct place_block block;

    if (map->fixed < FIXED) {
        *out = fixed[map->fixed++];
        return true;
    }
    if (map->fixed++ == FIXED)
        map->at = ALLOC_NONE;
    if (!place_next(&os->place, &map->at, &block))
        return false;
    *out = (struct os_piece){
        .base = block.base, .size = block.size, .what = OS_PIECE_HOLE};
    if (block.used)
        find_owner(os, out);
    return true;
}
