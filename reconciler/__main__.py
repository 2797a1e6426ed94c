"""Starts the command line: `python -m reconciler`, and the installed command."""

import sys

from reconciler.cli import run


def main() -> None:
    """Run with this process's arguments and exit."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
