"""The real tenancy-verify, built when first asked."""

import functools
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Of tests/fixtures/seal.key.
KEY = pathlib.Path(__file__).resolve().parent / "golden/seal.pub"


@functools.cache
def program():
    subprocess.run(["cargo", "build", "--quiet", "--package", "tenancy-core", "--features", "cli", "--bin", "tenancy-verify"],
                   cwd=ROOT, check=True)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/tenancy-verify"


def verifier(*arguments):
    return subprocess.run([program(), *arguments], capture_output=True, text=True)
