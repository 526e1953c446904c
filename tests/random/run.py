"""Random SQL of the application's role: no row of others is shown or changed, no process falls, nothing is an internal error.
Names of parts as arguments run those only. Speaks TAP.

RANDOM_SEED repeats a run, RANDOM_SECONDS makes it a longer hunt: so many for each part.
"""

import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import functions  # noqa: E402
import hunt  # noqa: E402
import sabotage  # noqa: E402
import smith  # noqa: E402
from tap import run_parts  # noqa: E402
from world import World  # noqa: E402

PARTS = {"grammar": hunt.grammar, "smith": smith.hunt, "functions": functions.hunt}


def main(names):
    seed = int(os.environ.get("RANDOM_SEED", random.randrange(10_000)))
    seconds = float(os.environ.get("RANDOM_SECONDS", 6))
    world = World()

    def part(tap, name):
        if name == "sabotage":
            sabotage.run(tap, world, seed, seconds)
            return
        with world.copy(name) as database:
            found = PARTS[name](world, database, seed, time.monotonic() + seconds)
        tap.note(f"{name}: {found.summary()}")
        tap.check(not found.wrong, f"{name}: nothing of others is shown or changed, and nothing falls", *found.wrong[:5])

    try:
        return run_parts(names or [*PARTS, "sabotage"], part, f"RANDOM_SEED={seed}")
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
