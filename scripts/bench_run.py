"""What all parts of scripts/bench share: one run, one line, one sign of life."""
import os
import subprocess
import sys
import time

BEGIN = time.monotonic()


def measure(command):
    """Returns (CPU seconds, peak resident KiB) of one run."""
    with open(os.devnull, "w", encoding="ascii") as null:
        child = subprocess.Popen(command, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"bench: {' '.join(command)}: exit code {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def progress(what):
    """Say on stderr what is measured next, and how long all has taken."""
    seconds = int(time.monotonic() - BEGIN)
    print(f"{seconds // 60:3}:{seconds % 60:02}  {what}", file=sys.stderr,
          flush=True)


def show(name, value):
    print(f"bench {name} {value:.2f}", flush=True)
