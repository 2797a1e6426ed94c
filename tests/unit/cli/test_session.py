"""How a run heeds signals."""

import asyncio
import signal

import pytest

from reconciler.cli.local import open_local
from reconciler.cli.session import run
from reconciler.errors import InterruptedRunError, ReconcilerError, TerminatedRunError
from reconciler.workflow.session import Session


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGINT, InterruptedRunError), (signal.SIGTERM, TerminatedRunError)],
)
def test_a_signal_is_noted_before_the_loop_turns(
    number: signal.Signals, error: type[ReconcilerError], capsys: pytest.CaptureFixture[str]
) -> None:
    noted: list[bool] = []

    async def work(opened: Session) -> None:
        signal.raise_signal(number)
        noted.append(opened.stop.requested)
        await asyncio.sleep(60)

    before = signal.getsignal(number)
    with pytest.raises(error):
        run(open_local({}), work)
    assert noted == [True]
    assert "stopping: nothing new is started" in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_what_is_acting_is_not_cancelled_by_the_first_signal() -> None:
    async def work(opened: Session) -> str:
        opened.stop.acting = True
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0.05)
        return "ended by itself"

    assert run(open_local({}), work) == "ended by itself"
