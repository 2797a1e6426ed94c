"""What becomes of a key while a run uses it: it is revoked, or its role loses a right.

It stays so until the process ends. What is refused is not carried out; what came before may have
been, and nobody has heard of it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulation.faults import CREATES, ENDS, LISTING, WATCHING, Strike, made_up

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.ports import AmbiguousError, Answer
from reconciler.workflow.apply import Applied, exit_code

if TYPE_CHECKING:
    from simulation.ports import Request, SimulatedTransport
    from simulation.weather import Weather

UNHEARD = "key-revoked-unheard"
_RIGHTS: Mapping[str, set[str]] = {
    UNHEARD: CREATES,
    "no-right-to-create": CREATES,
    "no-right-to-end": ENDS,
    "no-right-to-list": LISTING,
    "no-right-to-look": WATCHING | {"describe_index"},
}
"""What each kind may begin with; a key that is revoked may be so at any request."""
_UNNEEDED = {"describeIndexStats"}
"""Without the right to these counts a plan only says that it has none."""
_SAYING_SO = {ExitCode.PERMISSION, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
"""What a run ends with to which a change was denied, or anything at all for want of a key."""


def begins(kind: str, operation: str) -> bool:
    """Whether a request may be the first that a kind of denial strikes."""
    return operation in _RIGHTS.get(kind, {operation})


def lasts(kind: str, operation: str) -> bool:
    """Whether a denial that has begun strikes a request, too."""
    return kind == UNHEARD or begins(kind, operation)


def untold(denied: Mapping[str, int], end: Applied | ReconcilerError) -> Iterator[str]:
    """Say what is wrong with the end of a run after denials, which are statuses by operation."""
    needed = {
        one: status for one, status in denied.items() if one not in _UNNEEDED or status == 401
    }
    code = end.exit_code if isinstance(end, ReconcilerError) else exit_code(end)
    if needed and code is ExitCode.OK:
        yield f"exit 0, though {needed} were denied"
    told = (
        [one.reference for one in end.diagnostics]
        if isinstance(end, ReconcilerError)
        else [one.reference for one in end.results]
    )
    unsaved = any("state" in one for one in told)
    tells = needed.keys() & (CREATES | ENDS) or 401 in needed.values()
    if tells and code not in _SAYING_SO and not unsaved:
        yield f"exit {code.value}, though {needed} were denied"


def _refused(transport: "SimulatedTransport", asked: "Request", status: int) -> Answer:
    transport.process.denied[asked.operation] = status
    answer = made_up(transport)
    if status == 401:
        return Answer(401, {**answer.headers, "content-type": "text/plain"}, b"Invalid API key")
    said = f"Access denied: Permission {asked.operation} is required"
    message = {"error": {"code": "FORBIDDEN", "message": said}, "status": status}
    return Answer(status, answer.headers, json.dumps(message).encode())


def _lacks(name: str, status: int) -> Strike:
    async def strike(
        transport: "SimulatedTransport", asked: "Request", weather: "Weather"
    ) -> Answer:
        if name not in transport.process.lacks:
            transport.process.lacks.add(name)
            weather.hit(name, asked)
        return _refused(transport, asked, status)

    return strike


async def _unheard(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """A create is carried out, its answer is lost, and so is the right to look for it."""
    lacks = transport.process.lacks
    if UNHEARD not in lacks:
        lacks.add(UNHEARD)
        await transport.whole(asked)
        raise AmbiguousError("the connection broke")
    if asked.operation in LISTING and asked.operation not in transport.process.denied:
        weather.hit(UNHEARD)
    return _refused(transport, asked, 401)


DENIALS: Mapping[str, Strike] = {
    "key-revoked": _lacks("key-revoked", 401),
    UNHEARD: _unheard,
    "no-right-to-create": _lacks("no-right-to-create", 403),
    "no-right-to-end": _lacks("no-right-to-end", 403),
    "no-right-to-list": _lacks("no-right-to-list", 403),
    "no-right-to-look": _lacks("no-right-to-look", 403),
}
"""Faults that end with the process: its key, or the role of its key, is not what it was."""
