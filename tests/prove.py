"""Runs one proof of a promise in full: `python tests/prove.py NAME`; without a name, lists them.

The test suite runs a bounded part of each; docs/promises.md says which promise each one proves.
"""

import ast
from importlib import import_module
from pathlib import Path

import click

_PROOFS = Path(__file__).parent / "proofs"


class _Proofs(click.Group):
    """One command per module of `proofs`; each has a `command`, and only the chosen one is read."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(path.stem.replace("_", "-") for path in _PROOFS.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"proofs.{cmd_name.replace('-', '_')}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(ctx)
        with formatter.section("Proofs"):
            formatter.write_dl([(name, _first_line(name)) for name in names])


def _first_line(name: str) -> str:
    text = (_PROOFS / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


@click.group(cls=_Proofs)
def main() -> None:
    """Prove a promise in full.

    Exit 0: it held in every case that was tried. 1: it failed in some. 2: nothing was shown, since
    a tool is missing or the command line is wrong.
    """


if __name__ == "__main__":
    main(prog_name="prove.py")
