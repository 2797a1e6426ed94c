"""Whatever the rules and their edit: `policy simulate --from-live` shows what apply leaves."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simulation.cases import WINDOW
from simulation.hourly import EXPIRY, HOUR, backups, simulated
from simulation.world import World

from reconciler.kinds._slots import Slot, address
from reconciler.model.values import SECOND
from reconciler.planning.timeline import Timeline

RULES = st.fixed_dictionaries(
    {"keep_last": st.integers(1, 4)},
    optional={
        "keep_hourly": st.integers(1, 3),
        "keep_daily": st.integers(1, 4),
        "keep_weekly": st.integers(1, 3),
        "keep_within_daily": st.sampled_from(["35h", "77h"]),  # never to the second between slots
    },
)


@dataclass(frozen=True)
class Life:
    """A policy before and after an edit, and when runs come."""

    before: Mapping[str, object]
    after: Mapping[str, object]
    least: int
    slots: int  # that the policy had before the edit
    missed: int
    every: int  # hours between slots
    runs: int  # in each slot
    is_selected: bool

    def yaml(self, rules: Mapping[str, object], *, is_selected: bool = True) -> str:
        chosen = f"{{glob: ['docs-*']{'' if is_selected else ', exclude: [docs-prod]'}}}"
        said = ", ".join(f"{name}: {value}" for name, value in rules.items())
        fields = f"indexes: {chosen}, allow_empty: true, min_ready: {self.least}"
        fields = f"{fields}, every: {self.every}h, retention: {{{said}}}"
        return f"backup_policies: {{hourly: {{{fields}}}}}\n"


LIVES = st.builds(
    Life,
    before=RULES,
    after=RULES,
    least=st.integers(1, 3),
    slots=st.integers(0, 6),
    missed=st.integers(0, 2),
    every=st.sampled_from([6, 8, 24]),
    runs=st.integers(1, 2),
    is_selected=st.sampled_from([True, True, True, False]),
)


def there(world: World) -> set[str]:
    return {f"backup.{one['name']}" for one in backups(world)}


def shown(timeline: Timeline, moment: int, every: int) -> set[str]:
    """Give what a timeline says there is, by the address that each has or would have."""
    return {
        stay.copy.id
        if stay.is_real
        else str(address("hourly", "docs-prod", Slot(stay.copy.taken_at // every * every)))
        for stay in timeline.at(moment)
    }


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate])
@given(LIVES)
def test_nothing_goes_before_it_is_shown_to_and_what_is_left_is_what_is_shown(life: Life) -> None:
    world, slot = World(), life.every * HOUR
    before, after = life.yaml(life.before), life.yaml(life.after, is_selected=life.is_selected)
    world.wait(slot - world.now() // SECOND % slot)  # a simulated backup is of its slot's time
    for _ in range(life.slots):
        world.apply(before, EXPIRY, **WINDOW)
        world.wait(slot)
    world.apply(before, EXPIRY, **WINDOW)
    world.wait(60 + life.missed * slot)
    ((_, timeline),) = simulated(world, after, 10)
    for _ in range(8 * life.runs):
        world.apply(after, EXPIRY, **WINDOW)
        assert shown(timeline, world.now(), slot * SECOND) <= there(world)
        assert len(there(world)) <= timeline.most()
        world.wait(slot / life.runs)
    for _ in range(3):  # within the last slot
        world.wait(60)
        world.apply(after, EXPIRY, **WINDOW)
    assert there(world) == shown(timeline, world.now(), slot * SECOND)
