"""Golden: the same objects, as each API version spells them, have one normal form.

`normal.json` was checked by hand; a payload file per version holds one object per operation.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.wire.read import read, read_page

PAYLOADS = Path(__file__).parent / "payloads"
VERSIONS = ("2025-04", "2025-10", "2026-04", "2026-07")
SAME = {"create_index_from_backup_operation", "startBulkImport"}
ONLY = {  # what no other version tells
    ("2026-07", "describeBulkImport"): {
        "validation": {"importSuccesses": 1_000_000, "importErrors": 0}
    }
}
NORMAL: dict[str, Any] = json.loads((PAYLOADS / "normal.json").read_text())


def payload(version: str, operation: str) -> Any:  # noqa: ANN401
    return json.loads((PAYLOADS / f"{version}.json").read_text())[operation]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", [name for name in NORMAL if not name.startswith("list_")])
def test_an_object_reads_the_same_in_every_version(version: str, operation: str) -> None:
    wanted = {**NORMAL[operation], **ONLY.get((version, operation), {})}
    assert read(operation, payload(version, operation)) == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_a_page_reads_the_same_in_every_version(version: str) -> None:
    page = read_page("list_project_backups", payload(version, "list_project_backups"))
    wanted = NORMAL["list_project_backups"]
    assert list(page.items) == wanted["items"]
    assert page.next_token == wanted["next_token"]


@pytest.mark.parametrize("operation", [name for name in NORMAL if name not in SAME])
def test_the_payloads_do_differ(operation: str) -> None:
    spelled = {json.dumps(payload(version, operation), sort_keys=True) for version in VERSIONS}
    assert len(spelled) > 1
