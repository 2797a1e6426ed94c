"""What restic answered about made-up histories, held against our own verdict.

`python tests/prove.py restic --record` asks restic anew.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from retention.compare import Reasons, Taken, ours, packed, unpacked
from retention.histories import histories

from reconciler.model.retention import Copy, covered_last, parse
from reconciler.model.zone import find_zone

ANSWERS = Path(__file__).parent / "answers.jsonl"
NAMES = [history.name for history in histories(0)]


@cache
def recorded() -> tuple[Mapping[str, Taken], Sequence[Mapping[str, Any]]]:
    """Read the histories by name, and what was kept of each by which rules."""
    lines = [json.loads(line) for line in ANSWERS.read_text().splitlines()]
    taken = [
        Taken(**{**line, "moments": tuple(line["moments"])}) for line in lines if "zone" in line
    ]
    return {one.name: one for one in taken}, [line for line in lines if "rules" in line]


def beyond(reasons: Reasons, recorded: Mapping[str, str]) -> Mapping[int, Collection[str]]:
    """Give the reasons that restic did not give, by place; those that it gave must all be there."""
    theirs = unpacked(recorded)
    assert all(theirs[place] <= set(reasons.get(place, ())) for place in theirs)
    extra = {place: set(reasons[place]) - theirs.get(place, set()) for place in reasons}
    return {place: found for place, found in extra.items() if found}


@pytest.mark.parametrize("name", NAMES)
def test_every_copy_is_kept_for_the_reasons_that_restic_gave(name: str) -> None:
    taken_by_name, answers = recorded()
    for answer in (answer for answer in answers if answer["history"] == name):
        assert packed(ours(taken_by_name[name], answer["rules"])) == answer["kept"], answer["rules"]


def test_the_answers_are_many_enough_to_show_something() -> None:
    taken_by_name, answers = recorded()
    assert len(answers) >= 300
    assert min(len(one.moments) for one in taken_by_name.values()) >= 200
    rules = {rule for answer in answers for rule in answer["rules"]}
    assert len(rules) == 12
    reasons = {reason.partition(" within")[0] for answer in answers for reason in answer["kept"]}
    assert {"hourly snapshot", "weekly snapshot", "monthly", "yearly"} <= reasons
    kept = [len(unpacked(answer["kept"])) for answer in answers]
    assert sum(10 < count < 190 for count in kept) > 50


def test_of_what_restic_removes_the_oldest_alone_may_be_kept() -> None:
    taken_by_name, answers = recorded()
    more = 0
    for answer in answers:
        newer = replace(taken_by_name[answer["history"]], version="0.17.0")
        extra = beyond(ours(newer, answer["rules"]), answer["kept"])
        assert set(extra) <= {0}
        assert all(reason.endswith(" snapshot") for reasons in extra.values() for reason in reasons)
        more += bool(extra)
    assert more > 20


@pytest.mark.parametrize("name", ["spring", "uneven"])
def test_what_restic_would_remove_was_covered_by_a_rule_once(name: str) -> None:
    taken_by_name, answers = recorded()
    taken = taken_by_name[name]
    copies = [Copy(str(place), moment) for place, moment in enumerate(taken.moments)]
    for answer in [answer for answer in answers if answer["history"] == name][:5]:
        covered = covered_last(copies, parse(answer["rules"]), find_zone(taken.zone), taken.now)
        removed = {str(place) for place in range(len(copies))} - set(
            map(str, unpacked(answer["kept"]))
        )
        assert removed - {"0"} <= set(covered) <= removed
        assert all(covered.values())
