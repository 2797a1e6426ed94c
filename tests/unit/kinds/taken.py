"""A nightly policy, the backups that it has taken, and what it stands for then."""

from collections.abc import Sequence
from typing import Any

from reconciler.config.build import build
from reconciler.kinds import load_kinds
from reconciler.kinds._slots import slot_of
from reconciler.kinds.policy import KIND
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.kind import Expansion, World
from reconciler.model.observed import Index, Observed, Phase, Seen
from reconciler.model.state import Entry
from reconciler.model.values import Fields
from reconciler.wire.tolerant import parse_time

KINDS = load_kinds()
OWNER = Address("policy", "nightly")
LONG = "an-index-name-that-is-as-long-as-it-can-get-a"
BASE = """version: 1
backup_policies:
  nightly:
    indexes: {names: [docs-prod]}
    schedule: "0 2 * * *"
    retention: {keep_daily: 7}
"""


def at(written: str) -> int:
    found = parse_time(written)
    assert found is not None
    return found


def declared(yaml: str) -> Desired:
    return build([("main.yaml", yaml.encode())], KINDS).desired[OWNER]


def nightly(**fields: Any) -> Desired:  # noqa: ANN401 - JSON
    basic = {
        "indexes": {"glob": ["*"]},
        "schedule": "0 2 * * *",
        "retention": {"keep_last": 2},
    }
    given = {key: value for key, value in {**basic, **fields}.items() if value is not None}
    return Desired(OWNER, KIND.complete("nightly", given))


def index(name: str, *, ready: bool = True, **facts: Any) -> Index:  # noqa: ANN401 - JSON
    return Index(name, "", ready, facts)


class Taken:
    """Backups of a policy, as state and project show them."""

    def __init__(self) -> None:
        self.entries: dict[Address, Entry] = {}
        self.objects: list[Observed] = []

    def add(
        self, slot: str, made: str = "", phase: Phase = Phase.READY, source: str = "i-1"
    ) -> Address:
        """Put in the backup of a slot of docs-prod, made when it was due unless said otherwise."""
        place = Address("backup", f"nightly--docs-prod--{slot}")
        found = slot_of(place.name)
        assert found is not None
        created = at(made) if made else found.due
        facts: Fields = {"source_index_id": source, "created_at": created}
        fields: Fields = {"index": "docs-prod", "name": place.name}
        self.entries[place] = Entry(place, str(place), fields, phase, created, facts, owner=OWNER)
        self.objects.append(
            Observed(str(place), fields, facts, phase, "backups", created_at=created)
        )
        return place


def expand(
    policy: Desired,
    now: str,
    taken: Taken | None = None,
    indexes: Sequence[Index] = (Index("docs-prod", "", ready=True),),
) -> Expansion:
    taken = taken or Taken()
    world = World(
        now=at(now),
        seen={"backup": Seen(tuple(taken.objects))},
        indexes={one.name: one for one in indexes},
        entries=taken.entries,
    )
    return KIND.expand(policy, world)


def made(expansion: Expansion) -> list[str]:
    return [one.address.name for one in expansion.make]
