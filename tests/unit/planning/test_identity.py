"""What a reviewer agrees to moves a digest; what moves by itself does not."""

from dataclasses import replace

import pytest

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Precondition, Reason, Standing
from reconciler.model.observed import Phase
from reconciler.model.plan import Header, Permissions
from reconciler.planning.identity import change_digest, plan_id

CHANGE = Change(
    address=Address("restore", "docs"),
    action=Action.UPDATE,
    standing=Standing.PLANNED,
    reason=Reason.FIELDS_DIFFER,
    because="tags differ",
    wanted={"tags": {"a": "1"}},
    fields=(FieldChange("tags.a", "0", "1"),),
    pins={"backup_id": "b-1", "records": 98},
    remote_id="docs",
    precondition=Precondition("docs", 7, "mark", Phase.READY),
    facts={"record_count": 98, "percent": 12.0, "host": "docs-abc.svc.pinecone.io"},
)
HELD = Precondition("docs", 7, "mark", Phase.READY)

MOVES = {
    "address": replace(CHANGE, address=Address("restore", "other")),
    "action": replace(CHANGE, action=Action.DELETE),
    "reason": replace(CHANGE, reason=Reason.GONE),
    "wanted": replace(CHANGE, wanted={"tags": {"a": "2"}}),
    "id": replace(CHANGE, remote_id="other"),
    "before": replace(CHANGE, fields=(FieldChange("tags.a", "9", "1"),)),
    "after": replace(CHANGE, fields=(FieldChange("tags.a", "0", "2"),)),
    "chosen backup": replace(CHANGE, pins={"backup_id": "b-2", "records": 98}),
    "awaits": replace(CHANGE, awaits=("backup_id",)),
    "precondition id": replace(CHANGE, precondition=replace(HELD, remote_id="other")),
    "precondition age": replace(CHANGE, precondition=replace(HELD, created_at=8)),
    "precondition marker": replace(CHANGE, precondition=replace(HELD, marker=None)),
    "precondition phase": replace(CHANGE, precondition=replace(HELD, phase=Phase.RUNNING)),
    "precondition traits": replace(CHANGE, precondition=replace(HELD, traits={"size_bytes": 7})),
    "no precondition": replace(CHANGE, precondition=None),
}
STAYS = {
    "counts": replace(CHANGE, facts={"record_count": 99}),
    "percent": replace(CHANGE, facts={**CHANGE.facts, "percent": 99.0}),
    "host": replace(CHANGE, facts={**CHANGE.facts, "host": "elsewhere"}),
    "pinned counts": replace(CHANGE, pins={"backup_id": "b-1", "records": 99}),
    "words": replace(CHANGE, because="in other words", way_out="another", notes=("a note",)),
    "order of fields": replace(CHANGE, wanted=dict(reversed(CHANGE.wanted.items()))),
}


@pytest.mark.parametrize("name", MOVES)
def test_digest_moves_with_what_was_reviewed(name: str) -> None:
    assert change_digest(MOVES[name]) != change_digest(CHANGE)


@pytest.mark.parametrize("name", STAYS)
def test_digest_stays_when_only_measurements_move(name: str) -> None:
    assert change_digest(STAYS[name]) == change_digest(CHANGE)


@pytest.mark.parametrize(
    "change",
    [
        replace(CHANGE, action=Action.NO_OP),
        replace(CHANGE, action=Action.WAIT),
        replace(CHANGE, standing=Standing.WITHHELD),
    ],
)
def test_what_does_not_run_has_no_digest(change: Change) -> None:
    assert change_digest(change) == ""


HEADER = Header("", "0.1.0", "https://api.pinecone.io", None, "default", "ab", 7)
ALLOWED = Permissions()
DIGESTED = replace(CHANGE, digest=change_digest(CHANGE))
ID = plan_id(HEADER, ALLOWED, (DIGESTED,))


def test_plan_id_moves_with_target_state_configuration_and_permissions() -> None:
    headers = [
        replace(HEADER, api_base="https://other.pinecone.io"),
        replace(HEADER, tool="1.0.0"),
        replace(HEADER, lineage="5eed"),
        replace(HEADER, configuration_digest="other"),
        replace(HEADER, configuration="other"),
    ]
    ids = {plan_id(header, ALLOWED, (DIGESTED,)) for header in headers}
    ids |= {plan_id(HEADER, allowed, (DIGESTED,)) for allowed in every_permission()}
    assert len(ids) == len(headers) + len(Permissions.__dataclass_fields__)
    assert ID not in ids
    assert plan_id(HEADER, ALLOWED, ()) != ID


def every_permission() -> list[Permissions]:
    """Allow one thing at a time."""
    flags = ("deletes", "take_over", "empty", "new_state", "destroy", "expiry")
    return [
        *(replace(ALLOWED, **{flag: True}) for flag in flags),
        replace(ALLOWED, max_removals=9),
        replace(ALLOWED, missing=9),
        replace(ALLOWED, max_expiries=9),
        replace(ALLOWED, backup_quota=9),
        replace(ALLOWED, last_backups=frozenset({CHANGE.address})),
        replace(ALLOWED, replace=frozenset({CHANGE.address})),
        replace(ALLOWED, targets=frozenset({"backup.*"})),
        replace(ALLOWED, excludes=frozenset({"backup.*"})),
    ]


def test_plan_id_stays_with_time_patch_version_order_and_no_ops() -> None:
    assert plan_id(replace(HEADER, now=8), ALLOWED, (DIGESTED,)) == ID
    assert plan_id(replace(HEADER, tool="0.9.9"), ALLOWED, (DIGESTED,)) == ID
    quiet = replace(CHANGE, standing=Standing.UNCHANGED)
    assert plan_id(HEADER, ALLOWED, (quiet, DIGESTED)) == ID
    other = replace(DIGESTED, digest="0" * 64)
    both = plan_id(HEADER, ALLOWED, (other, DIGESTED))
    assert both == plan_id(HEADER, ALLOWED, (DIGESTED, other))
