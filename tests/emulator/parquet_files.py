"""Parquet files for imports, and an emulator that reads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from emulator.driver import Driver
from pyarrow import parquet

from reconciler.emulator.buckets import Buckets, mapped

BUCKET = "s3://acme-vectors"
URI = f"{BUCKET}/docs/2026-11"
SPARSE = pa.struct([("indices", pa.list_(pa.uint32())), ("values", pa.list_(pa.float32()))])
TYPES: Mapping[str, Any] = {
    "id": pa.string(),
    "values": pa.list_(pa.float32()),
    "sparse_values": SPARSE,
    "metadata": pa.string(),
}


def write(path: Path, columns: Mapping[str, Sequence[object]], **types: object) -> None:
    """Write a file; columns of an import have its types, unless others are given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: pa.array(values, types.get(name, TYPES.get(name))) for name, values in columns.items()
    }
    parquet.write_table(pa.table(arrays), path)


def rows(count: int, prefix: str = "id", dimension: int = 8) -> dict[str, list[object]]:
    """Make the columns of a file of good rows, the values of which tell their row."""
    return {
        "id": [f"{prefix}-{n}" for n in range(count)],
        "values": [[float(n + 1)] * dimension for n in range(count)],
    }


def project_with(folder: Path, **fields: object) -> Driver:
    """Start a project whose bucket is a folder, with an index `docs` of dimension 8."""
    driver = Driver()
    driver.emulator.map_buckets(mapped([f"{BUCKET}={folder}"]))
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    sized = {} if fields.get("vector_type") == "sparse" else {"dimension": 8}
    body = {"name": "docs", "spec": spec, **sized, **fields}
    driver.ask("POST", "/indexes", body, expect=201)
    return driver


def strict(folder: Path | None = None) -> Buckets:
    """Map nothing but a folder, if one is given."""
    return mapped([f"{BUCKET}={folder}"] if folder else [], strict=True)


def start(project: Driver, uri: str = URI, on_error: str = "abort") -> str:
    """Start an import and return its path."""
    host = project.host("docs")
    body = {"uri": uri, "errorMode": {"onError": on_error}}
    return f"{host}/bulk/imports/{project.ask('POST', host + '/bulk/imports', body)['id']}"


def ended(project: Driver, uri: str = URI, on_error: str = "abort") -> Any:  # noqa: ANN401
    """Run an import to its end and describe it."""
    path = start(project, uri, on_error)
    project.sleep(10)
    return project.ask("GET", path)


def counts(project: Driver) -> dict[str, int]:
    """Count the records of `docs` by namespace."""
    found = project.stats("docs")["namespaces"]
    return {name: summary["vectorCount"] for name, summary in found.items()}


def failure(project: Driver, uri: str = URI, on_error: str = "abort") -> str:
    """Run an import that must fail before it has loaded anything, and return why."""
    failed = ended(project, uri, on_error)
    assert (failed["status"], failed["recordsImported"]) == ("Failed", 0)
    assert failed["percentComplete"] == 0.0
    return str(failed["error"])
