"""What `get` shows of one project is the same in every version of the API, but for what is new."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rehearsal.stage import Stage
from simulation.pods import add_pod_to

from reconciler.cli import run
from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs
from reconciler.settings import API_VERSIONS

WORDS = (
    ("indexes",),
    ("indexes", "movies-pod"),
    ("backups",),
    ("backups", "--index", "docs-prod"),
    ("restore-jobs",),
    ("imports", "--index", "docs-prod"),
    ("collections",),
    ("models",),
)
ONLY_TOLD_BY_THE_NEWEST = {"source_backup_id", "validation"}
"""Facts that no earlier version has; everything else must be the same."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a project that has something of everything."""
    at_once = dict.fromkeys(("backup_seconds", "restore_seconds", "collection_seconds"), 0.0)
    emulator = Emulator(knobs=Knobs(**at_once, import_seconds=0.0))
    seed(emulator, sample(["docs-prod"]))
    with Server(emulator) as server:
        stage = Stage(server.url, Path(tmp_path_factory.mktemp("project")))
        add_pod_to(stage.call, "movies-pod", 2)
        backup = stage.call("POST", "/indexes/docs-prod/backups", {"name": "nightly"})
        path = f"/backups/{backup['backup_id']}/create-index"
        stage.call("POST", path, {"name": "docs-back", "tags": {"a": "b"}})
        stage.call("POST", "/collections", {"name": "movies", "source": "movies-pod"})
        imports = f"{stage.host('docs-prod')}/bulk/imports"
        stage.call("POST", imports, {"uri": "s3://acme/docs/2026-11"})
        yield server.url


def shown(
    words: tuple[str, ...], version: str, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    assert run(["get", *words, "-o", "json", "--api-version", version]) == 0
    found = json.loads(capsys.readouterr().out)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_version_shows_the_same(
    url: str,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", url)
    monkeypatch.setenv("PINECONE_API_KEY", "pcsk_reader")
    first, *others = (shown(words, version, capsys) for version in API_VERSIONS)
    assert first
    for other in others:
        assert [_common(one) for one in other] == [_common(one) for one in first]


def _common(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in ONLY_TOLD_BY_THE_NEWEST}
