"""Buckets: which folder an import reads, how it must be laid out, and what is never read."""

import os
import shutil
from pathlib import Path

import pytest
from emulator.parquet_files import (
    BUCKET,
    URI,
    counts,
    ended,
    failure,
    project_with,
    rows,
    strict,
    write,
)

from reconciler.emulator.buckets import (
    Buckets,
    ImportRefused,
    Limits,
    Place,
    files_by_namespace,
    mapped,
    open_regular,
)


def test_complete_path_to_a_file_is_refused(data: Path) -> None:
    assert "complete path" in failure(project_with(data), f"{URI}/fr/0.parquet")


def test_files_outside_of_a_namespace_are_refused(data: Path) -> None:
    assert "No namespace detected for 0.parquet" in failure(project_with(data), f"{URI}/fr")


@pytest.mark.parametrize(
    "uri", [f"{BUCKET}/none", f"{BUCKET}/docs/2026-11/fr/0", BUCKET + "/empty"]
)
def test_directory_without_files_is_refused(data: Path, uri: str) -> None:
    (data / "empty/a").mkdir(parents=True)
    (data / "empty/a/notes.log").write_text("not read")
    assert "No Parquet files found" in failure(project_with(data), uri)


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(namespaces=1), "1 namespaces"),
        (Limits(files=1), "1 files"),
        (Limits(file_bytes=10), "0.parquet is larger"),
        (Limits(total_bytes=10), "in all"),
    ],
)
def test_import_beyond_the_documented_limits_is_refused(
    data: Path, limits: Limits, what: str
) -> None:
    project = project_with(data)
    project.emulator.map_buckets(Buckets({BUCKET: data}, limits=limits))
    error = failure(project)
    assert "Exceeds system limit" in error
    assert what in error


@pytest.mark.parametrize(
    "inside",
    [
        "../secret",
        "docs/../../secret",
        "docs/./2026-11",
        "link",
        "docs//2026-11",
        "docs\0/2026-11",
    ],
)
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, inside: str) -> None:
    bucket = tmp_path / "bucket"
    write(tmp_path / "secret/a/0.parquet", rows(2))
    write(bucket / "docs/2026-11/a/0.parquet", rows(2))
    (bucket / "link").symlink_to(tmp_path / "secret")
    project = project_with(bucket)
    assert "No Parquet files found" in failure(project, f"{BUCKET}/{inside}")


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    write(tmp_path / "secret/a/0.parquet", rows(2))
    write(bucket / "docs/2026-11/a/0.parquet", rows(3))
    (bucket / "docs/2026-11/a/1.parquet").symlink_to(tmp_path / "secret/a/0.parquet")
    (bucket / "docs/2026-11/b").symlink_to(tmp_path / "secret/a")
    os.mkfifo(bucket / "docs/2026-11/a/2.parquet")
    project = project_with(bucket)
    assert ended(project)["recordsImported"] == 3
    assert counts(project) == {"a": 3}


def test_bucket_that_is_not_mapped_brings_made_up_records(data: Path) -> None:
    project = project_with(data)
    assert ended(project, "s3://acme-vectors-2/docs/new")["recordsImported"] == 1_000
    assert counts(project) == {"new": 1_000}


def test_bucket_that_is_not_mapped_is_empty_when_strict(data: Path) -> None:
    project = project_with(data)
    project.emulator.map_buckets(strict(data))
    assert "No Parquet files found" in failure(project, "s3://other/docs")
    assert ended(project)["status"] == "Completed"


def test_longest_mapping_wins(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other / "it/0.parquet", rows(4))
    project = project_with(data)
    project.emulator.map_buckets(mapped([f"{BUCKET}={data}", f"{BUCKET}/docs/2026-11/={other}"]))
    assert ended(project)["recordsImported"] == 4


@pytest.mark.parametrize(
    "mapping", ["", "s3://b", "=.", "b=.", "s3://=.", "s3://b=", "s3://b=none"]
)
def test_impossible_mapping_is_refused(mapping: str) -> None:
    with pytest.raises(ValueError, match=r"not of the form|no folder"):
        mapped([mapping])


def test_bucket_is_mapped_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mapped twice"):
        mapped([f"{BUCKET}={tmp_path}", f"{BUCKET}/={tmp_path}"])


def test_s3_cannot_be_imported_into_another_cloud(data: Path) -> None:
    spec = {"serverless": {"cloud": "gcp", "region": "us-central1"}}
    project = project_with(data, spec=spec)
    path = project.host("docs") + "/bulk/imports"
    assert project.ask("POST", path, {"uri": URI}, expect=400)["code"] == 3
    project.ask("POST", path, {"uri": "gs://acme-vectors/docs"})


def test_pods_have_no_imports(data: Path) -> None:
    pod = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1"}}
    project = project_with(data, spec=pod)
    path = project.host("docs") + "/bulk/imports"
    assert project.ask("POST", path, {"uri": URI}, expect=400)["code"] == 3
    project.ask("GET", path, expect=400)


def test_folder_that_has_gone_fails_the_import(data: Path) -> None:
    project = project_with(data)
    shutil.rmtree(data)
    assert failure(project, BUCKET).startswith(f"User error: {BUCKET} cannot be read: ")


@pytest.mark.parametrize("become", ["gone", "link", "pipe"])
def test_file_that_is_none_any_more_is_not_opened(tmp_path: Path, become: str) -> None:
    path = tmp_path / "0.parquet"
    if become == "link":
        (tmp_path / "other").write_bytes(b"secret")
        path.symlink_to(tmp_path / "other")
    elif become == "pipe":
        os.mkfifo(path)
    with pytest.raises(ImportRefused, match=r"^User error: 0\.parquet cannot be opened: "):
        open_regular(Place(tmp_path, (path.name,)))


@pytest.mark.parametrize("swapped", ["docs", "docs/2026-11", "docs/2026-11/fr"])
def test_no_folder_on_the_way_to_a_file_may_become_a_link(tmp_path: Path, swapped: str) -> None:
    for where in ("bucket", "secret"):
        write(tmp_path / where / "docs/2026-11/fr/0.parquet", rows(1))
    place = mapped([f"{BUCKET}={tmp_path / 'bucket'}"]).place(URI)
    assert place is not None
    (file,) = files_by_namespace(place, URI, Limits())["fr"]
    open_regular(file).close()
    shutil.rmtree(tmp_path / "bucket" / swapped)
    (tmp_path / "bucket" / swapped).symlink_to(tmp_path / "secret" / swapped)
    with pytest.raises(ImportRefused, match=r"^User error: 0\.parquet cannot be opened: "):
        open_regular(file)


def test_folder_that_cannot_name_a_namespace_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "docs/2026-11/é/0.parquet", rows(1))
    assert "A namespace must be" in failure(project_with(tmp_path))
