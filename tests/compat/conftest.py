"""The fixture of the official client's tests: an emulator served over HTTP."""

from collections.abc import Iterator

import pytest
from compat.project import new_project

from reconciler.emulator.server import Server


@pytest.fixture
def url() -> Iterator[str]:
    """Where a new project is served."""
    with Server(new_project()) as server:
        yield server.url
