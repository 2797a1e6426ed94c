"""A driver for the emulator in process: a clock moved by hand, ids that count, JSON in and out."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.service import Call, Emulator, Knobs, Reply

KEY = "pk_test"
START = 1_796_083_200_000_000  # 2026-12-01T00:00:00Z
BACKUPS = "/indexes/docs/backups"


class Driver:
    """One emulator and short ways to ask it."""

    def __init__(self, knobs: Knobs | None = None, *, quirks: bool = False) -> None:
        self.now = START
        counter = itertools.count(1)
        self.emulator = Emulator(
            now=lambda: self.now,
            new_id=lambda: f"00000000-0000-4000-8000-{next(counter):012}",
            knobs=knobs,
            quirks=quirks,
        )

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1_000_000)

    def send(
        self,
        method: str,
        target: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        path, _, query = target.partition("?")
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        asked = {"Api-Key": KEY} if headers is None else headers
        return self.emulator.handle(Call(method, path, query, asked, sent))

    def ask(
        self,
        method: str,
        target: str,
        body: object = None,
        expect: int = 200,
        version: str = "2025-04",
    ) -> Any:  # noqa: ANN401
        headers = {"Api-Key": KEY, "X-Pinecone-Api-Version": version}
        reply = self.send(method, target, body, headers)
        assert reply.status == expect, reply
        return json.loads(reply.body) if reply.body else None

    def seed(self, *names: str) -> None:
        seed(self.emulator, sample(names))

    def host(self, name: str) -> str:
        described = self.ask("GET", f"/indexes/{name}")
        return "/ix/" + str(described["host"]).rpartition("/ix/")[2]

    def backup(self, index: str = "docs", **fields: str) -> str:
        made = self.ask("POST", f"/indexes/{index}/backups", fields, expect=201)
        return str(made["backup_id"])

    def ready_backup(self, index: str = "docs") -> str:
        made = self.backup(index)
        self.sleep(1.5)
        return made

    def restore(self, backup_id: str, name: str = "restored", **fields: object) -> Any:  # noqa: ANN401
        body = {"name": name, **fields}
        return self.ask("POST", f"/backups/{backup_id}/create-index", body, expect=202)

    def stats(self, name: str) -> Any:  # noqa: ANN401
        return self.ask("POST", self.host(name) + "/describe_index_stats", {})

    def fault(self, operation: str, kind: str, **fields: object) -> None:
        self.ask("POST", "/_emulator/faults", [{"operation": operation, "kind": kind, **fields}])

    def log(self) -> list[Any]:
        entries: list[Any] = self.ask("GET", "/_emulator/log")
        return entries

    def backups(self) -> list[Any]:
        listed: list[Any] = self.ask("GET", "/backups?limit=100")["data"]
        return listed


def headers_of(reply: Reply) -> Mapping[str, str]:
    return dict(reply.headers)
