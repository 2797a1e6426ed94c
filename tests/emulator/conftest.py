"""The fixtures of the emulator's tests."""

from pathlib import Path

import pytest
from emulator.driver import Driver
from emulator.parquet_files import rows, write


@pytest.fixture
def project() -> Driver:
    """A project with one index, `docs`, of 200 records in two namespaces."""
    driver = Driver()
    driver.seed("docs")
    return driver


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A bucket with ten records in each of two namespaces, below docs/2026-11."""
    for namespace in ("fr", "de"):
        write(tmp_path / "docs/2026-11" / namespace / "0.parquet", rows(10, namespace))
    return tmp_path
