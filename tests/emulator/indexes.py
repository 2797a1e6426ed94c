"""Indexes on the emulator, filled with the vectors of a test."""

from collections.abc import Sequence
from typing import Any

from emulator.driver import Driver

SPEC = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
POD = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1"}}
FULL = {
    "id": "a/b",
    "values": [0.1, -2.0, 3.5, 0.0, 1.0, 1.5, 1e-9, 7.0],
    "sparseValues": {"indices": [3, 17], "values": [0.5, 1.25]},
    "metadata": {"genre": ["a", "b"], "year": 2024, "good": True},
}


def index(project: Driver, name: str, **fields: object) -> str:
    """Make an index of dimension 2 (or sparse, or of pods) and return its host."""
    sized = {} if fields.get("vector_type") == "sparse" else {"dimension": 2}
    project.ask("POST", "/indexes", {"name": name, "spec": SPEC, **sized, **fields}, expect=201)
    return project.host(name)


def upsert(project: Driver, host: str, vectors: Sequence[object], namespace: str = "") -> None:
    body = {"namespace": namespace, "vectors": vectors}
    answer = project.ask("POST", host + "/vectors/upsert", body)
    assert answer == {"upsertedCount": len(vectors)}


def ask_as(
    project: Driver, version: str, method: str, path: str, body: object = None, expect: int = 200
) -> Any:  # noqa: ANN401
    return project.ask(method, path, body, expect, version)
