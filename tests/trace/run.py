"""The log of tenancy.decision_trace where it may break: many writers and sealers at once, crashes, a standby, dumps,
many rows and tenants. Names of parts as arguments run those only. Speaks TAP.

TRACE_SEED repeats a run, as far as the machine does. For a longer hunt: TRACE_SECONDS of load, TRACE_CRASHES,
TRACE_ROWS of the largest tenant.
"""

import importlib
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import run_parts  # noqa: E402

PARTS = ["writers", "crash", "standby", "dump", "endurance"]


def main(names):
    seed = int(os.environ.get("TRACE_SEED", random.randrange(10_000)))

    def part(tap, name):
        importlib.import_module(name).run(tap, seed)

    return run_parts(names or PARTS, part, f"TRACE_SEED={seed}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
