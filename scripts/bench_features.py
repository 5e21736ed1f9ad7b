"""What each feature of `fencepost run` costs: a table for one program.

    bench ARCH.feature.NAME VALUE   its time, as a multiple of a plain run's

The program runs a few million instructions, since --trace-accesses writes a
record for each access. Traces go nowhere, so what a disk costs is not in it.
There is no clock without caches: small ones, which often miss, stand beside
those of everybody.
"""
import statistics

from bench_run import measure, progress, show

BOUNDS = "4m"
PROGRAM = ["calls", "1"]
FEATURES = {
    "plain": [],
    "stats": ["--stats"],
    "paranoid": ["--paranoid"],
    "trace": ["--trace", "/dev/null"],
    "trace-accesses": ["--trace", "/dev/null", "--trace-accesses"],
    "trace-accesses-lackey": ["--trace", "/dev/null", "--trace-accesses",
                              "--trace-format", "lackey"],
    "round-trip": ["--round-trip"],
    "timed": ["--timed"],
    "timed-small-caches": ["--timed", "--l1i", "1k,1,64", "--l1d", "1k,1,64"],
    "timed-top": ["--stats", "--top", "10"],
}


def run(out, arch, runs):
    guest = [f"build/guest/{arch}/bench/{PROGRAM[0]}"] + PROGRAM[1:]
    commands = {name: [f"{out}/fencepost", "run", "--bounds", BOUNDS] +
                options + guest for name, options in FEATURES.items()}
    seconds = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            progress(f"{arch} {' '.join(PROGRAM)}: {name}")
            seconds[name].append(measure(command)[0])
    plain = statistics.median(seconds["plain"])
    for name, times in seconds.items():
        show(f"{arch}.feature.{name}", statistics.median(times) / plain)
