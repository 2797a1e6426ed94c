"""What a policy takes into state, and what it leaves alone whatever it is called."""

from dataclasses import replace

import pytest

from reconciler.kinds.policy import KIND
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.kind import World
from reconciler.model.observed import Index, Marker, Observed, Phase, Seen
from reconciler.wire.tolerant import parse_time

OWNER = Address("policy", "nightly")
ULID = "01JD0000000000000000000000"
OURS, OTHERS = "5eed0001", "0ther001"
SLOT = Address("backup", "nightly--docs-prod--20261122-0200")
MADE = parse_time("2026-11-22T02:00:20Z") or 0
NOW = parse_time("2026-11-24T01:00:00Z") or 0


def live(name: str, marker: Marker | None = None, index: str = "docs-prod") -> Observed:
    facts = {"source_index_id": "i-1", "created_at": MADE}
    return Observed(
        "id-1",
        {"index": index, "name": name},
        facts,
        Phase.READY,
        "backups",
        name=name,
        marker=marker,
        created_at=MADE,
    )


def taken(*objects: Observed, **fields: object) -> list[Desired]:
    """Expand a policy of docs-* with nothing in state, and give what it adopts or takes back."""
    given = {
        "indexes": {"glob": ["docs-*"]},
        "schedule": "0 2 * * *",
        "retention": {"keep_last": 2},
        **fields,
    }
    world = World(
        now=NOW,
        seen={"backup": Seen(objects)},
        indexes={name: Index(name, "", ready=True) for name in ("docs-prod", "other")},
        lineage=OURS,
    )
    found = KIND.expand(Desired(OWNER, KIND.complete("nightly", given)), world)
    marked = {one.marker.address for one in objects if one.marker is not None}
    return [one for one in found.make if one.adopt is not None or one.address in marked]


CLAIM = {"claim": {"names": "old-*"}}
OLD = live("old-1")


def test_what_nobody_manages_is_claimed_by_its_name() -> None:
    assert [one.adopt for one in taken(OLD, **CLAIM)] == ["id-1"]


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(replace(OLD, marker=Marker(OTHERS, SLOT, ULID)), id="of another state"),
        pytest.param(
            replace(OLD, marker=Marker(OURS, Address("backup", "before-launch"), ULID)),
            id="of a block of ours",
        ),
        pytest.param(replace(OLD, phase=Phase.RUNNING), id="still running"),
        pytest.param(replace(OLD, phase=Phase.FAILED), id="failed"),
        pytest.param(live("old-1", index="other"), id="of an index that is not selected"),
        pytest.param(live("new-1"), id="of another name"),
    ],
)
def test_what_is_not_to_be_claimed_is_left_alone(left: Observed) -> None:
    assert taken(left, **CLAIM) == []


def test_what_carries_our_marker_of_a_slot_is_taken_back() -> None:
    (back,) = taken(live(SLOT.name, Marker(OURS, SLOT, ULID)))
    assert (back.address, back.owner, back.adopt) == (SLOT, OWNER, None)


@pytest.mark.parametrize(
    ("lineage", "place"),
    [
        pytest.param(OTHERS, SLOT.name, id="of another state"),
        pytest.param(OURS, "weekly--docs-prod--20261122-0200", id="of another policy"),
        pytest.param(OURS, "nightly--docs-old--20261122-0200", id="of another index"),
        pytest.param(OURS, "nightly--docs-prod--20261322-0200", id="of no slot"),
        pytest.param(OURS, "20261122-0200", id="of a block that is called like a slot"),
    ],
)
def test_what_carries_another_marker_is_not_taken_back(lineage: str, place: str) -> None:
    assert taken(live(place, Marker(lineage, Address("backup", place), ULID))) == []
