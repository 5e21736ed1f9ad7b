/* emu/run_map.c - physical memory, as it was given; see run_internal.h. */
#include "emu/run_internal.h"

static void print_piece(const struct run *run, const struct os_piece *piece)
{
    static const char *const names[] = {
        [OS_PIECE_TRAPS] = "trap table",
        [OS_PIECE_PCBS] = "PCBs",
        [OS_PIECE_PCB] = "PCB",
        [OS_PIECE_SEGMENT] = "segment",
        [OS_PIECE_TABLE] = "segment table",
        [OS_PIECE_PIPE] = "pipe",
        [OS_PIECE_PINNED] = "pinned",
        [OS_PIECE_HOLE] = "hole",
    };

    printf("0x%08x %10u  %s", piece->base, piece->size, names[piece->what]);
    if (piece->what == OS_PIECE_SEGMENT)
        printf(" %u of pid %u, %s", piece->segment, piece->pid,
               run->guests[piece->pid - 1].argv[0]);
    if (piece->users > 1)
        printf(", shared by %u", piece->users);
    if (piece->what == OS_PIECE_PCB || piece->what == OS_PIECE_TABLE)
        printf(" of pid %u", piece->pid);
    putchar('\n');
}

int run_show_map(const struct run *run)
{
    struct os_map map = {0};
    struct os_piece piece;

    while (os_map_next(machine_os(run->machine), &map, &piece))
        print_piece(run, &piece);
    return fflush(stdout) || ferror(stdout) ? CLI_BROKEN : CLI_OK;
}
