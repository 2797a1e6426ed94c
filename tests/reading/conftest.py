"""The real command line in this process, against a stub that answers word for word."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from reading.server import Stub, serving

from reconciler.cli import run


@dataclass(frozen=True)
class Shown:
    """How one command ended."""

    code: int
    out: str
    err: str


Get = Callable[..., Shown]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(Stub()) as found:
        yield found


@pytest.fixture
def get(stub: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Get:
    monkeypatch.setenv("PINECONE_API_KEY", "pcsk_reader")
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", stub.url)
    monkeypatch.delenv("PINECONE_API_VERSION", raising=False)

    def ask(*arguments: str) -> Shown:
        capsys.readouterr()
        code = run(["get", *arguments])
        return Shown(code, *capsys.readouterr())

    return ask
