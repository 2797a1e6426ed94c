"""Whatever a policy has made, and whatever its rules are: what it may never let go."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds._slots import Slot, address
from reconciler.kinds.policy import KIND
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.kind import World
from reconciler.model.observed import Index, Observed, Phase, Seen
from reconciler.model.state import Entry
from reconciler.model.values import SECOND, Fields

HOUR = 3600 * SECOND
NOW = 500_000 * HOUR + 1
OWNER = Address("policy", "hourly")


@dataclass(frozen=True)
class Copy:
    """One backup of the policy: how old its slot is, how far it is, and of which index it is."""

    age: int
    phase: Phase
    source: str
    is_held: bool

    @property
    def slot(self) -> Slot:
        """The slot that it was made for."""
        return Slot(NOW // HOUR * HOUR - self.age * HOUR)

    @property
    def place(self) -> Address:
        """Where state keeps it."""
        return address(OWNER.name, "docs", self.slot)


COPIES = st.lists(
    st.builds(
        Copy,
        age=st.integers(0, 2000),
        phase=st.sampled_from(Phase),
        source=st.sampled_from(["i-1", "i-2"]),
        is_held=st.booleans(),
    ),
    unique_by=lambda copy: copy.age,
    max_size=30,
)
RULES = st.dictionaries(
    st.sampled_from(["keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly"]),
    st.integers(1, 8),
    min_size=1,
    max_size=3,
)


def world(copies: Sequence[Copy]) -> World:
    entries: dict[Address, Entry] = {}
    objects: list[Observed] = []
    for copy in copies:
        place, made = copy.place, copy.slot.due
        facts: Fields = {"source_index_id": copy.source, "created_at": made}
        fields: Fields = {"index": "docs", "name": place.name}
        entries[place] = Entry(place, str(place), fields, copy.phase, made, facts, owner=OWNER)
        shown = Observed(str(place), fields, facts, copy.phase, "backups", created_at=made)
        objects.append(shown)
    indexes = {"docs": Index("docs", "", ready=True)}
    return World(NOW, {"backup": Seen(tuple(objects))}, indexes, entries)


@given(COPIES, RULES, st.integers(1, 4))
def test_no_rule_lets_go_of_what_is_held_least_or_not_finished(
    copies: Sequence[Copy], rules: dict[str, int], least: int
) -> None:
    holds = [{"backup": copy.place.name, "reason": "audit"} for copy in copies if copy.is_held]
    fields: Fields = {
        "indexes": {"names": ["docs"]},
        "every": "1h",
        "retention": rules,
        "min_ready": least,
        "hold": holds,
    }
    found = KIND.expand(Desired(OWNER, KIND.complete("hourly", fields)), world(copies))
    ready = [copy for copy in copies if copy.phase is Phase.READY]
    for source in ("i-1", "i-2"):
        mine = sorted((copy.age, copy.place) for copy in ready if copy.source == source)
        assert not found.expire.keys() & {place for _, place in mine[:least]}
    assert not found.expire.keys() & {copy.place for copy in copies if copy.is_held}
    running = {copy.place for copy in copies if copy.phase is Phase.RUNNING}
    assert not found.expire.keys() & running
    # Everything that is Ready is either kept, for reasons, or let go, by a rule.
    assert {copy.place for copy in ready} == {
        place for place in (*found.keep, *found.expire) if place in {one.place for one in ready}
    }
    assert not found.keep.keys() & found.expire.keys()
    assert all(found.keep.values())
    assert all(found.expire.values())


@given(COPIES, RULES)
def test_at_most_one_backup_is_made_and_never_for_a_slot_that_had_two(
    copies: Sequence[Copy], rules: dict[str, int]
) -> None:
    fields: Fields = {"indexes": {"names": ["docs"]}, "every": "1h", "retention": rules}
    found = KIND.expand(Desired(OWNER, KIND.complete("hourly", fields)), world(copies))
    newest = min((copy.age for copy in copies), default=None)
    due = Slot(NOW // HOUR * HOUR)
    failed = [copy for copy in copies if copy.age == newest and copy.phase is Phase.FAILED]
    if newest == 0:
        wanted = {address(OWNER.name, "docs", Slot(due.due, 2))} if failed else set()
    else:
        wanted = {address(OWNER.name, "docs", due)}
    assert {one.address for one in found.make} <= wanted
    running = [copy for copy in copies if copy.phase is Phase.RUNNING and copy.age]
    assert bool(found.make) == (bool(wanted) and not found.attention and not running)
    assert [one.reference for one in found.warnings] == ["policy-running"] * bool(running)
