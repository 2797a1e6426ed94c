"""Options of the whole test suite, and the eye that it keeps on the emulator's answers."""

from collections.abc import Iterator

import pytest
from emulator.watch import Watch, watching
from emulator.watched import NOTES, take_notes


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite plan.txt, plan.json and plan.md of tests/golden; read the diff, then commit",
    )


@pytest.fixture(scope="session", autouse=True)
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Hold every answer of every emulator against the API's descriptions, here and in children."""
    with watching() as watch, pytest.MonkeyPatch.context() as patch:
        patch.setenv(NOTES, str(tmp_path_factory.mktemp("watch") / "notes"))
        yield watch


@pytest.fixture(autouse=True)
def answers_are_as_published(watch: Watch) -> Iterator[None]:
    """Fail the test during which an answer was sent that no description knows."""
    yield
    wrong = [*watch.wrong, *take_notes()]
    watch.wrong.clear()
    assert wrong == []
