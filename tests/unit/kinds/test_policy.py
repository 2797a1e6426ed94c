"""What a policy stands for: its slots, its names, what it selects, keeps and lets go."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from unit.kinds.taken import BASE, LONG, Taken, at, declared, expand, index, made, nightly

from reconciler.kinds._slots import Slot, address, slot_of
from reconciler.model.address import NAME_PATTERN, Address
from reconciler.model.observed import Observed, Phase
from reconciler.model.values import Fields


def test_selected_index_that_is_not_ready_is_told() -> None:
    slow = [index("docs-prod", ready=False)]
    expansion = expand(nightly(), "2026-11-24T09:00:00Z", indexes=slow)
    assert expansion.make == ()
    (warning,) = expansion.warnings
    assert warning.summary == "policy.nightly makes no backup of docs-prod, which is not ready"


@pytest.mark.parametrize(
    ("policy", "name"),
    [("nightly", "docs-prod"), ("nightly", LONG), (LONG, "docs-prod"), (LONG, LONG), ("a", "b")],
)
def test_every_address_is_one_whatever_the_length_of_its_names(policy: str, name: str) -> None:
    slots = [Slot(at("2026-11-24T02:00:00Z")), Slot(at("2026-11-24T02:00:00Z"), 2)]
    slots.append(Slot(at("2026-11-24T02:00:07Z"), claimed=True))
    for slot in slots:
        found = address(policy, name, slot)
        assert re.fullmatch(NAME_PATTERN, found.name)
        assert slot_of(found.name) == slot


def test_long_names_that_begin_alike_have_places_of_their_own() -> None:
    slot = Slot(at("2026-11-24T02:00:00Z"))
    names = {address("nightly", f"{LONG[:40]}-{number:03}", slot) for number in range(1000)}
    assert len(names) == 1000


SLOTS = {
    "this morning's": ("0 2 * * *", None, "2026-11-24T09:00:00Z", "20261124-0200"),
    "to the minute": ("0 2 * * *", None, "2026-11-24T02:00:00Z", "20261124-0200"),
    "not yet due": ("0 2 * * *", None, "2026-11-24T01:59:59.999999Z", "20261123-0200"),
    "of a leap day": ("0 2 29 2 *", None, "2027-06-01T00:00:00Z", "20240229-0200"),
    "of the end of a month": ("0 2 L * *", None, "2026-12-01T00:00:00Z", "20261130-0200"),
    "in a zone": ("0 2 * * *", "Europe/Berlin", "2026-07-01T12:00:00Z", "20260701-0000"),
    "skipped by the clock": (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-29T12:00:00Z",
        "20260329-0130",
    ),
    "shown twice": ("30 2 * * *", "Europe/Berlin", "2026-10-25T12:00:00Z", "20261025-0030"),
}


@pytest.mark.parametrize(("cron", "zone", "now", "slot"), SLOTS.values(), ids=SLOTS)
def test_slot_is_the_newest_that_is_due(cron: str, zone: str | None, now: str, slot: str) -> None:
    found = expand(nightly(schedule=cron, timezone=zone), now)
    assert made(found) == [f"nightly--docs-prod--{slot}"]


def test_slots_of_an_interval_stand_where_they_stand() -> None:
    found = expand(nightly(schedule=None, every="6h"), "2026-11-24T11:59:00Z")
    assert made(found) == ["nightly--docs-prod--20261124-0600"]


def test_selection_takes_names_and_what_fits_pattern_and_tags() -> None:
    indexes = [
        index("docs-a", tags={"tier": "gold"}),
        index("docs-b", tags={"tier": "silver"}),
        index("logs", tags={"tier": "gold"}),
        index("named"),
        index("docs-scratch", tags={"tier": "gold"}),
    ]
    wanted = {
        "names": ["named"],
        "glob": ["docs-*"],
        "tags": {"tier": "gold"},
        "exclude": ["*-scratch"],
    }
    found = expand(nightly(indexes=wanted), "2026-11-24T09:00:00Z", indexes=indexes)
    assert [one.fields["index"] for one in found.make] == ["docs-a", "named"]


def test_name_of_a_backup_follows_the_template_and_is_short_enough() -> None:
    policy = nightly(name="{policy}-{index}-{slot}")
    indexes = [index("docs-prod"), index(LONG)]
    found = expand(policy, "2026-11-24T09:00:00Z", indexes=indexes)
    names = [str(one.fields["name"]) for one in found.make]
    assert "nightly-docs-prod-20261124-0200" in names
    assert all(len(name) <= 45 for name in names)


def test_every_reason_to_keep_is_told() -> None:
    taken = Taken()
    old, new = taken.add("20261123-0200"), taken.add("20261124-0200")
    rules = {"keep_last": 2, "keep_daily": 7}
    found = expand(nightly(retention=rules), "2026-11-24T09:00:00Z", taken)
    assert found.keep == {
        new: ("last backup", "daily backup", "min_ready 1"),
        old: ("last backup", "daily backup"),
    }
    assert not found.make
    assert not found.expire


def test_backup_to_come_counts_and_pushes_out_once_it_is_ready() -> None:
    taken = Taken()
    oldest = taken.add("20261122-0200")
    taken.add("20261123-0200")
    found = expand(nightly(), "2026-11-24T09:00:00Z", taken)
    assert found.expire == {oldest: "last kept as last backup"}
    assert found.pushed == {oldest: Address("backup", "nightly--docs-prod--20261124-0200")}


def test_what_expires_anyway_waits_for_nothing() -> None:
    taken = Taken()
    oldest = taken.add("20261121-0200")
    for day in (22, 23):
        taken.add(f"202611{day}-0200")
    found = expand(nightly(), "2026-11-23T09:00:00Z", taken)
    assert (list(found.expire), found.pushed) == ([oldest], {})


def test_backup_dated_in_the_future_never_expires_and_ends_no_other() -> None:
    taken = Taken()
    taken.add("20261123-0200", made="2031-01-01T00:00:00.123456789Z")
    for day in (22, 24):
        taken.add(f"202611{day}-0200")
    found = expand(nightly(retention={"keep_within": "3d"}), "2026-11-24T09:00:00Z", taken)
    assert found.expire == {}


def test_each_index_that_had_the_name_has_the_rules_to_itself() -> None:
    taken = Taken()
    for day in (20, 21):
        taken.add(f"202611{day}-0200", source="i-1")
    for day in (22, 23, 24):
        taken.add(f"202611{day}-0200", source="i-2")
    found = expand(nightly(), "2026-11-24T09:00:00Z", taken)
    assert [one.name[-13:] for one in found.expire] == ["20261122-0200"]


@pytest.mark.parametrize(
    ("phases", "attempts"),
    [
        ([Phase.READY], []),
        ([Phase.FAILED], ["nightly--docs-prod--20261124-0200-2"]),
        ([Phase.RUNNING], []),
    ],
    ids=["ready", "failed", "running"],
)
def test_slot_that_has_its_backup_is_made_again_after_one_failure_only(
    phases: Sequence[Phase], attempts: list[str]
) -> None:
    taken = Taken()
    taken.add("20261123-0200")
    for phase in phases:
        taken.add("20261124-0200", phase=phase)
    assert made(expand(nightly(), "2026-11-24T09:00:00Z", taken)) == attempts


def test_attempts_of_two_slots_that_failed_are_a_row_too() -> None:
    taken = Taken()
    taken.add("20261122-0200", phase=Phase.FAILED)
    last = taken.add("20261123-0200", phase=Phase.FAILED)
    found = expand(nightly(), "2026-11-24T09:00:00Z", taken)
    assert not found.make
    assert found.attention == {
        last: "2 attempts failed in a row, so none is made of docs-prod any more until somebody "
        "looks"
    }


def test_failed_attempts_go_once_a_later_one_is_ready() -> None:
    taken = Taken()
    failed = taken.add("20261123-0200", phase=Phase.FAILED)
    taken.add("20261123-0200-2")
    taken.add("20261124-0200", phase=Phase.RUNNING)
    found = expand(nightly(), "2026-11-24T09:00:00Z", taken)
    assert found.expire == {failed: "it failed, and a later one is Ready"}


def test_index_that_is_selected_no_more_keeps_its_rules() -> None:
    taken = Taken()
    for day in (22, 23, 24):
        taken.add(f"202611{day}-0200")
    policy = nightly(indexes={"glob": ["other"]}, allow_empty=True)
    found = expand(policy, "2026-11-25T09:00:00Z", taken)
    assert not found.make
    assert [one.name[-13:] for one in found.expire] == ["20261122-0200"]


def test_name_of_one_index_needs_no_place_for_it() -> None:
    policy = declared(BASE.replace("schedule", "name: docs-{slot}\n    schedule"))
    found = expand(policy, "2026-11-24T09:00:00Z")
    assert [one.fields["name"] for one in found.make] == ["docs-20261124-0200"]


def test_claimed_backups_of_one_second_have_places_of_their_own() -> None:
    taken = Taken()
    for number in range(2):
        fields: Fields = {"index": "docs-prod", "name": f"old-{number}"}
        created = at("2026-11-24T02:00:07Z") + number
        taken.objects.append(
            Observed(
                f"id-{number}",
                fields,
                {"source_index_id": "i-1", "created_at": created},
                Phase.READY,
                "backups",
                created_at=created,
                name=f"old-{number}",
            )
        )
    found = expand(nightly(claim={"names": "old-*"}), "2026-11-24T09:00:00Z", taken)
    assert [(one.address.name[-15:], one.adopt) for one in found.make] == [
        ("c20261124020007", "id-0"),
        ("c20261124020008", "id-1"),
    ]


@pytest.mark.parametrize("written", ["20261131-0200", "20261124-0200-1", "2026-11-24", "", "c1"])
def test_what_is_no_slot_is_none(written: str) -> None:
    assert Slot.parse(written) is None


def test_backups_of_others_are_neither_counted_nor_let_go() -> None:
    taken = Taken()
    mine = [taken.add(f"202611{day}-0200") for day in (22, 23)]
    for owner in (None, Address("policy", "weekly")):
        other = taken.add("20261124-0100" if owner is None else "20261124-0130")
        taken.entries[other] = replace(taken.entries[other], owner=owner)
    found = expand(nightly(), "2026-11-23T09:00:00Z", taken)
    assert sorted(found.keep) == mine
    assert found.expire == {}
