"""What every recorded run holds: an interval about the median, whether the goal is met, and the machine."""

import math
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def say(text):
    print(f"    {text}", file=sys.stderr, flush=True)


def interval(values):
    """The narrowest order statistics that hold the median in 95 of 100 cases; all values where they are too few."""
    n, ordered = len(values), sorted(values)
    k = 0
    while k < n // 2 and 1 - 2 * sum(math.comb(n, i) for i in range(k + 2)) / 2**n >= 0.95:
        k += 1
    return ordered[k], ordered[n - 1 - k]


def verdict(met, low, goal, high):
    return ("yes" if met else "no") + (", within noise" if low < goal < high else "")


def machine(setting):
    """`setting` gives a setting of the server by its name."""
    def first(pattern, path, default="unknown"):
        found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
        return found[1] if found else default
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], text=True, capture_output=True)
    gigabytes = int(first(r"^MemTotal:\s+(\d+)", "/proc/meminfo", "0")) / 2**20
    yield f"CPU: {first(r'^model name.*: (.*)$', '/proc/cpuinfo')}, {len(os.sched_getaffinity(0))} cores; {gigabytes:.0f} GB"
    yield (f"Postgres {setting('server_version')}, shared_buffers {setting('shared_buffers')}; "
           f"pg_tenancy {commit.stdout.strip() or 'of no commit'}")
