"""TAP lines for test programs in Python."""

import time


class Tap:
    """Prints the lines that scripts/runners/tap counts."""

    def __init__(self):
        self.done = self.failed = 0

    def check(self, passed, what, *why):
        self.done += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.done} - {what}", flush=True)
        for line in why if not passed else ():
            print("#  ", *str(line).splitlines(), flush=True)

    def note(self, what):
        print(f"# {what}", flush=True)

    def close(self):
        print(f"1..{self.done}")
        return 1 if self.failed else 0


def run_parts(names, run, *notes):
    """A test program of several parts: calls `run(tap, name)` for each and gives the exit status."""
    tap = Tap()
    for note in notes:
        tap.note(note)
    for name in names:
        started = time.monotonic()
        run(tap, name)
        tap.note(f"{name}: {time.monotonic() - started:.0f} s")
    return tap.close()
