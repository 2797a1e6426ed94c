"""What a policy does about each index over time, and which of its backups that is about."""

from collections.abc import Sequence

from unit.kinds.taken import OWNER, Taken, at, declared, index, nightly

from reconciler.kinds.policy import KIND
from reconciler.model.desired import Held
from reconciler.model.kind import World
from reconciler.model.observed import Phase, Seen
from reconciler.model.retention import Retention
from reconciler.model.schedule import Schedule
from reconciler.model.track import Track
from reconciler.model.zone import find_zone

NOW = at("2026-11-24T12:00:00Z")


def world(taken: Taken, *indexes: str) -> World:
    seen = {"backup": Seen(tuple(taken.objects))}
    return World(NOW, seen, {name: index(name) for name in indexes}, taken.entries)


def tracks(taken: Taken, *indexes: str, **fields: object) -> tuple[Track, ...]:
    return KIND.tracks(nightly(**fields), world(taken, *indexes))


def told(found: Sequence[Track]) -> list[tuple[str, int, str]]:
    return [(one.index, len(one.existing), one.note) for one in found]


def test_a_declaration_is_about_any_index() -> None:
    yaml = """version: 1
backup_policies:
  nightly:
    indexes: {names: [docs-prod]}
    schedule: "0 2 * * *"
    timezone: Europe/Berlin
    retention: {keep_daily: 7, keep_within_monthly: 1y}
    min_ready: 2
"""
    (track,) = KIND.tracks(declared(yaml), None)
    assert (track.policy, track.index, track.least, track.existing) == (OWNER, "", 2, ())
    assert track.schedule == Schedule("0 2 * * *", zone=find_zone("Europe/Berlin"))
    assert track.retention.daily == 7
    assert track.said == (
        "0 2 * * * in Europe/Berlin; keep_daily: 7, keep_within_monthly: 1y, min_ready: 2"
    )


def test_without_retention_it_says_that_everything_is_kept() -> None:
    (track,) = KIND.tracks(nightly(retention=None, schedule=None, every="6h"), None)
    assert track.said == "every 6h; no retention, everything is kept"
    assert track.retention == Retention()


def test_a_paused_policy_makes_nothing() -> None:
    (track,) = KIND.tracks(nightly(paused=True), None)
    assert (track.schedule, track.note) == (None, "the policy is paused")


def test_a_policy_that_is_to_end_does_nothing() -> None:
    yaml = """version: 1
backup_policies:
  nightly: {indexes: {names: [docs-prod]}, every: 6h, retention: {keep_last: 2}, ensure: absent}
"""
    assert KIND.tracks(declared(yaml), None) == ()


def test_each_index_has_a_track_with_the_backups_that_are_copies() -> None:
    taken = Taken()
    taken.add("20261122-0200")
    taken.add("20261123-0200", phase=Phase.FAILED)
    taken.add("20261124-0200", phase=Phase.RUNNING)
    found = tracks(taken, "docs-prod", "docs-new")
    assert told(found) == [("docs-new", 0, ""), ("docs-prod", 2, "")]
    assert [copy.id.rpartition("--")[2] for copy in found[1].existing] == [
        "20261122-0200",
        "20261124-0200",
    ]


def test_an_index_that_was_made_anew_leaves_its_old_backups_to_themselves() -> None:
    taken = Taken()
    taken.add("20261122-0200", source="old")
    taken.add("20261123-0200", source="new")
    found = tracks(taken, "docs-prod")
    assert told(found) == [("docs-prod", 1, "it was made anew since"), ("docs-prod", 1, "")]


def test_backups_of_an_index_that_is_selected_no_more_are_shown() -> None:
    taken = Taken()
    taken.add("20261122-0200")
    found = tracks(taken, "docs-prod", indexes={"names": ["other"]})
    assert told(found) == [("docs-prod", 1, "it is selected no more")]
    assert found[0].schedule is None


def test_holds_last_until_the_last_of_them_ends() -> None:
    taken = Taken()
    first, second = taken.add("20261122-0200"), taken.add("20261123-0200")
    hold = [
        {"backup": first.name, "reason": "audit", "until": "2027-02-01T00:00:00Z"},
        {"backup": first.name, "reason": "audit", "until": "2027-01-01T00:00:00Z"},
        {"backup": second.name, "reason": "for good"},
        {"backup": second.name, "reason": "past", "until": "2026-01-01T00:00:00Z"},
    ]
    (track,) = tracks(taken, "docs-prod", hold=hold)
    assert track.held == {
        str(first): Held("audit", at("2027-02-01T00:00:00Z")),
        str(second): Held("for good"),
    }
    assert track.keeps_all == ""


def test_nothing_goes_while_a_hold_holds_nothing() -> None:
    taken = Taken()
    taken.add("20261122-0200")
    hold = [{"backup": "nightly--docs-prdo--20261122-0200", "reason": "audit"}]
    (track,) = tracks(taken, "docs-prod", hold=hold)
    assert track.keeps_all == "the hold of nightly--docs-prdo--20261122-0200 holds nothing"
    assert track.schedule is not None
