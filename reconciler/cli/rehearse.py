"""`reconciler rehearse`."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.chosen import Common
from reconciler.cli.emulate import read_buckets, require_emulator
from reconciler.cli.options import buckets, configuration, rehearsing
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.address import NAME_PATTERN
from reconciler.model.desired import Configuration
from reconciler.model.kind import Kind
from reconciler.model.secret import Secret
from reconciler.model.values import JSON, Fields, mapping, text
from reconciler.views.inert import inert

if TYPE_CHECKING:
    from reconciler.emulator.buckets import Buckets

_MOST_SEED_BYTES = 64 * 1024 * 1024


@click.command("rehearse")
@configuration
@click.option("--seed", type=click.Path(), help="JSON file of indexes to start with.")
@buckets
@rehearsing
def command(
    paths: tuple[str, ...],
    seed: str | None,
    folders: tuple[str, ...],
    *,
    strict: bool,
    **values: Any,  # noqa: ANN401 - click's
) -> int:
    """Plan and apply a configuration on a local Pinecone, then plan again.

    Starts an emulator, creates the indexes that the configuration names with sample vectors, and
    one for each pattern of a policy (or those of --seed), and runs the real thing against it over
    HTTP. State is thrown away.

    \b
    Example:
      reconciler rehearse examples/quickstart
      reconciler rehearse --bucket s3://acme-vectors=./data examples/quickstart
    Exit codes: 0 nothing left to change, 2 something is left, else those of
    apply.
    """
    require_emulator()
    from reconciler.config.build import load
    from reconciler.emulator.samples import sample
    from reconciler.emulator.samples import seed as plant
    from reconciler.emulator.server import Server
    from reconciler.emulator.service import Emulator
    from reconciler.kinds import load_kinds

    mappings = read_buckets(folders, strict=strict)
    kinds = load_kinds()
    found = load(list(paths) or ["."], kinds, assigned=Common(values).assigned())
    emulator = Emulator()
    emulator.map_buckets(mappings)
    with Server(emulator) as server:
        names, pods = _indexes(found, kinds), _pods(found, kinds)
        indexes = _tagged(sample(names, pods), found) if seed is None else _read(seed)
        try:
            plant(emulator, indexes)
        except ValueError as error:
            raise _bad_seed(seed, str(error)) from error
        _announce(server.url, indexes)
        _announce_imports(found, mappings)
        with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
            return _rehearse(paths, values, server.url, folder)


def _rehearse(paths: tuple[str, ...], values: dict[str, Any], url: str, folder: str) -> ExitCode:
    from reconciler.cli import output
    from reconciler.cli.apply import apply_session
    from reconciler.cli.progress import Progress
    from reconciler.cli.session import open_session, run
    from reconciler.settings import Settings
    from reconciler.workflow.plan import plan

    settings = Settings(
        api_url=url,
        state_path=str(Path(folder) / "rehearsal.json"),
        settle_window=2_000_000,
        poll_seconds=1.0,
    )
    with Progress() as progress:
        session = open_session(paths, values, progress.on_event, settings, Secret("rehearsal"))
        code = apply_session(session, progress, auto_approve=True)
    if code is not ExitCode.OK:
        return code
    click.echo("\nPlanning again:")
    again = run(open_session(paths, values, settings=settings, key=Secret("rehearsal")), plan)
    output.show_plan(again)
    return ExitCode.OK if again.is_empty else ExitCode.CHANGES


def _announce(url: str, indexes: Mapping[str, Any]) -> None:
    names = ", ".join(str(one.get("name")) for one in indexes.get("indexes", []))
    click.echo(f"A local Pinecone listens at {url}.", err=True)
    click.echo("Nothing leaves this machine, state is thrown away.", err=True)
    click.echo(f"Indexes to start with: {inert(names) or 'none'}", err=True)


def _announce_imports(configuration: Configuration, mappings: "Buckets") -> None:
    uris = {
        text(desired.fields.get("uri"))
        for address, desired in configuration.desired.items()
        if address.kind == "import"
    }
    otherwise = "fails" if mappings.strict else "brings made-up records"
    for uri in sorted(uris):
        place = mappings.place(uri)
        what = f"{otherwise}: no --bucket has it" if place is None else f"reads {place}"
        click.echo(f"The import of {inert(uri)} {inert(what)}.", err=True)
    click.echo(err=True)


def _indexes(configuration: Configuration, kinds: Mapping[str, Kind]) -> list[str]:
    """Name the indexes that must exist before: named by some block, and made by none."""
    named: set[str] = set()
    made: set[str] = set()
    for address, desired in configuration.desired.items():
        kind = kinds[address.kind]
        named.update(kind.needs(desired.fields).indexes)
        source = text(mapping(desired.fields.get("from")).get("index"))
        named.update({source} if source else ())
        named.update(_fitting(mapping(desired.fields.get("indexes"))))
        if kind.rules.makes_index is not None:
            made.add(text(desired.fields.get(kind.rules.makes_index)))
    return sorted(named - made)


def _fitting(selection: Fields) -> Iterator[str]:
    """Make up a name for each pattern by which a policy selects indexes."""
    patterns = selection.get("glob") or (["*"] if selection.get("tags") else [])
    for pattern in patterns if isinstance(patterns, list) else ():
        name = text(pattern).replace("*", "sample").replace("?", "x")
        if re.fullmatch(NAME_PATTERN, name):
            yield name


def _tagged(indexes: Mapping[str, Any], configuration: Configuration) -> Mapping[str, Any]:
    """Give all samples the tags by which policies select indexes."""
    tags: dict[str, JSON] = {}
    for desired in configuration.desired.values():
        tags.update(mapping(mapping(desired.fields.get("indexes")).get("tags")))
    found = [{**one, "tags": {**one["tags"], **tags}} for one in indexes["indexes"]]
    return {**indexes, "indexes": found}


def _pods(configuration: Configuration, kinds: Mapping[str, Kind]) -> set[str]:
    """Name the indexes that have to be made of pods."""
    return {
        index
        for address, desired in configuration.desired.items()
        if kinds[address.kind].rules.of_pods
        for index in kinds[address.kind].needs(desired.fields).indexes
    }


def _read(path: str) -> Mapping[str, Any]:
    try:
        data = Path(path).read_bytes()
        found = json.loads(data) if len(data) <= _MOST_SEED_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise _bad_seed(path, str(error)) from error
    if not isinstance(found, dict):
        raise _bad_seed(path, "it is not a JSON object")
    return found


def _bad_seed(path: str | None, why: str) -> ReconcilerError:
    return ReconcilerError.of(
        "seed-unusable",
        f"the seed {path} cannot be used: {why}",
        'write {"indexes": [{"name": "docs", "dimension": 8, "namespaces": {"": 100}}]}',
    )
