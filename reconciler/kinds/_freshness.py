"""How a policy stands with each of its indexes: whether its newest backup is new enough.

The newest one is judged by its slot and by when it was taken, each as far as it is not in the
future: a clock that was wrong once must not make a policy look fresh for years.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds._children import Child, Rules, by_index, owned
from reconciler.kinds._holds import holds
from reconciler.kinds._selection import select
from reconciler.kinds._slots import BACKUP
from reconciler.model import retention, schedule
from reconciler.model.board import Copy, Freshness, Held, Stock, Stream
from reconciler.model.desired import Desired
from reconciler.model.kind import World
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.values import Micros, integer, mapping


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy with all that is the same for each of its indexes."""

    desired: Desired
    rules: Rules
    world: World
    plan: schedule.Schedule
    latest: Micros | None  # the newest slot
    upcoming: Micros | None  # the slot after that
    grace: Micros
    objects: Mapping[str, Observed]
    chosen: frozenset[str]


def streams(desired: Desired, world: World, rules: Rules, grace: Micros) -> Iterator[Stream]:
    """Give a stream for each index that is selected, or that has backups by the policy."""
    indexes = world.indexes or {}
    selection = select(mapping(desired.fields["indexes"]), indexes)
    plan = schedule.parse(desired.fields)
    policy = _Policy(
        desired=desired,
        rules=rules,
        world=world,
        plan=plan,
        latest=schedule.latest_due(plan, world.now),
        upcoming=schedule.next_due(plan, world.now),
        grace=grace,
        objects={one.remote_id: one for one in world.seen.get(BACKUP, Seen()).objects},
        chosen=frozenset(index.name for index in selection.indexes),
    )
    mine = by_index([one for one in owned(desired.address, world) if one.phase is not None])
    for name in sorted({*policy.chosen, *selection.missing, *mine}):
        yield _stream(policy, name, mine.get(name, ()))


def _stream(policy: _Policy, index: str, children: Sequence[Child]) -> Stream:
    ready = [child for child in children if child.phase is Phase.READY]
    dated = [(at, child) for child in ready if (at := _covers(policy, child)) is not None]
    newest = max(dated, key=lambda each: (each[0], each[1].address), default=None)
    standing, due = _standing(policy, index, children, None if newest is None else newest[0])
    return Stream(
        policy=policy.desired.address,
        index=index,
        standing=standing,
        due=due,
        newest=None if newest is None else _copy(policy, newest[1]),
        stock=Stock.total(tuple(_copy(policy, child) for child in ready)),
        kept_as=_kept_as(policy.rules, ready),
        held=tuple(_held(policy, children)),
    )


def _covers(policy: _Policy, child: Child) -> Micros | None:
    """Give the moment up to which a backup serves; None where all that is known is to come yet."""
    known = [child.slot.due] if child.slot.due <= policy.world.now else []
    known += [child.taken_at] if child.taken_at <= policy.world.dating else []
    return max(known, default=None)


def _standing(
    policy: _Policy, index: str, children: Sequence[Child], covered: Micros | None
) -> tuple[Freshness, Micros | None]:
    fields = policy.desired.fields
    if index not in (policy.world.indexes or {}):
        mistyped = not (children or fields.get("allow_empty") or fields.get("paused"))
        return (Freshness.NEVER, policy.latest) if mistyped else (Freshness.ABSENT, None)
    if index not in policy.chosen:
        return Freshness.UNSELECTED, None
    if fields.get("paused"):
        return Freshness.PAUSED, None
    if covered is None:
        begun = [child.taken_at for child in children if child.phase is Phase.RUNNING]
        recent = any(at + policy.grace > policy.world.dating for at in begun)
        return Freshness.BEGUN if recent else Freshness.NEVER, policy.latest
    due = policy.upcoming
    if policy.latest is not None and covered < policy.latest:
        due = schedule.next_due(policy.plan, covered)
    late = due is not None and due + policy.grace < policy.world.now
    return Freshness.LATE if late else Freshness.FRESH, due


def _copy(policy: _Policy, child: Child) -> Copy:
    observed = policy.objects.get(child.remote_id)
    facts = {} if observed is None else observed.facts
    return Copy(
        remote_id=child.remote_id,
        taken_at=child.taken_at,
        address=child.address,
        records=integer(facts.get("record_count")),
        size_bytes=integer(facts.get("size_bytes")),
    )


def _kept_as(rules: Rules, ready: Sequence[Child]) -> Mapping[str, int]:
    """Count what each rule keeps; an index that was made anew is counted by itself."""
    groups: dict[str, list[retention.Copy]] = {}
    for child in ready:
        copy = retention.Copy(str(child.address), child.taken_at)
        groups.setdefault(child.source, []).append(copy)
    found: Counter[str] = Counter()
    for group in groups.values():
        for reasons in retention.keep(group, rules.retention, rules.zone, rules.now).values():
            found.update(reason.removesuffix(" backup") for reason in reasons)
    return dict(found)


def _held(policy: _Policy, children: Sequence[Child]) -> Iterator[Held]:
    for hold in holds(policy.desired.fields, policy.world.now):
        for child in children:
            if hold.backup in child.names:
                yield Held(child.address, hold.reason, hold.until)
