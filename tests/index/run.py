"""The access method tenant_vector where it may break: many sessions at once, crashes, a standby, damaged pages, many
tenants. Names of parts as arguments run those only. Speaks TAP.

INDEX_SEED repeats a run, as far as the machine does. For a longer hunt: INDEX_SECONDS of stress, INDEX_CRASHES,
INDEX_DAMAGES, INDEX_TENANTS and INDEX_ROWS of the largest tenant.
"""

import importlib
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from server import Server  # noqa: E402
from tap import run_parts  # noqa: E402

PARTS = ["stress", "crash", "standby", "damage", "scale"]


def main(names):
    seed = int(os.environ.get("INDEX_SEED", random.randrange(10_000)))
    # For the parts that kill and damage nothing.
    server = Server.make("index", fsync="off", synchronous_commit="off", full_page_writes="off")

    def part(tap, name):
        importlib.import_module(name).run(tap, server, seed)

    try:
        return run_parts(names or PARTS, part, f"INDEX_SEED={seed}")
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
