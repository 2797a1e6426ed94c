"""What a policy stands for: its slots, its names, what it selects, keeps and lets go."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciler.config.build import build
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds
from reconciler.kinds._slots import Slot, address, slot_of
from reconciler.kinds.policy import KIND
from reconciler.model.address import NAME_PATTERN, Address
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


MISTAKES: Mapping[str, tuple[str, str, str]] = {
    "no schedule at all": ('    schedule: "0 2 * * *"\n', "", "4:5 policy-schedule: give either"),
    "two schedules": (
        '"0 2 * * *"\n',
        '"0 2 * * *"\n    every: 6h\n',
        "5:15 policy-schedule: give either schedule or every",
    ),
    "cron that cannot be read": ('"0 2 * * *"', '"0 25 * * *"', "5:15 policy-schedule: "),
    "an interval without a length": (
        'schedule: "0 2 * * *"',
        "every: 6mo",
        '5:12 bad-format: backup_policies.nightly.every: "6mo" does not fit',
    ),
    "a zone that is none": (
        '"0 2 * * *"\n',
        '"0 2 * * *"\n    timezone: Europe/Berlni\n',
        "6:15 policy-schedule: 'Europe/Berlni' is no time zone; did you mean Europe/Berlin?",
    ),
    "a zone in other letters": (
        '"0 2 * * *"\n',
        '"0 2 * * *"\n    timezone: europe/berlni\n',
        "6:15 policy-schedule: 'europe/berlni' is no time zone; did you mean Europe/Berlin?",
    ),
    "an interval of centuries": (
        'schedule: "0 2 * * *"',
        "every: 20000w",
        "5:12 policy-schedule: '20000w' is more than a year: the longest interval is 366d",
    ),
    "a zone for an interval": (
        'schedule: "0 2 * * *"\n',
        "every: 6h\n    timezone: Europe/Berlin\n",
        "6:15 policy-schedule: timezone belongs to schedule",
    ),
    "a rule with a slip of the pen": (
        "keep_daily",
        "keep_dayly",
        "6:17 unknown-key: backup_policies.nightly.retention.keep_dayly is not known here",
    ),
    "a rule that keeps nothing": (
        "keep_daily: 7",
        "keep_daily: 0",
        "6:29 value-not-allowed: backup_policies.nightly.retention.keep_daily is 0; expected at",
    ),
    "a count in words": ("keep_daily: 7", "keep_daily: all", "6:29 bad-format: "),
    "a count that is none": (
        "keep_daily: 7",
        "keep_daily: true",
        "6:29 wrong-type: backup_policies.nightly.retention.keep_daily is the truth value true; ",
    ),
    "a span of nothing": ("keep_daily: 7", "keep_within: 0d", "6:30 policy-retention: '0d' is no"),
    "a span in minutes": ("keep_daily: 7", "keep_within: 90m", "6:30 bad-format: "),
    "no rule": (
        "{keep_daily: 7}",
        "{}",
        "6:16 value-not-allowed: backup_policies.nightly.retention is empty",
    ),
    "no retention": ("    retention: {keep_daily: 7}\n", "", "3:3 missing-key: "),
    "nothing that selects": (
        "{names: [docs-prod]}",
        "{exclude: [a]}",
        "4:14 policy-selection: indexes selects nothing",
    ),
    "a name for all slots": (
        'schedule: "0 2 * * *"',
        'name: "nightly-{index}"\n    schedule: "0 2 * * *"',
        "5:11 policy-name: name must hold {slot}",
    ),
    "a name that is too long": (
        'schedule: "0 2 * * *"',
        'name: "a-very-long-word-for-every-night-{slot}"\n    schedule: "0 2 * * *"',
        "5:11 policy-name: name makes names of 48 characters; 45 are allowed",
    ),
    "a place that is none": (
        'schedule: "0 2 * * *"',
        'name: "nightly-{indx}-{slot}"\n    schedule: "0 2 * * *"',
        "5:11 bad-format: ",
    ),
    "adopt": (
        'schedule: "0 2 * * *"',
        'adopt: abc\n    schedule: "0 2 * * *"',
        "5:5 reserved-key: backup_policies.nightly.adopt is reserved: a policy is nothing",
    ),
    "a hold without a reason": (
        'schedule: "0 2 * * *"',
        'hold: [{backup: abc}]\n    schedule: "0 2 * * *"',
        "5:12 missing-key: ",
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_told_at_its_place(old: str, new: str, expected: str) -> None:
    assert old in BASE
    with pytest.raises(ConfigError) as caught:
        declared(BASE.replace(old, new))
    told = [
        f"{one.source.line}:{one.source.column} {one.reference}: {one.summary}"
        for one in caught.value.diagnostics
        if one.source is not None
    ]
    assert told[0].startswith(expected), told
    assert len(told) == 1, told
    assert caught.value.diagnostics[0].hint


def test_policies_whose_backups_could_share_an_address_are_refused_before_any_plan() -> None:
    with pytest.raises(ConfigError) as caught:
        declared(BASE.replace("nightly:", "nightly--docs:"))
    (told,) = caught.value.diagnostics
    assert told.reference == "policy-name"
    assert told.summary == (
        "the policy is called nightly--docs: -- parts policy, index and slot in addresses"
    )


def test_selected_index_that_is_not_ready_is_told() -> None:
    slow = [index("docs-prod", ready=False)]
    expansion = expand(nightly(), "2026-11-24T09:00:00Z", indexes=slow)
    assert expansion.make == ()
    (warning,) = expansion.warnings
    assert warning.summary == "policy.nightly makes no backup of docs-prod, which is not ready"


def test_slip_of_the_pen_in_a_rule_has_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        declared(BASE.replace("keep_daily", "keep_dayly"))
    assert 'Did you mean "keep_daily"?' in caught.value.diagnostics[0].hint


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
