/*
 * emu/run_stats.c - the counters of a run; see run_internal.h.
 *
 * Decisions:
 * - In use is what the file's LOADs name, brought in or not, the heap up to the
 *   program break, and the stack from the stack pointer on. What else is
 *   reserved is internal fragmentation: the hole below the stack pointer, holes
 *   between LOADs, and what blocks have beyond their segments.
 * - A stack pointer that is not in the stack says nothing: all of it counts.
 */
#include <string.h>

#include "emu/run_internal.h"
#include "os/elf.h"

/* Bytes that the LOADs of @guest name; 0 for what is no program. */
static uint32_t loads_of(const struct guest *guest)
{
    struct elf_image image;
    struct os_error why;
    uint32_t size = 0;

    if (elf_parse(guest->file, guest->file_size, &image, &why) &&
        elf_parse_by_use(guest->file, guest->file_size, &image, &why))
        return 0;
    for (unsigned i = 0; i < image.count; i++)
        size += image.segments[i].memsz;
    return size;
}

/* From the stack pointer to the end of @span, which has the stack. */
static uint32_t stack_in(const struct mmu_span *span, uint32_t sp, uint32_t brk)
{
    const vaddr_t low = span->grows_down ? span->va : brk;
    const vaddr_t end = span->va + span->bounds; /* modulo 2^32 */
    const bool in = sp > low && sp - span->va <= span->bounds;

    return end - (in ? sp : low);
}

static uint32_t used_bytes(const struct process *process,
                           const struct phys *phys, uint32_t loads)
{
    const struct isa *isa = process->isa;
    const uint32_t sp = pcb_get_reg(phys, process->pcb, isa, isa->sp);
    const uint32_t brk = pcb_get(phys, process->pcb, PCB_FIELD_BREAK);
    const uint32_t min = pcb_get(phys, process->pcb, PCB_FIELD_BREAK_MIN);
    const struct mmu *mmu = &process->regs.mmu;
    uint32_t used = loads + (brk - min);
    struct mmu_span span;

    for (unsigned next = 0; mmu_next_span(mmu, &next, &span);)
        if (span.grows_down || mmu->ops == &base_bounds_ops)
            used += stack_in(&span, sp, brk);
    return used;
}

/*
 * The record that the guest's malloc may keep; see os/abi.h. The guest can
 * write there what it likes: these are only numbers to show.
 */
static void read_heap(struct run *run, const struct process *process)
{
    const uint32_t brk = pcb_get(run->phys, process->pcb, PCB_FIELD_BREAK);
    const uint32_t min = pcb_get(run->phys, process->pcb, PCB_FIELD_BREAK_MIN);
    const uint32_t start = (min + ABI_HEAP_ALIGN - 1) & ~(ABI_HEAP_ALIGN - 1);
    struct abi_heap heap;

    if (start < min || start > brk || brk - start < sizeof(heap) ||
        os_copy_from_user(machine_os(run->machine), process, &heap, start,
                          sizeof(heap)) ||
        heap.magic != ABI_HEAP_MAGIC)
        return;
    run->heap = heap;
}

void run_note_memory(struct run *run, const struct process *process)
{
    struct guest *guest = &run->guests[process->program];
    uint32_t used;

    if (!guest->loads)
        guest->loads = loads_of(guest);
    used = used_bytes(process, run->phys, guest->loads);
    run->reserved = os_reserved(process);
    run->unused = used < run->reserved ? run->reserved - used : 0;
    read_heap(run, process);
}

/* What is counted for @pid. When there are too many, they share the last. */
static struct stats_process *entry_of(struct run *run, uint32_t pid)
{
    unsigned i = 0;

    while (i < run->process_count && run->processes[i].pid != pid)
        i++;
    if (i == OS_PROCESSES)
        i--;
    else if (i == run->process_count)
        run->processes[run->process_count++].pid = pid;
    return &run->processes[i];
}

