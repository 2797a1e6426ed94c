"""Back up a large index ten times, restore it and write to both: the vectors are there once.

The vectors come in through an import of Parquet, batch by batch. From then on nothing may need
memory in proportion to them: copies share the chunks that the records are in. Counts must agree.
"""

import resource
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import click
import pyarrow as pa
from emulator.driver import Driver
from pyarrow import parquet

from reconciler.emulator.buckets import mapped

BACKUPS = 10
_BUCKET = "s3://large"
_BATCH = 10_000
_KIBIBYTE = 1024
_MEBIBYTE = 1024 * _KIBIBYTE
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Counts:
    """How many vectors were in the index, in each of its backups, and in the restored index."""

    index: int
    backups: tuple[int, ...]
    restored: int

    @property
    def agree(self) -> bool:
        """Whether nothing was lost and nothing came up."""
        return {*self.backups, self.restored} == {self.index}


@dataclass(frozen=True)
class Measured:
    """What one run took; both figures of memory are of the whole process."""

    counts: Counts
    load_seconds: float
    copy_seconds: float
    alone_bytes: int
    peak_bytes: int

    @property
    def ratio(self) -> float:
        """The most memory while copies were made and written to, of that of the index alone."""
        return self.peak_bytes / self.alone_bytes


def write_file(folder: Path, vectors: int, dimension: int) -> None:
    """Write vectors that differ, a batch at a time."""
    schema = pa.schema({"id": pa.string(), "values": pa.list_(pa.float32())})
    path = folder / "data/all/0.parquet"
    path.parent.mkdir(parents=True)
    with parquet.ParquetWriter(path, schema) as writer:
        for first in range(0, vectors, _BATCH):
            numbers = range(first, min(first + _BATCH, vectors))
            values = [[float(n % 997 + place + 1) for place in range(dimension)] for n in numbers]
            ids = [f"vector-{n:07}" for n in numbers]
            writer.write_table(pa.table({"id": ids, "values": values}, schema=schema))


def load(folder: Path, dimension: int) -> Driver:
    """Start a project with an index `docs` that holds what the file holds."""
    project = Driver()
    project.emulator.map_buckets(mapped([f"{_BUCKET}={folder}"]))
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    body = {"name": "docs", "dimension": dimension, "spec": spec}
    project.ask("POST", "/indexes", body, expect=201)
    project.ask("POST", project.host("docs") + "/bulk/imports", {"uri": f"{_BUCKET}/data"})
    project.sleep(60)
    project.stats("docs")
    return project


def copy(project: Driver, dimension: int) -> Counts:
    """Back the index up, restore the last backup, and write to both indexes after counting."""
    made = [project.backup() for _ in range(BACKUPS)]
    project.sleep(60)
    backups = tuple(project.ask("GET", f"/backups/{each}")["record_count"] for each in made)
    project.restore(made[-1])
    project.sleep(60)
    index, restored = (project.stats(name)["totalVectorCount"] for name in ("docs", "restored"))
    vectors = [{"id": f"vector-{n:07}", "values": [1.0] * dimension} for n in range(100)]
    for name in ("docs", "restored"):
        body = {"namespace": "all", "vectors": vectors}
        project.ask("POST", project.host(name) + "/vectors/upsert", body)
    return Counts(index, backups, restored)


def measure(folder: str, dimension: int) -> Measured:
    """Load and copy in this process, which should have done nothing else before."""
    started = perf_counter()
    project = load(Path(folder), dimension)
    loaded = perf_counter()
    alone = _resident()
    _forget_peak()
    counts = copy(project, dimension)
    return Measured(counts, loaded - started, perf_counter() - loaded, alone, _peak())


def _resident() -> int:
    return _of_status("VmRSS") if _STATUS.exists() else _peak()


def _peak() -> int:
    if _STATUS.exists():
        return _of_status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _of_status(name: str) -> int:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * _KIBIBYTE


def _forget_peak() -> None:
    # Linux then measures the peak from here on; elsewhere it is that of the whole run.
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5", encoding="ascii")


@click.command("large-index")
@click.option("--vectors", type=click.IntRange(min=1), default=1_000_000, show_default=True)
@click.option("--dimension", type=click.IntRange(min=1), default=64, show_default=True)
@click.option("--most", type=float, default=1.1, show_default=True, help="The largest ratio.")
def command(vectors: int, dimension: int, most: float) -> None:
    """Back up and restore a large index, and measure the memory that it takes."""
    with (
        tempfile.TemporaryDirectory(prefix="large-index-") as folder,
        ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool,
    ):
        pool.submit(write_file, Path(folder), vectors, dimension).result()
        found = pool.submit(measure, folder, dimension).result()
    click.echo(f"{'vectors in the index':<32}{found.counts.index:>12,}")
    click.echo(f"{f'in each of {BACKUPS} backups':<32}{min(found.counts.backups):>12,}")
    click.echo(f"{'in the restored index':<32}{found.counts.restored:>12,}")
    click.echo(f"{'memory of the index alone':<32}{found.alone_bytes // _MEBIBYTE:>8,} MiB")
    click.echo(f"{'peak with backups and restore':<32}{found.peak_bytes // _MEBIBYTE:>8,} MiB")
    click.echo(f"imported in {found.load_seconds:.1f} s, copied in {found.copy_seconds:.2f} s")
    good = found.counts.agree and found.counts.index == vectors and found.ratio <= most
    click.echo(f"counts {'agree' if found.counts.agree else 'differ'}, ratio {found.ratio:.3f}")
    sys.exit(0 if good else 1)
