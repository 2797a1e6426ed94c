"""The main job in every version of the API, with oddities that were seen on the real service."""

from pathlib import Path

import pytest
from rehearsal.conftest import QUICK
from rehearsal.stage import Stage
from rehearsal.test_converges import ALL

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator


@pytest.mark.parametrize("version", ["2025-04", "2025-10", "2026-04", "2026-07"])
def test_quirks_of_the_service_change_nothing(tmp_path: Path, version: str) -> None:
    emulator = Emulator(knobs=QUICK, quirks=True)
    seed(emulator, sample(["docs-prod"]))
    with Server(emulator) as server:
        stage = Stage(server.url, tmp_path, {"PINECONE_API_VERSION": version})
        stage.write(ALL)
        # A lost answer has the lists read for what came of it.
        stage.fault("create_backup", "drop")
        stage.fault("startBulkImport", "drop")
        applied = stage.apply()
        assert applied.code == 0, applied.err
        assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in applied.out
        after = stage.plan()
        assert (after.code, after.out) == (
            0,
            "No changes. The project matches the configuration. 3 unchanged.\n",
        )
        operations = ("create_backup", "create_index_from_backup_operation", "startBulkImport")
        assert [stage.committed(each) for each in operations] == [1, 1, 1]