void run_note_references(struct run *run, uint32_t pid)
{
    struct cache_total *totals = pid ? entry_of(run, pid)->totals : run->nobody;

    for (unsigned i = 0; i < MEMSYS_CACHES; i++) {
        const struct cache *cache = run->charge->memsys->caches[i];
        const struct cache_total now =
            cache ? cache_total(cache) : (struct cache_total){0};

        totals[i].references +=
            now.references - run->noted_totals[i].references;
        totals[i].misses += now.misses - run->noted_totals[i].misses;
        run->noted_totals[i] = now;
    }
}

void run_note_time(struct run *run)
{
    const uint64_t instructions =
        machine_counts(run->machine).engine.instructions;
    struct stats_process *process;

    if (!run->charge)
        return;
    process = entry_of(run, run->running);
    for (unsigned cause = 0; cause < CLOCK_idle; cause++)
        clock_advance(&process->clock, (enum clock_cause)cause,
                      run->charge->clock.spent[cause] -
                          run->noted.spent[cause]);
    process->instructions += instructions - run->noted_instructions;
    run->noted = run->charge->clock;
    run->noted_instructions = instructions;
}

/* Read when first asked for; NULL too when there is no memory for them. */
static const struct symbols *symbols_of(void *ctx, uint32_t program)
{
    struct run *run = ctx;
    struct guest *guest = &run->guests[program - 1];

    if (!guest->symbols)
        (void)symbols_create(&guest->symbols, guest->file, guest->file_size);
    return guest->symbols;
}

void run_print_stats(struct run *run)
{
    const struct machine_counts counts = machine_counts(run->machine);
    struct stats stats = {
        .instructions = counts.engine.instructions,
        .fetches = counts.engine.instructions,
        .loads = counts.engine.loads,
        .stores = counts.engine.stores,
        .switches = counts.switches,
        .compactions = os_counts(machine_os(run->machine)).compactions,
        .compacted = os_counts(machine_os(run->machine)).moved_bytes,
        .swapped_out = os_counts(machine_os(run->machine)).swapped_out,
        .swapped_in = os_counts(machine_os(run->machine)).swapped_in,
        .swap_bytes = os_counts(machine_os(run->machine)).swap_bytes,
        .disk_read = os_counts(machine_os(run->machine)).disk_read,
        .disk_written = os_counts(machine_os(run->machine)).disk_written,
        .segments_loaded = os_counts(machine_os(run->machine)).loaded,
        .load_bytes = os_counts(machine_os(run->machine)).load_bytes,
        .reserved = run->reserved,
        .internal_fragmentation = run->unused,
        .heap_size = run->heap.size,
        .heap_used = run->heap.used,
        .heap_used_peak = run->heap.used_peak,
        .heap_utilization =
            run->heap.size
                ? UINT64_C(100) * run->heap.used_peak / run->heap.size
                : 0,
        .host_seconds = run->host_seconds,
    };

    if (run->counts_descriptors)
        stats.associative = &run->associative.counts;
    if (run->charge && run_has_table(run))
        stats.associative = &run->charge->associative.counts;
    run_note_time(run);
    if (run->charge)
        run_note_references(run, 0);
    stats.charge = run->charge;
    stats.hotspots = run->hotspots;
    stats.symbols = symbols_of;
    stats.symbols_ctx = run;
    stats.top = (size_t)run->options.top;
    stats.process_count = run->process_count;
    memcpy(stats.processes, run->processes, sizeof(stats.processes));
    memcpy(stats.nobody, run->nobody, sizeof(stats.nobody));
    memcpy(stats.traps, counts.traps, sizeof(stats.traps));
    for (unsigned i = TRAP_SEGMENT; i <= TRAP_PROTECTION; i++)
        stats.faults += counts.traps[i];
    if (run->options.json)
        stats_print_json(&stats, stderr);
    else
        stats_print(&stats, stderr);
}
