"""Ways of doing a work that take turns under pgbench, and the table of how they compare."""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from record import interval, say, verdict

BIN = pathlib.Path(os.environ["PG_BINDIR"])
MAIN = os.environ.get("PGDATABASE", "bench")
SECONDS = int(os.environ.get("BENCH_SECONDS", 1))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 9))
OURS = "pg_tenancy"
HEADER = "| work | against | goal | ratio | met? |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Work:
    """One row of the table or several: each pair is a side, another, and the goal, which is None for information.
    A side has a name, and what pgbench needs: a role, a database and variables."""
    name: str
    pairs: tuple
    script: object  # of a side and the way to write a variable
    options: str = ""
    protocol: str = "prepared"
    variables: tuple = ()
    clients: int = 1

    @property
    def sides(self):
        return tuple(dict.fromkeys(side for *pair, _ in self.pairs for side in pair))


def psql(*arguments, database=MAIN, role=None, options="", stdin=None):
    command = [BIN / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database]
    if role:
        command += ["-U", role]
    environment = os.environ | {"PGOPTIONS": f"-c client_min_messages=warning {options}"}
    return subprocess.run(command + list(arguments), input=stdin, env=environment, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def create_database(name):
    """Beside the main one, and empty but for the extension."""
    psql("-c", f"DROP DATABASE IF EXISTS {name}", "-c", f"CREATE DATABASE {name}")
    psql("-c", "CREATE EXTENSION vector", "-c", "CREATE EXTENSION pg_tenancy", database=name)


def pgbench(work, side, *length):
    """Transactions a second of one side, by default for a turn."""
    variable = "':{}'".format if work.protocol == "simple" else ":{}".format
    threads = min(work.clients, len(os.sched_getaffinity(0)))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(work.script(side, variable))
        script.flush()
        command = [BIN / "pgbench", "-n", "-M", work.protocol, *(length or ("-T", str(SECONDS))), "-U", side.role,
                   "-c", str(work.clients), "-j", str(threads), "-f", script.name,
                   *(part for v in side.variables + work.variables for part in ("-D", v)), side.database]
        run = subprocess.run(command, env=os.environ | {"PGOPTIONS": work.options}, text=True, capture_output=True)
    found = re.search(r"^tps = ([\d.]+)", run.stdout, re.M)
    if run.returncode or not found:
        sys.exit(f"error: pgbench failed\n{' '.join(map(str, command))}\n{run.stdout}{run.stderr}")
    return float(found[1])


def measure(works):
    """For each work a list of rounds, each with the throughput of every side."""
    results = [[] for _ in works]
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for work, rounds in zip(works, results):
            # There and back again, so that a drift of the machine hits all sides alike.
            tps = {side: [] for side in work.sides}
            for side in work.sides + work.sides[::-1]:
                tps[side].append(pgbench(work, side))
            rounds.append({side: statistics.mean(runs) for side, runs in tps.items()})
    return results


def minutes(works):
    return sum(2 * len(work.sides) for work in works) * ROUNDS * (SECONDS + 0.1) / 60


def table(works, results):
    for work, rounds in zip(works, results):
        for ours, other, goal in work.pairs:
            ratios = [one[ours] / one[other] for one in rounds]
            median, (low, high) = statistics.median(ratios), interval(ratios)
            subject = work.name if ours.name == OURS else f"{work.name}; {ours.name}"
            goal_text, met = ("", "") if goal is None else (f"≥ {goal:.2f}", verdict(median >= goal, low, goal, high))
            yield f"| {subject} | {other.name} | {goal_text} | {median:.3f} [{low:.3f}, {high:.3f}] | {met} |"
