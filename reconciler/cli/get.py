"""`reconciler get`: look at the project."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.options import reading

if TYPE_CHECKING:
    from reconciler.model.values import Fields
    from reconciler.workflow.get import Query

_F = TypeVar("_F", bound=Callable[..., Any])

_NAME = click.argument("name", required=False)
_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    show_default=True,
    help="A table for people; an array of all that is known, or one object, for programs.",
)
_WATCH = (
    click.option("--watch", is_flag=True, help="Go on looking until nothing is running any more."),
    click.option(
        "--timeout",
        default="6h",
        show_default=True,
        metavar="DURATION",
        help="The longest that --watch goes on.",
    ),
)


def _looking(function: _F) -> _F:
    """Add the options of every `get`."""
    return _OUTPUT(reading(function))


def _watching(function: _F) -> _F:
    """Add the options of every `get` of something that can be running."""
    function = reading(function)
    for option in reversed(_WATCH):
        function = option(function)
    return _OUTPUT(function)


@click.group("get")
def command() -> None:
    """Look at the project: lists, or one object by its id or name.

    It needs no configuration and no state, takes no lock and changes nothing: a key with the role
    ProjectViewer will do. Of an id the first letters are enough, four or more.

    \b
    Examples:
      reconciler get backups
      reconciler get backups --index docs-prod -o json
      reconciler get restore-jobs docs-recovered --watch
    Exit codes: 0 shown, 1 error, or no such object, 8 --watch took too long,
    9 not authenticated or not permitted.
    """


@command.command("indexes", short_help="Indexes.")
@_NAME
@_watching
def indexes(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the indexes, or one.

    \b
    Examples:
      reconciler get indexes
      reconciler get indexes docs-prod -o yaml
    Exit codes: 0 shown, 1 error or no such index, 8 --watch took too long,
    9 not authenticated or not permitted.
    """
    return _get("indexes", name, values)


@command.command("backups", short_help="Backups of the project, or of one index.")
@_NAME
@click.option("--index", metavar="NAME", help="Only those of this index, deleted or not.")
@_watching
def backups(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the backups of the project or of one index, newest first, or one.

    \b
    Examples:
      reconciler get backups --index docs-prod
      reconciler get backups nightly --watch
      reconciler get backups 8c85e612 -o json
    Exit codes: 0 shown, 1 error, no such backup, or what was watched has failed,
    8 --watch took too long, 9 not authenticated or not permitted.
    """
    return _get("backups", name, values)


@command.command("restore-jobs", short_help="Restore jobs.")
@_NAME
@_watching
def restore_jobs(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the restore jobs, newest first, or one by its id or its target index.

    The API forgets jobs whose index was deleted.

    \b
    Examples:
      reconciler get restore-jobs
      reconciler get restore-jobs docs-recovered --watch
    Exit codes: 0 shown, 1 error, no such job, or what was watched has failed,
    8 --watch took too long, 9 not authenticated or not permitted.
    """
    return _get("restore-jobs", name, values)


@command.command("imports", short_help="Imports into an index.")
@_NAME
@click.option("--index", required=True, metavar="NAME", help="The index that they load into.")
@_watching
def imports(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the imports into an index, newest first, or one by its id or uri.

    \b
    Examples:
      reconciler get imports --index docs-prod
      reconciler get imports --index docs-prod 101 --watch
    Exit codes: 0 shown, 1 error, no such import, or what was watched has failed,
    8 --watch took too long, 9 not authenticated or not permitted.
    """
    return _get("imports", name, values)


@command.command("collections", short_help="Collections, which are copies of pod indexes.")
@_NAME
@_watching
def collections(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the collections, or one.

    \b
    Examples:
      reconciler get collections
      reconciler get collections legacy-movies -o json
    Exit codes: 0 shown, 1 error, no such collection, or what was watched has
    failed, 8 --watch took too long, 9 not authenticated or not permitted.
    """
    return _get("collections", name, values)


@command.command("models", short_help="Models that embed or rerank.")
@_NAME
@_looking
def models(name: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show the models that embed or rerank, or one with its parameters.

    \b
    Examples:
      reconciler get models
      reconciler get models llama-text-embed-v2
    Exit codes: 0 shown, 1 error or no such model, 9 not authenticated or not
    permitted.
    """
    return _get("models", name, values)


def _get(resource: str, name: str | None, values: dict[str, Any]) -> int:
    from reconciler.cli.session import open_session, run
    from reconciler.workflow.get import Query, get
    from reconciler.workflow.resources import RESOURCES

    query = Query(RESOURCES[resource], name, values.get("index"))
    if values.get("watch"):
        return _watch(query, values)
    found = run(open_session(None, values), lambda session: get(session, query))
    _show(query, found, values["output"])
    return 0


def _watch(query: "Query", values: dict[str, Any]) -> int:
    """Show every look on stderr, and the last one as the result."""
    from reconciler.cli.session import open_session, run
    from reconciler.cli.watch import Watch
    from reconciler.workflow.get import watch

    with Watch(query) as shown:
        session = open_session(None, values, shown.on_event)
        found = run(session, lambda session: watch(session, query, shown.on_look))
    _show(query, found, values["output"])
    shown.raise_failures(found)
    return 0


def _show(query: "Query", found: "Sequence[Fields]", how: str) -> None:
    """Write the result: one object where one was asked for, else a list."""
    from reconciler.cli import output
    from reconciler.config.yaml_text import dump
    from reconciler.views import objects
    from reconciler.views.inert import quoted

    if how == "table":
        _show_people(query, found)
        return
    documents = objects.document(found)
    value = documents if query.name is None else documents[0]
    if how == "json":
        output.out_json(value)
    else:
        click.echo(quoted(dump(value)), nl=False)


def _show_people(query: "Query", found: "Sequence[Fields]") -> None:
    from reconciler.cli import output
    from reconciler.views import objects

    if query.name is not None:
        output.out(objects.details(found[0], output.paper()))
    elif found:
        output.out(objects.listing(query.resource.name, found, output.paper()))
    else:
        output.err(objects.none(query.resource.name))
