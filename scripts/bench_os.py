"""What many processes cost.

    context-switch-us.N  host time of a switch that the timer brings about among
                         N processes, x86: what short slices take longer than
                         long ones do for the same instructions
    yield-us.N           of one that a process asks for, where all N only give
                         the CPU to each other (guest/bench/turns.c): what more
                         turns take longer. The system call and the forty
                         instructions around it are in it.
    multi/single         instructions in a second of 16 processes with slices of
                         10,000, by those of one that runs as long; the worst
                         of the programs
    multi/single-counted by those of one that is counted: a timer counts, too
    peak-rss-mib.256     of 256 processes, each with an engine of its own

How fast compaction and swapping are comes from tests/bench_os.c.
"""
import re
import statistics
import subprocess

from bench_run import measure, progress, show

TURNS = 400_000  # switches more
WORK = 105_000  # of `compute`, all processes together: 100 million instructions
SHORT, LONG = 200, 100_000  # slices
# Each process does what one does alone with 16 times the argument: the rounds of
# calls repeat after four.
TOGETHER = 16
SHARED = {"compute": 60_000, "calls": 4}


def turns(out, processes, each):
    return measure([f"{out}/fencepost", "run", "--phys", "256m", "--bounds",
                    "64k", "build/guest/x86/bench/turns", str(processes),
                    str(each)])


def together(processes, program, *arguments):
    one = [program, *map(str, arguments)]
    return one + [word for _ in range(processes - 1) for word in (":::", *one)]


def switches(command):
    stats = subprocess.run(command, capture_output=True, check=True, text=True)
    return int(re.search(r"^switches +(\d+)", stats.stderr, re.M)[1])


def context_switch(out, processes, runs):
    """Returns the microseconds of one. What is counted runs in one way."""
    program = together(processes, "build/guest/x86/bench/compute",
                       WORK // processes)
    commands = [[f"{out}/fencepost", "run", "--stats", "--phys", "256m",
                 "--bounds", "64k", "--slice", str(length)] + program
                for length in (LONG, SHORT)]
    seconds = [[], []]
    for _ in range(runs):
        progress(f"{processes} processes, slice by slice")
        for times, command in zip(seconds, commands):
            times.append(measure(command)[0])
    few, many = map(switches, commands)
    long, short = map(statistics.median, seconds)
    return (short - long) / (many - few) * 1e6


def yields(out, processes, runs):
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
    commands = {"multi": run + ["--slice", "10000"] +
                         together(TOGETHER, guest, each),
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
        show(f"context-switch-us.{processes}",
             context_switch(out, processes, runs))
    for processes in (2, 16, 256):
        microseconds, peak = yields(out, processes, runs)
        show(f"yield-us.{processes}", microseconds)
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
