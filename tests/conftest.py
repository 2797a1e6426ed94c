"""Options of the whole test suite, and the eye that it keeps on the emulator's answers."""

from collections.abc import Iterator

import pytest
from emulator.watch import Watch

from reconciler.emulator.service import Emulator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite plan.txt, plan.json and plan.md of tests/golden; read the diff, then commit",
    )


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    """Hold every answer of every emulator in this process against the API's descriptions."""
    watch = Watch(Emulator.perform)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Emulator, "perform", watch.method())
        patch.setattr(Emulator, "admit", watch.admitting(Emulator.admit))
        yield watch


@pytest.fixture(autouse=True)
def answers_are_as_published(watch: Watch) -> Iterator[None]:
    """Fail the test during which an answer was sent that no description knows."""
    yield
    wrong, watch.wrong = watch.wrong, []
    assert wrong == []
