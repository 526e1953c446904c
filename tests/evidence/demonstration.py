"""The demonstration itself: its proof passes, and with a mistake in its database it fails for exactly that."""

import os
import pathlib
import shutil
import subprocess

import psycopg

import verifier
from catalogue import prove
from misconfigurations import Mistake, try_each
from server import HOME, PORT, Server, private

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "demo" / "run"


def mistakes():
    for text in (HERE / "demonstration.sql").read_text().split("\n\n")[1:]:
        title, _, rest = text.partition("\n")
        yield Mistake(f"demonstration: {title.removeprefix('-- ').rstrip('.')}", rest)


def run(tap):
    key = HOME / "demonstration"
    private(f"{key}.private", (HERE.parent / "fixtures/seal.key").read_text())
    shutil.copy(verifier.KEY, f"{key}.public")
    server = Server.make("demonstrated", fsync="off", jit="off", autovacuum="off")
    try:
        toured = subprocess.run([DEMO], text=True, capture_output=True, env=os.environ | {
            "PGHOST": str(server.socket), "PGPORT": str(PORT), "VERIFIER": str(verifier.program()), "SEAL_KEY": str(key)})
        tap.check(toured.returncode == 0, "demonstration: it runs, each answer as expected", toured.stdout[-2000:], toured.stderr)

        def connect():
            return psycopg.connect(**server.parameters() | {"dbname": "demo"}, autocommit=True)

        with connect() as connection:
            tap.check(prove(connection) == ("pass", []), "demonstration: its proof passes", prove(connection))
        try_each(tap, connect, mistakes())
    finally:
        server.close()
