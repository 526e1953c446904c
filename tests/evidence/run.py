"""What tenancy.prove() finds and how it is handed out. Names of parts as arguments run those only. Speaks TAP."""

import importlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tap import run_parts  # noqa: E402

PARTS = ["misconfigurations", "demonstration", "shape", "regress_suite", "formats", "page", "handed_out", "traffic"]


def main(names):
    return run_parts(names or PARTS, lambda tap, name: importlib.import_module(name).run(tap))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
