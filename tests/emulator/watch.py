"""A watch on the emulator: whatever it answers during a test is held against the descriptions."""

from collections.abc import Callable

from emulator.published import OUR_VERSION, PUBLISHED_VERSIONS, Answer, available, problem

from reconciler.emulator.faults import Kind
from reconciler.emulator.service import Admitted, Emulator, Ending, Reply

_MOST_REMEMBERED = 20_000


class Watch:
    """The answers that were wrong since somebody looked, each with what was wrong with it."""

    def __init__(self, perform: Callable[[Emulator, Admitted], Reply]) -> None:
        self._perform = perform
        self._versions = {OUR_VERSION, *(PUBLISHED_VERSIONS if available() else ())}
        self._good: set[Answer] = set()
        self.wrong: list[str] = []

    def method(self) -> Callable[[Emulator, Admitted], Reply]:
        """Return what takes the place of `Emulator.perform`."""

        def perform(emulator: Emulator, admitted: Admitted) -> Reply:
            reply = self._perform(emulator, admitted)
            answer = _answer(admitted, reply)
            if answer is not None and answer.version in self._versions:
                self._look(answer, quirks=emulator.has_quirks)
            return reply

        return perform

    def _look(self, answer: Answer, *, quirks: bool) -> None:
        if not quirks and answer in self._good:
            return
        wrong = problem(answer, quirks=quirks)
        if wrong is not None:
            self.wrong.append(f"{answer.operation} {answer.version} {answer.status}: {wrong}")
        elif not quirks and len(self._good) < _MOST_REMEMBERED:
            self._good.add(answer)


def _answer(admitted: Admitted, reply: Reply) -> Answer | None:
    """Return what the emulator said; what a fault has made of an answer is not its own."""
    fault, operation = admitted.fault, admitted.found.operation
    spoilt = fault is not None and fault.kind is not Kind.DELAY
    if operation is None or spoilt or reply.ending is not Ending.WHOLE:
        return None
    headers = {name.lower(): value for name, value in admitted.call.headers.items()}
    version = headers.get("x-pinecone-api-version", PUBLISHED_VERSIONS[0])
    content_type = dict(reply.headers).get("content-type", "")
    return Answer(operation, version, reply.status, content_type, reply.body)
