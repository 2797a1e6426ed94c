"""A scripted network and a clock that sleeps at once; every call is kept."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from unit.clock import FakeClock

from reconciler.api.client import Api, Target
from reconciler.model.ports import AmbiguousError, Answer, Call, NotSentError, Ports

_T = TypeVar("_T")
BASE = "https://api.pinecone.io"


class EvenRandom:
    """Always the middle."""

    def take(self, count: int) -> bytes:
        return b"\x80" * count


class NoDisk:
    """The client has no business with files."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        raise AssertionError(name)


def answer(
    status: int = 200,
    body: object = None,
    content_type: str = "application/json",
    **headers: str,
) -> Answer:
    """Build an answer; text and bytes are sent as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": content_type, **named}, b"" if body is None else raw)


def refusal(status: int, code: str = "", message: str = "no", **headers: str) -> Answer:
    """Build an error of the control plane."""
    body = {"error": {"code": code, "message": message}, "status": status}
    return answer(status, body, **headers)


def html(status: int = 200) -> Answer:
    """Build a web page."""
    return answer(status, b"<!DOCTYPE html><p>Please log in", "text/html")


@dataclass
class Script:
    """A transport that plays answers in turn, the last one for ever; callables see the call."""

    clock: FakeClock
    plays: list[Any]
    calls: list[Call] = field(default_factory=list)

    async def exchange(self, call: Call) -> Answer:
        self.calls.append(call)
        play = self.plays[0] if len(self.plays) == 1 else self.plays.pop(0)
        if callable(play):
            play = play(call)
        if isinstance(play, Exception):
            if "deadline" in str(play):
                self.clock.pass_by(call.deadline_seconds)
            raise play
        assert isinstance(play, Answer)
        return play

    async def close(self) -> None:
        return None


NOT_SENT = NotSentError("no connection could be made")
BROKEN = AmbiguousError("the connection broke")
TIMEOUT = AmbiguousError("no answer before the deadline")


@dataclass
class World:
    """A client over a scripted network."""

    api: Api
    clock: FakeClock
    script: Script

    @property
    def urls(self) -> list[str]:
        return [call.url for call in self.script.calls]

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run(work)


def world(*plays: Answer | Exception | Callable[[Call], Answer], **target: Any) -> World:  # noqa: ANN401
    """Build a client that meets these answers, in this order."""
    clock = FakeClock()
    script = Script(clock, list(plays))
    ports = Ports(clock, NoDisk(), EvenRandom(), script)
    where: Mapping[str, Any] = {"base_url": BASE, "api_version": "2025-04", **target}
    return World(Api(Target(**where), ports), clock, script)
