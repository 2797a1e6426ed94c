"""Spoiling an answer: what a fault makes of the reply that would have been sent.

A fault before the commit has no reply to spoil; it spoils the refusal of a service in trouble
instead, which matters only where part of the answer is still seen (a truncated one).
"""

from dataclasses import replace
from typing import assert_never

from reconciler.emulator.errors import Plane, code_for, error_body
from reconciler.emulator.faults import Fault, Kind
from reconciler.emulator.wire import TEXT_TYPE, Ending, Reply, json_reply, raw_reply

_UNAVAILABLE = 503
_UNAUTHENTICATED = 401
_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Please stand by</title></head>\n"
    b"<body><h1>Please stand by</h1><p>The page you asked for is not here.</p></body></html>\n"
)
_GARBAGE = b'\x00\xff\xfe{"data": [ NaN, \x80\x81 ]]]'


def spoiled(fault: Fault, reply: Reply, plane: Plane, now: int) -> Reply:
    """Return the reply as the fault leaves it."""
    match fault.kind:
        case Kind.STATUS:
            return _refused(fault, plane, now)
        case Kind.DROP:
            return Reply(0, (), b"", Ending.DROPPED)
        case Kind.DELAY:
            return replace(reply, delay_seconds=fault.delay_seconds)
        case Kind.HTML:
            return raw_reply(fault.status, _PAGE, now, "text/html; charset=utf-8")
        case Kind.TRUNCATE:
            return _cut(reply)
        case Kind.GARBAGE:
            return raw_reply(200, _GARBAGE, now)
        case _:
            assert_never(fault.kind)


def refusal_reply(plane: Plane, status: int, message: str, now: int) -> Reply:
    """Return an error in its documented shape when nothing but the status is known."""
    if status == _UNAUTHENTICATED:
        return raw_reply(status, message.encode("ascii"), now, TEXT_TYPE)
    return json_reply(status, error_body(plane, status, code_for(status), message), now)


def unavailable(plane: Plane, now: int) -> Reply:
    """Return the reply that stands in for an operation that was not performed."""
    return refusal_reply(plane, _UNAVAILABLE, "The service is unavailable.", now)


def _refused(fault: Fault, plane: Plane, now: int) -> Reply:
    message = "Unauthorized" if fault.status == _UNAUTHENTICATED else "Scripted fault."
    reply = refusal_reply(plane, fault.status, message, now)
    if fault.retry_after is None:
        return reply
    return replace(reply, headers=(*reply.headers, ("retry-after", fault.retry_after)))


def _cut(reply: Reply) -> Reply:
    # An empty answer cannot be cut short, so its connection is lost altogether.
    if not reply.body:
        return Reply(0, (), b"", Ending.DROPPED)
    half = reply.body[: len(reply.body) // 2]
    return replace(reply, body=half, ending=Ending.TRUNCATED)
