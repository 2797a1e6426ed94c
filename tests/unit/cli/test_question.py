"""The question of apply, when a signal comes that does not end a read by itself."""

import os
import signal
import threading
import time

import pytest

from reconciler.cli.apply import _asked
from reconciler.engine.run import Stop, StoppedError


@pytest.mark.timeout(20)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_interrupts_no_read_ends_the_question_all_the_same(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that comes between the question and the read; here another thread gets it."""
    unread, written = os.pipe()
    stop = Stop()

    def send() -> None:
        time.sleep(0.2)
        signal.pthread_kill(threading.get_ident(), number)

    with open(unread, encoding="utf-8") as nobody:  # noqa: PTH123 - a descriptor, not a path
        monkeypatch.setattr("sys.stdin", nobody)
        sender = threading.Thread(target=send)
        sender.start()
        with pytest.raises(StoppedError):
            _asked(stop)
        sender.join()
    os.close(written)
    assert stop.signal == number
