"""Each mistake in a policy is told at its place, with a way out."""

from collections.abc import Mapping

import pytest
from unit.kinds.taken import BASE, declared

from reconciler.errors import ConfigError

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


def test_slip_of_the_pen_in_a_rule_has_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        declared(BASE.replace("keep_daily", "keep_dayly"))
    assert 'Did you mean "keep_daily"?' in caught.value.diagnostics[0].hint
