"""Ask the emulator whatever the published descriptions allow, and what they do not.

Schemathesis makes the requests up from the descriptions of each version: valid ones, and ones with
a part that is not valid. Half of them name objects that exist, in a project that is the same for
each. No answer may be a server error, have a status that is not documented, or a body that is not
as described.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import click
import requests
import schemathesis
import yaml
from emulator.driver import Driver
from emulator.published import PUBLISHED_VERSIONS, Answer, available, files, problem
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from reconciler.emulator.routes.registry import find, operations
from reconciler.emulator.service import Call, Reply

_POD = {
    "name": "pod",
    "dimension": 2,
    "spec": {"pod": {"environment": "us-east-1-aws", "pod_type": "p1.x1"}},
}
_SERVER_ERROR = 500


class Project:
    """A project with one object of every kind, which every request finds as it was made."""

    def __init__(self) -> None:
        driver = Driver()
        driver.seed("docs")
        backup = driver.ready_backup()
        job = driver.restore(backup, "again")["restore_job_id"]
        driver.ask("POST", "/indexes", _POD, expect=201)
        driver.ask("POST", "/collections", {"name": "kept", "source": "pod"}, expect=201)
        self.host = driver.host("docs")
        load = driver.ask("POST", f"{self.host}/bulk/imports", {"uri": "s3://b/done"})["id"]
        driver.sleep(60)
        self.existing: Mapping[str, str] = {
            "index_name": "docs",
            "backup_id": backup,
            "job_id": job,
            "collection_name": "kept",
            "model_name": "llama-text-embed-v2",
            "id": load,
            "namespace": "fr",
        }
        self._emulator = driver.emulator
        self._store = driver.emulator._store

    def answer(self, call: Call) -> Reply:
        """Answer a request to a fresh copy of the project."""
        self._emulator._store = deepcopy(self._store)
        return self._emulator.handle(call)


@dataclass
class Tally:
    """What came of all requests: how many got which status, and the first failure of each kind."""

    statuses: dict[int, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def enter(self, reply: Reply, call: Call, found: str | None, operation: str) -> None:
        """Count an answer, and keep what was wrong with it."""
        self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
        if found is not None:
            asked = f"{call.method} {call.path}?{call.query} {call.body[:200]!r}"
            self.failures.setdefault(f"{operation}: {found[:200]}", asked)


def check(version: str, examples: int, number: int, only: Sequence[str] = ()) -> Tally:
    """Ask every operation of a version that is served, `examples` times in each of four ways."""
    project, tally = Project(), Tally()
    for document in files(version):
        raw = yaml.safe_load(document.read_text(encoding="utf-8"))
        prefix = project.host if document.name.startswith("db_data") else ""
        for operation in _served(raw, only):
            name = operation.definition.raw["operationId"]
            ask = _asking(project, version, prefix, tally, name)
            for mode in GenerationMode:
                for existing in (True, False):
                    _run(ask, operation, mode, project.existing if existing else None)(
                        examples, number
                    )
    return tally


@click.command("specification")
@click.option("--examples", type=click.IntRange(1), default=100, show_default=True)
@click.option("--seed", "number", type=int, default=0, show_default=True)
@click.option("--version", "versions", type=click.Choice(PUBLISHED_VERSIONS), multiple=True)
@click.option("--operation", "only", multiple=True, help="Only these operation ids.")
def command(examples: int, number: int, versions: Sequence[str], only: Sequence[str]) -> None:
    """Ask the emulator what the published descriptions allow and what they do not."""
    if not available():
        raise click.ClickException("the descriptions are not here; set PINECONE_API_DESCRIPTIONS")
    failed = 0
    for version in versions or PUBLISHED_VERSIONS:
        tally = check(version, examples, number, only)
        by_status = ", ".join(
            f"{status}: {tally.statuses[status]}" for status in sorted(tally.statuses)
        )
        click.echo(f"{version}  {sum(tally.statuses.values())} requests  {by_status}")
        failed += len(tally.failures)
        for what, asked in tally.failures.items():
            click.echo(f"FAILED {what}\n  {asked}")
            again = f"--version {version} --operation {what.partition(':')[0]}"
            click.echo(f"  again: python tests/prove.py specification --seed {number} {again}")
    click.echo(f"{failed} kinds of answers were not as published.")
    sys.exit(1 if failed else 0)


def _served(raw: Mapping[str, Any], only: Sequence[str]) -> Iterator[Any]:
    for found in schemathesis.openapi.from_dict(raw).get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name in operations() and (not only or name in only):
            yield operation


def _asking(
    project: Project, version: str, prefix: str, tally: Tally, asked: str
) -> Callable[[Any], None]:
    def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis names no type for it
        call = _call(case, version, prefix)
        reply = project.answer(call)
        # A made-up path may be that of another operation, or of none.
        operation = find(call.method, call.path).operation
        found = "a server error" if reply.status >= _SERVER_ERROR else None
        if operation is not None:
            kind = dict(reply.headers).get("content-type", "")
            answer = Answer(operation, version, reply.status, kind, reply.body)
            found = found or problem(answer)
        tally.enter(reply, call, found, operation or asked)

    return ask


def _call(case: Any, version: str, prefix: str) -> Call:  # noqa: ANN401 - as above
    kwargs = case.as_transport_kwargs(base_url=f"http://emulator{prefix}")
    kwargs["headers"] = {}
    prepared = requests.Request(**{k: v for k, v in kwargs.items() if k != "timeout"}).prepare()
    path, _, query = str(prepared.path_url).partition("?")
    body = prepared.body or b""
    sent = body if isinstance(body, bytes) else body.encode()
    return Call(
        prepared.method or "",
        path,
        query,
        {"Api-Key": "k", "X-Pinecone-Api-Version": version},
        sent,
    )


def _run(
    ask: Callable[[Any], None],
    operation: Any,  # noqa: ANN401 - as above
    mode: GenerationMode,
    existing: Mapping[str, str] | None,
) -> Callable[[int, int], None]:
    names = {each.name for each in operation.path_parameters}
    chosen = {name: existing[name] for name in names} if existing is not None and names else None

    def run(examples: int, number: int) -> None:
        strategy = operation.as_strategy(generation_mode=mode, path_parameters=chosen)
        bounded = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        # An operation without anything that could be invalid has no negative requests.
        with suppress(schemathesis.errors.SchemathesisError):
            seed(number)(bounded(given(strategy)(ask)))()

    return run
