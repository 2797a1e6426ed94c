"""The command line: a command parses, calls a workflow, hands the value to a view, exits.

Commands are imported when they are used, so `--help` and `--version` stay quick. The one error
boundary is here: whatever happens, people see sentences and the exit code of the table.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from reconciler import __version__
from reconciler.errors import ExitCode, ReconcilerError

_COMMANDS = {
    "validate": "Check configuration files, without network or key.",
    "plan": "Show what apply would do.",
    "show": "Show a saved plan once more.",
    "apply": "Make the project match the configuration.",
    "drift": "Say what was changed in the project since.",
    "status": "Show how fresh the backups of each index are.",
    "policy": "Show what backup policies keep over a year.",
    "destroy": "Remove everything that is managed.",
    "adopt": "Take a live object into state, at once.",
    "export": "Write what is live and not managed as YAML.",
    "get": "Look at the project: indexes, backups, restore jobs, imports, collections, models.",
    "state": "Look at state, mend it by hand, or recover it.",
    "schema": "Print the JSON Schemas.",
    "completion": "Print the completion script of a shell.",
    "emulate": "Serve a local Pinecone.",
    "rehearse": "Plan and apply a configuration on a local Pinecone.",
}

_EPILOG = """\b
Exit codes:
  0 done, or nothing to do      6 a guard refused
  1 error                       7 verification failed
  2 changes or attention        8 deadline passed, job still running
  3 partly applied: run again   9 not authenticated or not permitted
  4 state is locked            64 usage        70 bug in reconciler
  5 plan is stale             130 interrupted 143 terminated
"""


class LazyGroup(click.Group):
    """Commands by name; a command's module is imported when it is called or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people meet them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"reconciler.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="reconciler")
def main() -> None:
    """Keep Pinecone backups, restores and imports as reviewed YAML.

    Write what should be there, look at the plan, apply it.

    \b
    Try it without an account:
      reconciler rehearse examples/quickstart
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code; never raises, never shows a traceback."""
    try:
        code = main.main(list(arguments), prog_name="reconciler", standalone_mode=False)
    except ReconcilerError as error:
        show_error(error)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, and the interpreter would say so once more
        return ExitCode.ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - the one boundary: a bug still ends in a sentence
        from reconciler.cli.bug import tell

        return tell(error, arguments)
    return int(code) if isinstance(code, int) else ExitCode.OK


def show_error(error: ReconcilerError) -> None:
    """Print an error to stderr."""
    from reconciler.cli import output

    output.problem(error)
