"""A watch on the emulator: whatever it answers during a test is held against the descriptions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from emulator.published import (
    OUR_VERSION,
    PUBLISHED_VERSIONS,
    Answer,
    available,
    error_problem,
    problem,
)

from reconciler.emulator.faults import Kind
from reconciler.emulator.keeping import KeepingError
from reconciler.emulator.service import Admitted, Call, Emulator, Ending, Reply
from reconciler.emulator.wire import CONTROL_PREFIX

_MOST_REMEMBERED = 20_000
_ERROR, _SERVER_ERROR = 400, 500
_NOT_KEPT = KeepingError("").message.encode()


class Watch:
    """The answers that were wrong since somebody looked, each with what was wrong with it."""

    def __init__(
        self,
        perform: Callable[[Emulator, Admitted], Reply],
        note: Callable[[str], None] | None = None,
    ) -> None:
        self._perform = perform
        self._versions = {OUR_VERSION, *(PUBLISHED_VERSIONS if available() else ())}
        self._good: set[Answer] = set()
        self.wrong: list[str] = []
        self._note = note or self.wrong.append

    def method(self) -> Callable[[Emulator, Admitted], Reply]:
        """Return what takes the place of `Emulator.perform`."""

        def perform(emulator: Emulator, admitted: Admitted) -> Reply:
            with self._noting(admitted.call):
                reply = self._perform(emulator, admitted)
            if reply.ending is Ending.WHOLE:
                self._look(admitted, _answer(admitted, reply), quirks=emulator.has_quirks)
            return reply

        return perform

    def admitting(
        self, admit: Callable[[Emulator, Call], Admitted]
    ) -> Callable[[Emulator, Call], Admitted]:
        """Return what takes the place of `Emulator.admit`."""

        def watched(emulator: Emulator, call: Call) -> Admitted:
            with self._noting(call):
                return admit(emulator, call)

        return watched

    @contextmanager
    def _noting(self, call: Call) -> Iterator[None]:
        # A port turns an exception into a lost connection, which a test may well put up with.
        try:
            yield
        except Exception as error:
            self._note(f"{call.method} {call.path} raised {error!r}")
            raise

    def _look(self, admitted: Admitted, answer: Answer, *, quirks: bool) -> None:
        wrong = self._wrong(admitted, answer, quirks=quirks)
        if wrong is not None:
            self._note(f"{answer.operation} {answer.version} {answer.status}: {wrong}")

    def _wrong(self, admitted: Admitted, answer: Answer, *, quirks: bool) -> str | None:
        fault, found = admitted.fault, admitted.found
        if fault is not None and fault.kind is Kind.STATUS:
            return error_problem(answer, found.plane)
        if fault is not None and fault.kind is not Kind.DELAY:
            return None
        if answer.status >= _SERVER_ERROR and _NOT_KEPT not in answer.body:
            return "a server error that no fault made"
        if found.operation is None:
            ours = admitted.call.path.startswith(CONTROL_PREFIX) and answer.status < _ERROR
            return None if ours else error_problem(answer, found.plane)
        if answer.version not in {OUR_VERSION, *PUBLISHED_VERSIONS}:
            return error_problem(answer, found.plane)
        return self._problem(answer, quirks=quirks) if answer.version in self._versions else None

    def _problem(self, answer: Answer, *, quirks: bool) -> str | None:
        if quirks:
            return problem(answer, quirks=True)
        if answer in self._good:
            return None
        wrong = problem(answer)
        if wrong is None and len(self._good) < _MOST_REMEMBERED:
            self._good.add(answer)
        return wrong


@contextmanager
def watching(note: Callable[[str], None] | None = None) -> Iterator[Watch]:
    """Watch every emulator in this process; what is wrong is told to `note`, or remembered."""
    watch = Watch(Emulator.perform, note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Emulator, "admit", watch.admitting(Emulator.admit))
        patch.setattr(Emulator, "perform", watch.method())
        yield watch


def _answer(admitted: Admitted, reply: Reply) -> Answer:
    call = admitted.call
    headers = {name.lower(): value for name, value in call.headers.items()}
    version = headers.get("x-pinecone-api-version", PUBLISHED_VERSIONS[0])
    content_type = dict(reply.headers).get("content-type", "")
    operation = admitted.found.operation or f"{call.method} {call.path}"
    return Answer(operation, version, reply.status, content_type, reply.body)
