"""What the next command has to be given too, so that it is about the same run as this one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
from click.core import ParameterSource

_CHOOSING = (
    "workspace",
    "state_path",
    "assignments",
    "var_files",
    "api_url",
    "api_version",
    "allow_host",
    "proxy",
    "ca_bundle",
    "settle_window",
)
_PASSWORD = re.compile(r"://[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Again:
    """Options as they were given, and the names of those that hold a password."""

    words: tuple[str, ...]
    withheld: tuple[str, ...]


def again(context: click.Context) -> Again:
    """Repeat the options that choose a run: where its state is, which API, what variables hold.

    What comes from the environment stays there, and what it permits is in the plan.
    """
    pairs = [pair for name in _CHOOSING for pair in _given(context, name)]
    open_ones = [pair for pair in pairs if not _PASSWORD.search(pair[1])]
    withheld = {option for option, value in pairs if _PASSWORD.search(value)}
    words = tuple(word for pair in open_ones for word in pair)
    return Again(words, tuple(sorted(withheld)))


def arguments(paths: Sequence[str]) -> tuple[str, ...]:
    """Give paths as arguments, also those that look like options."""
    return ("--", *paths) if any(path.startswith("-") for path in paths) else tuple(paths)


def _given(context: click.Context, name: str) -> Iterator[tuple[str, str]]:
    if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return
    option = next(one for one in context.command.params if one.name == name)
    value = context.params[name]
    for one in value if isinstance(value, tuple) else (value,):
        yield max(option.opts, key=len), str(one)
