"""Readers: the files of one import, read slice by slice, so that others have their turn between."""

from collections.abc import Generator
from concurrent.futures import Future

from reconciler.emulator.loads import Staged


class Reader:
    """Reads what `slices` returns in the end; a slice is short, the whole may take minutes."""

    __slots__ = ("_result", "_slices")

    def __init__(self, slices: Generator[None, None, Staged]) -> None:
        self._slices = slices
        self._result: Future[Staged] = Future()

    @property
    def is_done(self) -> bool:
        """Whether everything is read, or cannot be."""
        return self._result.done()

    def read_on(self) -> None:
        """Read the next slice."""
        try:
            next(self._slices)
        except StopIteration as end:
            self._result.set_result(end.value)
        except Exception as error:  # noqa: BLE001 - whoever takes the result gets it
            self._result.set_exception(error)

    def result(self) -> Staged:
        """Return what was read, when that is done; raises what the slices have raised."""
        return self._result.result(timeout=0)
