"""Scripted faults: which requests go wrong, in what way, and whether the operation was done first.

The two sides of the commit are the whole point. A client that lost an answer cannot tell them
apart, and only one of them leaves a second backup behind when it simply asks again. Scripts are
checked strictly, since a fault that silently never fires makes a test pass for nothing.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from reconciler.emulator.bodies import as_object, choice, number, required_text, whole_number
from reconciler.emulator.errors import Refusal, invalid

_ANY_KEYS = frozenset({"operation", "when", "kind", "times", "every"})
_ANY_OPERATION = "any"
_MOST = 1_000_000
_LONGEST_DELAY_SECONDS = 3_600
_LONGEST_RETRY_AFTER = 200


class Kind(Enum):
    """In what way an answer goes wrong."""

    STATUS = "status"
    DROP = "drop"
    DELAY = "delay"
    HTML = "html"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"


class When(Enum):
    """On which side of the commit: before it the operation is not done (delay: done late)."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of a script; exactly one of `times` and `every` is set.

    The operation `any` stands for all of them.
    """

    operation: str
    when: When
    kind: Kind
    status: int
    retry_after: str | None
    delay_seconds: float
    times: int | None
    every: int | None


class FaultBook:
    """The faults in force and how often each has been met."""

    __slots__ = ("_faults", "_met")

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._met: list[int] = []

    def add(self, faults: Sequence[Fault]) -> int:
        """Put faults after those in force and return how many are in force now."""
        self._faults.extend(faults)
        self._met.extend(0 for _ in faults)
        return len(self._faults)

    def clear(self) -> None:
        """Drop all faults."""
        self._faults.clear()
        self._met.clear()

    def draw(self, operation: str | None) -> Fault | None:
        """Return the fault that this request meets, using it up, or None.

        The first fault in force that is due wins. One with `times` is used up only by firing, so
        two of them in a row hit two requests in a row; one with `every` counts all matching
        requests.
        """
        drawn: Fault | None = None
        for place, fault in enumerate(self._faults):
            if operation is None or fault.operation not in {operation, _ANY_OPERATION}:
                continue
            if fault.every is not None:
                self._met[place] += 1
                if drawn is None and self._met[place] % fault.every == 0:
                    drawn = fault
            elif drawn is None:
                self._met[place] += 1
                drawn = fault
        self._drop_used_up()
        return drawn

    def _drop_used_up(self) -> None:
        kept = [
            (fault, met)
            for fault, met in zip(self._faults, self._met, strict=True)
            if fault.times is None or met < fault.times
        ]
        self._faults = [fault for fault, _ in kept]
        self._met = [met for _, met in kept]


def read_faults(sent: object, operations: Collection[str]) -> tuple[Fault, ...]:
    """Read a script; raises Refusal with a sentence that names the place and the mistake."""
    if not isinstance(sent, list):
        raise invalid("the body must be a list of faults")
    faults: list[Fault] = []
    for place, each in enumerate(sent):
        try:
            faults.append(_read_fault(as_object(each, "it"), operations))
        except Refusal as refusal:
            raise invalid(f"fault {place}: {refusal.message}") from None
    return tuple(faults)


def _read_fault(fields: Mapping[str, object], operations: Collection[str]) -> Fault:
    operation = required_text(fields, "operation")
    if operation not in {*operations, _ANY_OPERATION}:
        raise invalid(f"there is no operation {operation!r}; see the API's operation ids")
    required_text(fields, "kind")
    kind = Kind(choice(fields, "kind", [each.value for each in Kind], ""))
    _refuse_unused(fields, kind)
    times = whole_number(fields["times"], "times", 1, _MOST) if "times" in fields else None
    every = whole_number(fields["every"], "every", 1, _MOST) if "every" in fields else None
    if times is not None and every is not None:
        raise invalid("give times or every, not both")
    return Fault(
        operation=operation,
        when=When(choice(fields, "when", [each.value for each in When], "before")),
        kind=kind,
        status=_status(fields, kind),
        retry_after=_retry_after(fields),
        delay_seconds=_delay_seconds(fields, kind),
        times=1 if times is None and every is None else times,
        every=every,
    )


def _refuse_unused(fields: Mapping[str, object], kind: Kind) -> None:
    match kind:
        case Kind.STATUS:
            own = {"status", "retry_after"}
        case Kind.HTML:
            own = {"status"}
        case Kind.DELAY:
            own = {"delay_seconds"}
        case Kind.DROP | Kind.TRUNCATE | Kind.GARBAGE:
            own = set()
        case _:
            assert_never(kind)
    unused = sorted(fields.keys() - _ANY_KEYS - own)
    if unused:
        raise invalid(f"a fault of kind {kind.value} takes no {', '.join(unused)}")


def _status(fields: Mapping[str, object], kind: Kind) -> int:
    if kind is Kind.STATUS:
        return whole_number(fields.get("status"), "status", 400, 599)
    # 204 and 304 have no body by definition, so a page with them could not be sent.
    status = whole_number(fields.get("status", 200), "status", 200, 599)
    if status in {204, 205, 304}:
        raise invalid(f"an answer with status {status} can have no page in it")
    return status


def _retry_after(fields: Mapping[str, object]) -> str | None:
    if "retry_after" not in fields:
        return None
    sent = fields["retry_after"]
    if isinstance(sent, str):
        value = sent
    else:
        number(sent, "retry_after")
        value = json.dumps(sent)
    if not value or value != value.strip() or not (value.isascii() and value.isprintable()):
        raise invalid("retry_after must be a number or a printable ASCII string")
    if len(value) > _LONGEST_RETRY_AFTER:
        raise invalid(f"retry_after must be at most {_LONGEST_RETRY_AFTER} characters long")
    return value


def _delay_seconds(fields: Mapping[str, object], kind: Kind) -> float:
    if kind is not Kind.DELAY:
        return 0.0
    seconds = number(fields.get("delay_seconds"), "delay_seconds")
    if not 0 <= seconds <= _LONGEST_DELAY_SECONDS:
        raise invalid(f"delay_seconds must be from 0 to {_LONGEST_DELAY_SECONDS}")
    return seconds
