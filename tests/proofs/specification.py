"""Ask the emulator whatever the published descriptions allow, and what they do not.

Schemathesis makes the requests up from the descriptions of each version: valid ones, and ones with
a part that is not valid. Half of them name objects that exist, in a project that is the same for
each. No answer may be a server error, have a status that is not documented, or a body that is not
as described. Hardly any made-up body is good for the project, so good values are laid over some
that are valid; then every operation must have been carried out at least once.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_TEXTS = {
    "name": "texts",
    "cloud": "aws",
    "region": "us-east-1",
    "embed": {"model": "llama-text-embed-v2", "field_map": {"text": "text"}},
}
_OK, _NO_LONGER_OK, _SERVER_ERROR = 200, 300, 500
_VALUES = [1.0] * 8
# What is laid over a valid body, by operation; None takes a field away that goes with no other.
_GOOD: Mapping[str, Any] = {
    "create_index": {
        **dict.fromkeys(("metric", "vector_type")),
        "name": "fresh",
        "dimension": 8,
        "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
    },
    "create_index_for_model": {**_TEXTS, "name": "fresh"},
    "create_collection": {"name": "fresh", "source": "pod"},
    "startBulkImport": {"uri": "s3://b/more", "integrationId": None},
    "queryVectors": {
        **dict.fromkeys(("id", "queries", "sparseVector", "filter")),
        "vector": _VALUES,
        "topK": 3,
    },
    "upsertVectors": {"vectors": [{"id": "new", "values": _VALUES}]},
    "updateVector": {
        **dict.fromkeys(("sparseValues", "setMetadata", "filter", "dryRun")),
        "id": "sample-000000",
        "values": _VALUES,
    },
    "deleteVectors": {"ids": ["sample-000000"], "deleteAll": None, "filter": None},
    "fetch_vectors_by_metadata": {"filter": {"position": {"$gte": 0}}, "paginationToken": None},
    "createNamespace": {"name": "new", "schema": None},
    "upsertRecordsNamespace": [{"_id": "new", "text": "words"}],
    "searchRecordsNamespace": {
        "query": {"vector": {"values": _VALUES}, "top_k": 3},
        "fields": None,
        "rerank": None,
    },
    "embed": {
        "model": "llama-text-embed-v2",
        "inputs": [{"text": "words"}],
        "parameters": {"input_type": "passage"},
    },
}


@schemathesis.serializer("application/x-ndjson")
def _lines(_: object, sent: object) -> bytes:
    rows = sent if isinstance(sent, list) else [sent]
    return "\n".join(json.dumps(row) for row in rows).encode()


class Project:
    """A project with one object of every kind, which every request finds as it was made."""

    def __init__(self) -> None:
        driver = Driver()
        driver.seed("docs")
        backup = driver.ready_backup()
        job = driver.restore(backup, "again")["restore_job_id"]
        driver.ask("POST", "/indexes", _POD, expect=201)
        driver.ask("POST", "/collections", {"name": "kept", "source": "pod"}, expect=201)
        driver.ask("POST", "/indexes/create-for-model", _TEXTS, expect=201)
        docs, self._texts = driver.host("docs"), driver.host("texts")
        self._docs = docs
        load = driver.ask("POST", f"{docs}/bulk/imports", {"uri": "s3://b/done"})["id"]
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

    def host(self, operation: str) -> str:
        """Return where an operation of the data plane finds an index that it is meant for."""
        return self._texts if operation == "upsertRecordsNamespace" else self._docs

    def answer(self, call: Call) -> Reply:
        """Answer a request to a fresh copy of the project."""
        self._emulator._store = deepcopy(self._store)
        return self._emulator.handle(call)


@dataclass
class Tally:
    """What came of all requests: how many got which status, and the first failure of each kind."""

    answers: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def statuses(self) -> Counter[int]:
        """How many requests got which status, whatever they asked for."""
        return sum(self.answers.values(), Counter())

    def require_done(self, operation: str) -> None:
        """Enter it as a failure when an operation was never carried out."""
        got = self.answers.get(operation, Counter())
        if not any(_OK <= status < _NO_LONGER_OK for status in got):
            self.failures[f"{operation}: never carried out"] = f"answers by status: {dict(got)}"

    def enter(self, reply: Reply, call: Call, found: str | None, operation: str) -> None:
        """Count an answer, and keep what was wrong with it."""
        self.answers.setdefault(operation, Counter())[reply.status] += 1
        if found is not None:
            asked = f"{call.method} {call.path}?{call.query} {call.body[:200]!r}"
            self.failures.setdefault(f"{operation}: {found[:200]}", asked)


def check(version: str, examples: int, number: int, only: Sequence[str] = ()) -> Tally:
    """Ask every operation of a version that is served, `examples` times in each of its ways."""
    project, tally = Project(), Tally()
    for document in files(version):
        raw = yaml.safe_load(document.read_text(encoding="utf-8"))
        of_data = document.name.startswith("db_data")
        for operation in _served(raw, only):
            name = operation.definition.raw["operationId"]
            prefix = project.host(name) if of_data else ""
            ask = _asking(project, version, prefix, tally, name)
            for mode in GenerationMode:
                for existing in (True, False):
                    _run(ask, operation, mode, project.existing if existing else None)(
                        examples, number
                    )
            if name in _GOOD:
                good = _with_good_values(ask, _GOOD[name])
                _run(good, operation, GenerationMode.POSITIVE, project.existing)(examples, number)
            tally.require_done(name)
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


def _with_good_values(ask: Callable[[Any], None], good: Any) -> Callable[[Any], None]:  # noqa: ANN401 - JSON
    def ask_well(case: Any) -> None:  # noqa: ANN401 - as above
        if isinstance(good, dict):
            made_up = case.body if isinstance(case.body, dict) else {}
            laid = {**made_up, **good}
            case.body = {key: value for key, value in laid.items() if value is not None}
        else:
            case.body = good
        ask(case)

    return ask_well


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
        seed(number)(bounded(given(strategy)(ask)))()

    return run
