"""Statements that sqlsmith makes of what the catalogs say of the database: run as any others, in a bound session. It only
prints them, as it could not bind."""

import subprocess

from hunt import Hunt

AT_ONCE = 200


def hunt(world, database, seed, until):
    found = Hunt(world, database, seed)
    statements = made(world, database, seed)
    found.transactions(until, lambda: next(statements))
    return found


def made(world, database, seed):
    """Statements without end, every other batch of the application's own tables only."""
    parameters = world.server.parameters()
    target = f"host={parameters['host']} port={parameters['port']} dbname={database} user=random_app"
    while True:
        ran = subprocess.run(["sqlsmith", f"--target={target}", "--dry-run", f"--seed={seed}", f"--max-queries={AT_ONCE}",
                              *(["--exclude-catalog"] if seed % 2 else [])],
                             text=True, check=False, capture_output=True, timeout=120)
        statements = [part.strip() for part in ran.stdout.split(";\n") if part.strip()]
        if not statements:
            raise RuntimeError(f"sqlsmith makes nothing:\n{ran.stdout[-500:]}{ran.stderr[-500:]}")
        yield from statements
        seed += 1
