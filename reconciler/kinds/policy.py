"""Policies: a stream of backups of the selected indexes, one for each slot, and their retention.

A policy is nothing in the project. It stands for backups: those that are due, and those that state
knows as made by it. What is due and what expires is worked out from the clock of the plan, so that
apply does what was reviewed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler.kinds import backup
from reconciler.kinds._children import (
    MOST_FAILURES,
    Child,
    Rules,
    attempt,
    by_index,
    failures,
    owned,
    retained,
)
from reconciler.kinds._freshness import streams
from reconciler.kinds._holds import hold_back, holding
from reconciler.kinds._problems import problems_of
from reconciler.kinds._selection import Selection, select, texts
from reconciler.kinds._slots import Slot, address
from reconciler.kinds._taking import as_children, claimed, signed, spent, taken_back
from reconciler.kinds._telling import (
    about_indexes,
    name_reused,
    nothing_selected,
    renamed,
    unreadable,
    vain_holds,
    waiting,
)
from reconciler.kinds._template import fill
from reconciler.kinds._tracks import declared, live
from reconciler.model import retention, schedule
from reconciler.model import rules as model
from reconciler.model.address import Address
from reconciler.model.board import Stream
from reconciler.model.desired import Desired, Ensure, Held
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Expansion, Kind, Path, World
from reconciler.model.observed import Observed
from reconciler.model.rules import FieldRule, Needs, WhenGone
from reconciler.model.track import Track
from reconciler.model.values import Fields, Micros, integer, mapping, text
from reconciler.model.zone import find_zone

_FIELDS: Final = (
    "indexes",
    "schedule",
    "every",
    "timezone",
    "name",
    "description",
    "retention",
    "min_ready",
    "hold",
    "claim",
    "paused",
    "allow_empty",
)


class Policy(Kind):
    """The kind `policy`."""

    name: Final = "policy"
    key: Final = "backup_policies"
    rules: Final = model.Rules(
        fields=dict.fromkeys(_FIELDS, FieldRule.LOCAL),
        when_gone=WhenGone.ATTENTION,
        defaults={"min_ready": 1, "paused": False, "allow_empty": False},
    )
    remote: Final = None

    def problems(self, name: str, fields: Fields) -> tuple[tuple[Path, Diagnostic], ...]:
        """Find schedules, rules and names that cannot be."""
        return tuple(problems_of(name, fields))

    def needs(self, fields: Fields) -> Needs:
        """The indexes that it names; those that fit a pattern are known once they are there."""
        return Needs(indexes=tuple(texts(mapping(fields["indexes"]).get("names"))))

    def child(self, desired: Desired, observed: Observed) -> Desired | None:
        """Give the backup that a live one was made as: one whose marker names a slot of ours."""
        return signed(desired, observed)

    def expand(self, desired: Desired, world: World) -> Expansion:
        """Give the backups to make, to keep and to let expire, each with its reasons."""
        children = owned(desired.address, world)
        if desired.ensure is Ensure.ABSENT:
            return Expansion(
                make=tuple(_absent(desired, children, world)),
                refusals=tuple(vain_holds(desired, world, children)) if children else (),
            )
        chosen = select(mapping(desired.fields["indexes"]), world.indexes or {})
        taken = tuple(taken_back(desired, world))
        if world.indexes is not None and not desired.fields.get("paused"):
            taken = (*taken, *claimed(desired, world, chosen))
        mine = (*children, *as_children(taken, world))
        held = holding(desired.fields, world.now, mine)
        found = Expansion(
            make=tuple(_held(one, held) for one in taken),
            lifecycle=desired.lifecycle,
            held=held,
            warnings=() if children else tuple(renamed(desired, world, chosen)),
        )
        if desired.fields.get("paused"):
            return replace(found, keep={one.address: ("the policy is paused",) for one in children})
        if world.indexes is None:
            return replace(found, warnings=(unreadable(desired),))
        known = (*mine, *spent(desired, world, mine))
        made = tuple(_due(desired, world, chosen, known))
        coming = {text(one.fields["index"]): one.address for one in made}
        kept = retained(children, coming, _rules(desired, world.now))
        hold_back(kept, desired.fields, world.now, mine)
        return replace(
            found,
            make=(*found.make, *made),
            keep=kept.keep,
            expire=kept.expire,
            pushed=kept.pushed,
            least=integer(desired.fields["min_ready"]) or 1,
            attention=_stopped(children),
            refusals=(
                *nothing_selected(desired, chosen, world),
                *name_reused(desired, world, children),
            ),
            warnings=(
                *about_indexes(desired, chosen),
                *found.warnings,
                *waiting(desired, world, chosen, known),
                *vain_holds(desired, world, mine),
            ),
        )

    def selects(self, desired: Desired, world: World) -> bool | None:
        """Whether it selects an index, or says that there may be none; None while it is to end."""
        if desired.ensure is Ensure.ABSENT:
            return None
        chosen = select(mapping(desired.fields["indexes"]), world.indexes or {})
        return bool(chosen.indexes or desired.fields.get("allow_empty"))

    def streams(self, desired: Desired, world: World, grace: Micros) -> tuple[Stream, ...]:
        """Say how fresh the backups of each index are; one that is to end has none."""
        if desired.ensure is Ensure.ABSENT:
            return ()
        return tuple(streams(desired, world, _rules(desired, world.now), grace))

    def tracks(self, desired: Desired, world: World | None) -> tuple[Track, ...]:
        """Say what it does over time; one that is to end does nothing."""
        if desired.ensure is Ensure.ABSENT:
            return ()
        return (declared(desired),) if world is None else tuple(live(desired, world))


def _absent(desired: Desired, children: Sequence[Child], world: World) -> Iterator[Desired]:
    found = holding(desired.fields, world.now, children)
    for child in children:
        gone = Desired(
            address=child.address,
            fields=world.entries[child.address].fields,
            source=desired.source,
            ensure=Ensure.ABSENT,
            lifecycle=desired.lifecycle,
            owner=desired.address,
        )
        yield _held(gone, found)


def _held(child: Desired, held: Mapping[Address, Held]) -> Desired:
    return replace(child, lifecycle=replace(child.lifecycle, held=held.get(child.address)))


def _due(
    desired: Desired, world: World, chosen: Selection, children: Sequence[Child]
) -> Iterator[Desired]:
    """Give the backups to make now: no more than one of an index, for its newest slot."""
    due = schedule.latest_due(schedule.parse(desired.fields), world.now)
    mine = by_index(sorted(children, key=lambda child: (child.slot, child.address)))
    for index in chosen.indexes if due is not None else ():
        slot = attempt(mine.get(index.name, ()), due) if index.ready and due is not None else None
        if slot is not None:
            yield _made(desired, index.name, slot)


def _made(desired: Desired, index: str, slot: Slot) -> Desired:
    policy, template = desired.address.name, text(desired.fields.get("name"))
    place = address(policy, index, slot)
    fields: Fields = {
        "index": index,
        "name": fill(template, policy, index, slot) if template else place.name,
        "description": desired.fields.get("description"),
    }
    return Desired(
        address=place,
        fields=backup.KIND.complete(place.name, fields),
        source=desired.source,
        depends_on=desired.depends_on,
        lifecycle=desired.lifecycle,
        owner=desired.address,
    )


def _rules(desired: Desired, now: Micros) -> Rules:
    return Rules(
        retention=retention.parse(mapping(desired.fields.get("retention"))),
        zone=find_zone(text(desired.fields.get("timezone")) or "UTC"),
        least=integer(desired.fields["min_ready"]) or 1,
        now=now,
    )


def _stopped(children: Sequence[Child]) -> Mapping[Address, str]:
    found: dict[Address, str] = {}
    for index, mine in by_index(children).items():
        failed = failures(mine)
        if len(failed) >= MOST_FAILURES:
            said = f"{len(failed)} attempts failed in a row, so none is made of {index} any more"
            found[failed[0].address] = f"{said} until somebody looks"
    return found


KIND: Final[Kind] = Policy()
