"""Whatever fails, and however far a run has come: of no index goes too much at once."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Precondition, Reason, Standing
from reconciler.model.desired import Configuration
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import World
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.plan import Operation, Permissions, Step
from reconciler.model.state import State
from reconciler.planning.expiry import limited, stream
from reconciler.planning.given import Given
from reconciler.planning.order import order_steps
from reconciler.planning.quota import forecast

KINDS = load_kinds()


@dataclass(frozen=True)
class Run:
    """What each policy makes and lets go of each index, what is full, and what fails."""

    made: Sequence[tuple[str, str, bool]]  # policy, index, whether it runs already
    gone: Sequence[tuple[str, str, bool]]  # policy, index, whether only the new one pushes it out
    free: int
    fails: frozenset[int]  # of what is made, by place


PAIRS = st.tuples(st.sampled_from("pq"), st.sampled_from("xyz"), st.booleans())
RUNS = st.builds(
    Run,
    made=st.lists(PAIRS, max_size=6, unique_by=lambda one: one[:2]),
    gone=st.lists(PAIRS, max_size=12),
    free=st.integers(0, 3),
    fails=st.frozensets(st.integers(0, 5)),
)


MANY = settings(deadline=None, max_examples=200)
X_OF_P = ("p", "x", False)
FULL = Run([X_OF_P, ("q", "x", False)], [X_OF_P] * 3, free=0, fails=frozenset({1}))
"""One goes to make room, another with its own successor: the third waits for the one that fails."""


def made(place: int, policy: str, index: str, *, runs: bool) -> Change:
    return Change(
        address=Address("backup", f"new-{place}"),
        action=Action.WAIT if runs else Action.CREATE,
        standing=Standing.PLANNED,
        reason=Reason.STILL_RUNNING if runs else Reason.NOT_IN_STATE,
        because="",
        wanted={"index": index},
        owner=Address("policy", policy),
    )


def gone(place: int, policy: str, index: str, pushing: Address | None) -> Change:
    return Change(
        address=Address("backup", f"old-{place}"),
        action=Action.DELETE,
        standing=Standing.PLANNED,
        reason=Reason.EXPIRED,
        because="",
        before={"index": index},
        remote_id=f"id-{place}",
        owner=Address("policy", policy),
        depends_on=() if pushing is None else (pushing,),
        precondition=Precondition(f"id-{place}", place, None, Phase.READY),
    )


def changes_of(run: Run) -> list[Change]:
    new = [made(place, *one[:2], runs=one[2]) for place, one in enumerate(run.made)]
    pushing = {stream(change): change.address for change in new}
    old = [
        gone(
            place, policy, index, pushing.get((Address("policy", policy), index)) if late else None
        )
        for place, (policy, index, late) in enumerate(run.gone)
    ]
    return [*new, *old]


def given_of(run: Run, most: int | None) -> Given:
    held = [Observed(f"id-{place}", {}, {}, Phase.READY, "backups") for place in range(20)]
    return Given(
        configuration=Configuration("default", {}),
        state=State(),
        world=World(0, {"backup": Seen(tuple(held))}, {}),
        kinds=KINDS,
        permissions=Permissions(expiry=True, backup_quota=20 + run.free, max_expiries=most),
        api_base="",
        tool="",
        settle_window=0,
    )


def done(steps: Sequence[Step], fails: set[Address]) -> set[Address]:
    """Walk through the steps as a run does, and give the addresses of those that were done."""
    ended: set[str] = set()
    for step in steps:
        ok = step.operation is Operation.DELETE or step.address not in fails
        if ok and ended.issuperset(step.after):
            ended.add(step.id)
    return {step.address for step in steps if step.id in ended}


def counted(changes: Sequence[Change], ended: set[Address], *, deletes: bool) -> Mapping[str, int]:
    return Counter(
        stream(change)[1]
        for change in changes
        if (change.action is Action.DELETE) is deletes and change.address in ended
    )


@MANY
@given(RUNS)
@example(FULL)
def test_of_an_index_goes_at_most_one_more_than_became_ready(run: Run) -> None:
    given_ = given_of(run, None)
    changes = limited(given_, changes_of(run))
    steps = order_steps(given_, changes)
    ended = done(steps, {Address("backup", f"new-{place}") for place in run.fails})
    ready = counted(changes, ended, deletes=False)
    for index, count in counted(changes, ended, deletes=True).items():
        assert count <= ready.get(index, 0) + 1


@MANY
@given(RUNS, st.integers(1, 4))
def test_of_an_index_goes_no_more_than_was_permitted(run: Run, most: int) -> None:
    given_ = given_of(run, most)
    changes = limited(given_, changes_of(run))
    ended = done(order_steps(given_, changes), set())
    counts = counted(changes, ended, deletes=True)
    assert max(counts.values(), default=0) <= most


@MANY
@given(RUNS)
def test_where_nothing_fails_all_that_is_planned_is_done(run: Run) -> None:
    given_ = given_of(run, None)
    steps = order_steps(given_, limited(given_, changes_of(run)))
    assert done(steps, set()) == {step.address for step in steps}


@MANY
@given(RUNS, st.integers(0, 3))
@example(Run([X_OF_P], [("q", "y", False)] * 5 + [X_OF_P] * 3, free=0, fails=frozenset()), 0)
def test_the_least_number_that_lets_enough_go_first_is_named(run: Run, over: int) -> None:
    changes = changes_of(run)
    above = [made(90 + place, f"more-{place}", "z", runs=False) for place in range(over)]

    def fits(most: int | None) -> bool:
        return not refusals(most)

    def refusals(most: int | None) -> Sequence[Diagnostic]:
        given_ = given_of(run, most)

        def again(other: Given) -> Sequence[Change]:
            return limited(other, [*changes, *above])

        return forecast(given_, again(given_), again)[1]

    for refusal in refusals(None):
        named = re.match(r"--max-expiries (\d+) lets enough go first; ", refusal.hint)
        least = next((most for most in range(1, 30) if fits(most)), None)
        assert (None if named is None else int(named[1])) == least
