"""Options that commands share; `chosen` says what they add up to."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeVar

import click

from reconciler.cli.complete import addresses, workspaces
from reconciler.settings import API_VERSIONS, DEFAULT_API_VERSION

_F = TypeVar("_F", bound=Callable[..., Any])

_CONFIGURATION = (
    click.argument("paths", nargs=-1, type=click.Path()),
    click.option(
        "--var",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give a variable that the configuration declares; repeatable, the last one counts.",
    ),
    click.option(
        "--var-file",
        "var_files",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Give variables in a YAML file of names and values; --var wins. Repeatable.",
    ),
)

_STATE = (
    click.option(
        "--state",
        "state_path",
        help="Keep state in this file [env: RECONCILER_STATE; default: state/default.json].",
    ),
    click.option(
        "-w",
        "--workspace",
        shell_complete=workspaces,
        help="Keep state in state/NAME.json; not with --state.",
    ),
)
_VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Log every request to stderr.")

_HOST = (
    click.option("--api-url", help="Base URL of the API [env: PINECONE_CONTROLLER_HOST]."),
    click.option(
        "--api-version",
        type=click.Choice(API_VERSIONS),
        help=f"Version of the API [env: PINECONE_API_VERSION; default: {DEFAULT_API_VERSION}].",
    ),
    click.option(
        "--allow-host",
        multiple=True,
        metavar="HOST",
        help="Send the API key to this host too, although it is not Pinecone's; repeatable.",
    ),
    click.option("--proxy", metavar="URL", help="Send everything through this HTTP proxy."),
    click.option(
        "--ca-bundle",
        metavar="FILE",
        help="Trust the certificates in this PEM file instead of the system's.",
    ),
)
_CONNECTION = (
    *_HOST,
    *_STATE,
    click.option(
        "--settle-window",
        metavar="DURATION",
        help="How long the API may take to show a create whose answer was lost"
        " [env: RECONCILER_SETTLE_WINDOW; default: 2m].",
    ),
    _VERBOSE,
)

_REMOVING = (
    click.option(
        "--max-removals",
        type=click.IntRange(min=0),
        metavar="N",
        help="Permit up to N deletes, cancels and forgets in one run [default: five, and 30 %"
        " of a kind that has ten or more].",
    ),
    click.option(
        "--allow-last-backup",
        multiple=True,
        metavar="ADDRESS",
        shell_complete=addresses,
        help="Permit deleting this backup, although it is the newest good one of its index, or"
        " what a replacement left behind here, although the new one is no copy of it;"
        " repeatable.",
    ),
    click.option(
        "--allow-empty",
        is_flag=True,
        help="Accept a configuration that declares nothing, although objects are managed.",
    ),
)
_ANYWHERE = (
    click.option(
        "--allow-deletes",
        is_flag=True,
        help="Delete what the configuration wants gone; without it deletes are only named.",
    ),
    *_REMOVING,
    click.option(
        "--allow-expiry",
        is_flag=True,
        help="Delete what the retention of policies lets go, and nothing else; of each index at"
        " most one more than was made of it in the same run.",
    ),
    click.option(
        "--max-expiries",
        type=click.IntRange(min=1),
        metavar="N",
        help="With --allow-expiry: let up to N backups of each index expire in one run.",
    ),
    click.option(
        "--backup-quota",
        type=click.IntRange(min=1),
        metavar="N",
        help="Refuse a plan that would leave more than N backups in the project.",
    ),
)
_MISSING = click.option(
    "--allow-missing",
    type=click.IntRange(min=1),
    metavar="N",
    help="Believe a list from which all managed objects, up to N, have vanished.",
)
_SCOPE = (
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="PATTERN",
        shell_complete=addresses,
        help="Look only at this address, or at those that fit, such as 'backup.*', with what they"
        " hang on (to destroy: with what hangs on them); repeatable.",
    ),
    click.option(
        "--exclude",
        "excludes",
        multiple=True,
        metavar="PATTERN",
        shell_complete=addresses,
        help="Leave out this address, or those that fit, with what hangs on them (to destroy:"
        " with what they hang on); repeatable.",
    ),
)
_STRANGERS = (
    click.option(
        "--take-over",
        is_flag=True,
        help="Adopt objects although the marker on them belongs to another state.",
    ),
    click.option(
        "--new-state",
        is_flag=True,
        help="Start without state, although live objects carry markers of an earlier one.",
    ),
)
_LIVE_ONLY = (
    click.option(
        "--replace",
        multiple=True,
        metavar="ADDRESS",
        shell_complete=addresses,
        help="Make this object anew although it was made before, for example backup.nightly;"
        " repeatable.",
    ),
    _MISSING,
    *_STRANGERS,
)


def _lock_timeout(help_text: str) -> Callable[[_F], _F]:
    return click.option(
        "--lock-timeout", default="0s", show_default=True, metavar="DURATION", help=help_text
    )


_LOCK_TIMEOUT = _lock_timeout("How long to wait for another run that holds the state.")
_LOCK_TIMEOUT_OF_JOBS = _lock_timeout(
    "How long to wait for another run that holds the state; to record how a job ended, ten minutes"
    " unless set."
)
_RUNNING = (
    click.option(
        "--parallelism",
        type=click.IntRange(1, 64),
        default=8,
        show_default=True,
        help="How many steps may run at the same time.",
    ),
    click.option(
        "--timeout",
        "timeouts",
        multiple=True,
        metavar="[KIND=]DURATION",
        help="The longest wait for one job to finish, or for one of a kind, such as backup=1h;"
        " repeatable [default: 6h].",
    ),
    click.option(
        "--verify-timeout",
        default="10m",
        show_default=True,
        metavar="DURATION",
        help="The longest wait until a restored index shows all records of its backup.",
    ),
    _LOCK_TIMEOUT_OF_JOBS,
    click.option(
        "--no-wait", is_flag=True, help="Start jobs and leave waiting for them to the next run."
    ),
)

_BUCKETS = (
    click.option(
        "--bucket",
        "folders",
        multiple=True,
        metavar="URI=FOLDER",
        help="Imports from this bucket read the Parquet files of this folder; repeatable.",
    ),
    click.option(
        "--strict-buckets",
        "strict",
        is_flag=True,
        help="Imports from other buckets fail, instead of bringing made-up records.",
    ),
)


def buckets(function: _F) -> _F:
    """Add the options that say which folders the buckets of imports are."""
    return _with(_BUCKETS, function)


def configuration(function: _F) -> _F:
    """Add what says which configuration: its paths, and values of its variables."""
    return _with(_CONFIGURATION, function)


def connection(function: _F) -> _F:
    """Add the options that say where: host, version, state."""
    return _with(_CONNECTION, function)


def reading(function: _F) -> _F:
    """Add the options of commands that look at the project and know no state."""
    return _with((*_HOST, _VERBOSE), function)


def permissions(function: _F) -> _F:
    """Add the options that say what a run is about, and permit what guards would refuse."""
    return _with((*_SCOPE, *_ANYWHERE, *_LIVE_ONLY), function)


def destroying(function: _F) -> _F:
    """Add the options that make sense where everything is to go."""
    return _with((*_SCOPE, *_REMOVING, _MISSING), function)


def rehearsing(function: _F) -> _F:
    """Add the options that make sense on a project where nothing was made before."""
    return _with((*_ANYWHERE, _VERBOSE), function)


def adopting(function: _F) -> _F:
    """Add the options of taking one object into state."""
    return _with((*_STRANGERS, _LOCK_TIMEOUT), function)


def writing(function: _F) -> _F:
    """Add the options of commands that change state, and nothing else."""
    return _with((_LOCK_TIMEOUT, *_STATE), function)


def running(function: _F) -> _F:
    """Add the options that say how long and how many."""
    return _with(_RUNNING, function)


def state_place(function: _F) -> _F:
    """Add the options that say where state is."""
    return _with(_STATE, function)


def _with(options: Sequence[Callable[[_F], _F]], function: _F) -> _F:
    return reduce(lambda decorated, option: option(decorated), reversed(options), function)
