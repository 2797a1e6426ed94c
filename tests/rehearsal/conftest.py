from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsal import pull_request
from rehearsal.github import GitHub
from rehearsal.stage import Stage

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs

QUICK = Knobs(backup_seconds=0.2, restore_seconds=0.3, import_seconds=0.3, collection_seconds=0.2)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An emulator with one index `docs-prod`, and a folder."""
    emulator = Emulator(knobs=QUICK)
    seed(emulator, sample(["docs-prod"]))
    with Server(emulator) as server:
        yield Stage(server.url, tmp_path)


@pytest.fixture
def github(stage: Stage) -> GitHub:
    """A runner with the kit checked out, for a pull request without labels."""
    return pull_request.runner(stage)
