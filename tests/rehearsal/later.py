"""A command on a machine whose clock is ahead: `python -P later.py SECONDS status ...`.

Nothing of ours is replaced; it is the clock of the machine that says another time.
"""

import sys
import time

from reconciler.cli import run


def _main(seconds: str, *arguments: str) -> int:
    ahead, true = int(float(seconds) * 1_000_000_000), time.time_ns
    time.time_ns = lambda: true() + ahead
    return run(arguments)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
