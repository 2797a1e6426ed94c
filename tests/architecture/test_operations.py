"""What kinds ask of the API is understood on the way back, and answered by the emulator."""

import re
from pathlib import Path

import pytest

from reconciler.emulator.routes.registry import operations
from reconciler.wire import read

PACKAGE = Path(__file__).resolve().parents[2] / "reconciler"
REQUEST = re.compile(r'\bRequest\(\s*"(\w+)",\s*"([A-Z]+)"')
LISTS = re.compile(r"list_|list[A-Z]")


def spoken(*folders: str) -> list[tuple[str, str]]:
    """Give the operations, with their methods, that modules of some folders ask for."""
    return sorted(
        {
            found
            for folder in folders
            for module in (PACKAGE / folder).glob("*.py")
            for found in REQUEST.findall(module.read_text(encoding="utf-8"))
        }
    )


SPOKEN = spoken("kinds", "engine", "api", "workflow")


def test_requests_are_found() -> None:
    assert {"list_project_backups", "create_backup", "describe_index"} <= {one for one, _ in SPOKEN}
    written = sum(
        len(re.findall(r"\bRequest\(", module.read_text(encoding="utf-8")))
        for module in (PACKAGE / "kinds").glob("*.py")
    )
    named = sum(
        len(REQUEST.findall(module.read_text(encoding="utf-8")))
        for module in (PACKAGE / "kinds").glob("*.py")
    )
    assert named == written, "name the operation of a Request in its call, where it can be found"


@pytest.mark.parametrize(("operation", "method"), SPOKEN)
def test_every_operation_has_a_wire_form(operation: str, method: str) -> None:
    if LISTS.match(operation):
        assert operation in read._LISTS
    elif method != "DELETE":  # whose answer is empty
        assert operation in read._OBJECTS


@pytest.mark.parametrize("operation", sorted({one for one, _ in SPOKEN}))
def test_every_operation_is_answered_by_the_emulator(operation: str) -> None:
    assert operation in operations()
