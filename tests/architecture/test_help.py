"""Every --help has a sentence, an example and its exit codes, and comes without heavy imports."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reconciler.cli import main
from reconciler.errors import ExitCode

COLUMNS = 80  # of which click leaves two free
LIBRARIES = {"httpx", "deepdiff", "jsonschema", "yaml", "rich", "starlette", "uvicorn"}


def commands(
    group: click.Group = main, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


COMMANDS = dict(commands())
NAMES = [" ".join(words) for words in COMMANDS]


@pytest.mark.parametrize("name", NAMES)
def test_help_has_a_sentence_an_example_and_exit_codes(name: str) -> None:
    command = COMMANDS[tuple(name.split())]
    text = command.help or ""
    first = text.splitlines()[0]
    assert first[:1].isupper()
    assert first.endswith((".", ":"))
    assert "Example:" in text or "Examples:" in text
    assert f"reconciler {name}" in text
    codes = text.partition("Exit codes:")[2]
    assert {int(word) for word in codes.replace(",", " ").split() if word.isdigit()} <= {*ExitCode}
    assert codes.strip().startswith("0 ")


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_fits_80_columns_and_cuts_no_sentence(name: str) -> None:
    command = COMMANDS[tuple(name.split())] if name else main
    context = click.Context(command, info_name=f"reconciler {name}", terminal_width=COLUMNS - 2)
    shown = command.get_help(context)
    assert [line for line in shown.splitlines() if len(line) > COLUMNS] == []
    assert "..." not in shown.partition("\nCommands:\n")[2]


def test_only_commands_that_wait_for_jobs_tell_of_them() -> None:
    told = {
        " ".join(words): str(parameter.help)
        for words, command in COMMANDS.items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name == "lock_timeout"
    }
    assert {name for name, text in told.items() if "job" in text} == {"apply", "destroy"}
    assert {"adopt", "state mv", "state rm"} <= told.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_is_for(name: str) -> None:
    for parameter in COMMANDS[tuple(name.split())].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_no_help_imports_a_heavy_library() -> None:
    code = (
        "import json, sys; from reconciler.cli import run;"
        "codes = [run([*name.split(), '--help']) for name in json.loads(sys.argv[1])];"
        "print(json.dumps([codes, sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(NAMES)], capture_output=True, text=True, check=True
    )
    codes, modules = json.loads(done.stdout.splitlines()[-1])
    assert set(codes) == {0}
    assert {module.partition(".")[0] for module in modules} & LIBRARIES == set()


def test_validate_loads_neither_the_client_nor_deepdiff(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("version: 1\nbackups: {docs: {index: docs-prod}}\n")
    code = (
        "import json, sys; from reconciler.cli import run;"
        "print(json.dumps([run(['validate', sys.argv[1]]), sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0
    assert {module.partition(".")[0] for module in modules} & {"httpx", "deepdiff"} == set()
