"""Strategies: a project, a state and a configuration that have drifted apart in any way."""

import json
from typing import Any

from golden.case import Case
from golden.state import LINEAGE
from hypothesis import strategies as st

Json = dict[str, Any]

URI = "s3://acme-vectors/docs"
PROD = "docs-prod"
HOST = "abc1234.svc.aped-4627-b74a.pinecone.io"
OLD, YOUNG = "2026-11-20T00:00:00Z", "2026-11-23T11:59:30Z"
_LISTS = ["backups", "indexes", f"imports:{PROD}", "collections"]
_PHASES = {"ready": "Ready", "running": "Initializing", "failed": "Failed"}


def marker(kind: str, name: str, number: int = 0) -> str:
    return f"{LINEAGE[:8]}@{kind}.{name}@01JD{number:022d}"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case; what is declared, remembered and live are drawn apart from each other."""
    drawn = _Drawn(draw)
    for number in range(draw(st.integers(0, 4))):
        drawn.backup(f"b{number}", number)
    for number in range(draw(st.integers(0, 2))):
        drawn.restore(f"r{number}", number)
    for number in range(draw(st.integers(0, 2))):
        drawn.load(f"m{number}", number)
    for number in range(draw(st.integers(0, 2))):
        drawn.collection(f"c{number}")
    names = [f"backup.b{number}" for number in range(4)] + ["restore.r0", "import.m0"]
    names.append("collection.c0")
    options: Json = {
        "deletes": draw(st.booleans()),
        "max_removals": draw(st.sampled_from([None, 2, 50])),
        "missing": draw(st.sampled_from([None, 50])),
        "last_backups": draw(st.lists(st.sampled_from(names[:4]), max_size=2, unique=True)),
        "replace": draw(st.lists(st.sampled_from(names), max_size=1)),
        "empty": draw(st.booleans()),
        "unreadable": dict.fromkeys(
            draw(st.lists(st.sampled_from(_LISTS), max_size=1)),
            "the server failed (502)",
        ),
    }
    return drawn.case(options)


class _Drawn:
    """Collects what is declared, remembered and live."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        kinds: Json = {"backups": {}, "restores": {}, "imports": {}, "collections": {}}
        self.config: Json = {"version": 1, **kinds}
        self.entries: Json = {}
        self.backups: list[Json] = []
        self.indexes: list[Json] = [_index(PROD)]
        self.loads: list[Json] = []
        self.collections: list[Json] = []

    def case(self, options: Json) -> Case:
        live = {
            "backups": self.backups,
            "indexes": [*self.indexes, {**_index("pods"), "spec": {"pod": {"environment": "e"}}}],
            f"imports:{PROD}": self.loads,
            "collections": self.collections,
        }
        config = json.dumps(self.config).encode()
        return Case(config, live, {"entries": self.entries}, options)

    def flag(self) -> bool:
        return self.draw(st.booleans())

    def envelope(self, *, on_change: bool) -> Json:
        lifecycle: Json = {"on_remove": self.draw(st.sampled_from(["keep", "delete"]))}
        if on_change and self.flag():
            lifecycle["on_change"] = "replace"
        if self.draw(st.integers(0, 5)) == 0:
            lifecycle["prevent_destroy"] = True
        found: Json = {"lifecycle": lifecycle}
        if self.draw(st.integers(0, 5)) == 0:
            found["ensure"] = "absent"
        return found

    def entry(self, address: str, remote_id: str, fields: Json, **more: Any) -> Json:  # noqa: ANN401
        phase = self.draw(st.sampled_from(["ready", "ready", "running", "failed"]))
        entry: Json = {
            "remote_id": remote_id,
            "fields": fields,
            "phase": phase,
            "handle": {"any": 1} if phase == "running" else None,
            "recorded_at": self.draw(st.sampled_from([OLD, YOUNG])),
            "lifecycle": {
                "on_remove": self.draw(st.sampled_from(["keep", "delete"])),
                "prevent_destroy": self.draw(st.integers(0, 5)) == 0,
            },
            **more,
        }
        self.entries[address] = entry
        return entry

    def backup(self, name: str, number: int) -> None:
        fields: Json = {"index": PROD, "description": "one"}
        if self.flag():
            changed = {"description": "two"} if self.draw(st.integers(0, 3)) == 0 else {}
            block = {**fields, **changed, **self.envelope(on_change=True)}
            self.config["backups"][name] = block
        if self.flag():
            facts = {"source_index_id": "i-1", "record_count": 98}
            deposed = [f"id-old-{name}"] if self.draw(st.integers(0, 4)) == 0 else []
            more = {"marker": marker("backup", name), "deposed": deposed, "facts": facts}
            self.entry(f"backup.{name}", f"id-{name}", fields, **more)
            self.backups += [self._live_backup(one, name, number) for one in deposed]
        if self.flag():
            self.backups.append(self._live_backup(f"id-{name}", name, number))

    def _live_backup(self, remote_id: str, name: str, number: int) -> Json:
        _, address, ulid = marker("backup", name).split("@")
        return {
            "backup_id": remote_id,
            "name": name,
            "description": f"one [rcl:{LINEAGE[:8]}:{address}:{ulid}]",
            "source_index_name": PROD,
            "source_index_id": "i-1",
            "status": _PHASES[self.draw(st.sampled_from(["ready", "ready", "running", "failed"]))],
            "record_count": self.draw(st.sampled_from([0, 98, 1204331])),
            "created_at": f"2026-11-{10 + number}T00:00:00Z",
        }

    def restore(self, name: str, number: int) -> None:
        source: Json = {"backup_id": "id-b0"}
        if "b0" in self.config["backups"] and self.flag():
            source = {"backup": "b0"}
        fields: Json = {"from": source, "index": f"idx-{name}", "tags": {"purpose": "test"}}
        if self.flag():
            tags = {"tags": {"purpose": "drill"}} if self.flag() else {}
            block = {**fields, **tags, **self.envelope(on_change=False)}
            self.config["restores"][name] = block
        if self.flag():
            self.entry(
                f"restore.{name}",
                f"idx-{name}",
                fields,
                marker=marker("restore", name, number),
                pins={"backup_id": "id-b0", "records": 98, "namespaces": 1, "tags": {}},
                verification=self.draw(st.sampled_from(["pending", "passed", "failed"])),
            )
        if self.flag():
            tags = {"purpose": "test", "team": "search"}
            if self.draw(st.integers(0, 3)):
                tags["reconciler"] = marker("restore", name, number)
            protection = self.draw(st.sampled_from(["enabled", "disabled"]))
            index = _index(f"idx-{name}", ready=self.flag())
            self.indexes.append({**index, "tags": tags, "deletion_protection": protection})

    def load(self, name: str, number: int) -> None:
        fields: Json = {"index": PROD, "uri": f"{URI}/{name}", "on_error": "abort"}
        if self.flag():
            trigger = {"trigger": "again"} if self.draw(st.integers(0, 3)) == 0 else {}
            ensure = self.draw(st.sampled_from(["present", "present", "cancelled", "absent"]))
            self.config["imports"][name] = {**fields, **trigger, "ensure": ensure}
        if self.flag():
            lifecycle = {"on_remove": self.draw(st.sampled_from(["cancel", "keep"]))}
            entry = self.entry(f"import.{name}", str(number + 1), fields, facts={})
            entry["lifecycle"] = lifecycle
        if self.flag():
            status = self.draw(st.sampled_from(["Completed", "InProgress", "Failed"]))
            self.loads.append(
                {
                    "id": str(number + 1),
                    "uri": f"{URI}/{name}",
                    "status": status,
                    "percentComplete": 42.0,
                    "recordsImported": 310,
                    "createdAt": OLD,
                }
            )

    def collection(self, name: str) -> None:
        fields: Json = {"source": "pods", "name": name}
        if self.flag():
            other = {"source": PROD} if self.draw(st.integers(0, 4)) == 0 else {}
            self.config["collections"][name] = {**fields, **other, **self.envelope(on_change=False)}
        if self.flag():
            facts = {"environment": "e", "dimension": 8, "record_count": 98, "size_bytes": 7}
            self.entry(f"collection.{name}", name, fields, facts=facts)
        if self.flag():
            words = ["Ready", "Ready", "Initializing", "Terminated"]
            status, size = self.draw(st.sampled_from(words)), self.draw(st.sampled_from([7, 7, 8]))
            live = {"name": name, "status": status, "environment": "e", "dimension": 8}
            self.collections.append({**live, "vector_count": 98, "size": size})


def _index(name: str, *, ready: bool = True) -> Json:
    return {"name": name, "host": f"{name}-{HOST}", "status": {"ready": ready}}
