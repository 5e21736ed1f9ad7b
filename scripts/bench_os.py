"""What many processes cost.

    context-switch-us.N  host time of a switch among N processes that only give
                         the CPU to each other (guest/bench/turns.c), x86: what
                         more turns take longer, so that their start is not in
                         it. The system call that brings it about is.
    multi/single         instructions in a second of 16 processes with slices of
                         10,000, by those of one that runs as long; the worst
                         of the programs
    multi/single-counted by those of one that is counted: a timer counts, too
    peak-rss-mib.256     of 256 processes, each with an engine of its own

How fast compaction and swapping are comes from tests/bench_os.c.
"""
import statistics
import subprocess

from bench_run import measure, progress, show

TURNS = 400_000  # switches more
# Each process does what one does alone with 16 times the argument: the rounds of
# calls repeat after four.
TOGETHER = 16
SHARED = {"compute": 60_000, "calls": 4}


def turns(out, processes, each):
    return measure([f"{out}/fencepost", "run", "--phys", "256m", "--bounds",
                    "64k", "build/guest/x86/bench/turns", str(processes),
                    str(each)])


def context_switch(out, processes, runs):
    """Returns the microseconds of one, and the peak MiB of all."""
    few = TURNS // 10 // processes
    many = few + TURNS // processes
    times = []
    peak = 0
    for _ in range(runs):
        progress(f"{processes} processes take turns")
        begin, kib = turns(out, processes, few)
        end, _ = turns(out, processes, many)
        times.append((end - begin) * 1e6 / ((many - few) * processes))
        peak = max(peak, kib / 1024)
    return statistics.median(times), peak


def multi_to_single(out, name, each, runs):
    """Returns the throughput of many by that of one, plain and counted."""
    run = [f"{out}/fencepost", "run", "--bounds", "64k"]
    guest = f"build/guest/x86/bench/{name}"
    alone = [guest, str(each * TOGETHER)]
    many = [guest, str(each)]
    for _ in range(TOGETHER - 1):
        many += [":::", guest, str(each)]
    commands = {"multi": run + ["--slice", "10000"] + many,
                "single": run + alone,
                "single-counted": run + ["--stats"] + alone}
    seconds = {kind: [] for kind in commands}
    for _ in range(runs):
        for kind, command in commands.items():
            progress(f"x86 {name}: {kind}")
            seconds[kind].append(measure(command)[0])
    multi = statistics.median(seconds["multi"])
    return {kind: statistics.median(seconds[kind]) / multi
            for kind in ("single", "single-counted")}


def run(out, runs):
    for processes in (2, 16, 256):
        microseconds, peak = context_switch(out, processes, runs)
        show(f"context-switch-us.{processes}", microseconds)
    show("peak-rss-mib.256", peak)
    worst = {}
    for name, each in SHARED.items():
        for kind, ratio in multi_to_single(out, name, each, runs).items():
            show(f"x86.{name}.multi/{kind}", ratio)
            worst[kind] = min(worst.get(kind, ratio), ratio)
    for kind, ratio in worst.items():
        show(f"multi/{kind}", ratio)
    progress("compaction and swapping")
    subprocess.run([f"{out}/tests/bench_os"], check=True)
