"""TAP lines for test programs in Python."""


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
