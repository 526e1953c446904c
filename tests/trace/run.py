"""The log of tenancy.decision_trace where it may break: many writers and sealers at once, crashes, a standby, dumps,
many rows and tenants. Names of parts as arguments run those only. Speaks TAP.

TRACE_SEED repeats a run, as far as the machine does. For a longer hunt: TRACE_SECONDS of load, TRACE_CRASHES,
TRACE_ROWS of the largest tenant.
"""

import importlib
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import Tap  # noqa: E402

PARTS = ["writers", "crash", "standby", "dump", "endurance"]


def main(names):
    # Stopped half-way, no server stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tap = Tap()
    seed = int(os.environ.get("TRACE_SEED", random.randrange(10_000)))
    tap.note(f"TRACE_SEED={seed}")
    for name in names or PARTS:
        started = time.monotonic()
        importlib.import_module(name).run(tap, seed)
        tap.note(f"{name}: {time.monotonic() - started:.0f} s")
    return tap.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
