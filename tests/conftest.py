"""Options of the whole test suite, and the eye that it keeps on the emulator's answers."""

import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from emulator.watch import Watch, watching
from emulator.watched import NOTES, take_notes

_COVERS = {
    "golden",
    "simulation",
    "unit/planning",
    "unit/statefile",
    "unit/wire",
}
_MANY_TIMES = (
    "test_boundaries",
    "test_machine",
    "test_polic",
    "test_saved_resumed",
    "test_versions",
)
"""What runs the same lines thousands of times: counting them doubles its time, and finds none that
the other tests do not run."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count lines only where tests are about what is measured, and run them a few times.

    Nothing is traced elsewhere. The marker `no_cover` would not do: it stops one of the two counts
    that pytest-cov begins in each process of pytest-xdist, and tracing goes on.
    """
    if _is_counted(item):
        return (yield)
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(in_threads)


def _is_counted(item: pytest.Item) -> bool:
    *folders, name = item.path.relative_to(Path(__file__).parent).parts
    again = folders == ["simulation"] and name.startswith(_MANY_TIMES)
    return "/".join(folders) in _COVERS and not again


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
