"""The fixtures of the emulator's tests."""

import pytest
from emulator.driver import Driver


@pytest.fixture
def project() -> Driver:
    """A project with one index, `docs`, of 200 records in two namespaces."""
    driver = Driver()
    driver.seed("docs")
    return driver
