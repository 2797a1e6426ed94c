"""What a policy does about each index over time, by its declaration, or with what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler.kinds._children import Child, by_index, owned
from reconciler.kinds._holds import holds
from reconciler.kinds._selection import select
from reconciler.model import retention, schedule
from reconciler.model.desired import Desired
from reconciler.model.kind import World
from reconciler.model.observed import Phase
from reconciler.model.retention import Copy
from reconciler.model.track import Track
from reconciler.model.values import Fields, Micros, integer, mapping, text
from reconciler.model.zone import LATEST, find_zone

_PAUSED: Final = "the policy is paused"


def declared(desired: Desired) -> Track:
    """Give what the policy does about any index, from the first backup on."""
    fields = desired.fields
    return Track(
        policy=desired.address,
        index="",
        schedule=None if fields.get("paused") else schedule.parse(fields),
        retention=retention.parse(mapping(fields.get("retention"))),
        zone=find_zone(text(fields.get("timezone")) or "UTC"),
        least=integer(fields["min_ready"]) or 1,
        note=_PAUSED if fields.get("paused") else "",
        said=_said(fields),
    )


def live(desired: Desired, world: World) -> Iterator[Track]:
    """Give a track for each index that is selected or has backups by the policy.

    An index that was made anew is another: the backups of the old one are a track of their own, and
    nothing is added to it.
    """
    chosen = select(mapping(desired.fields["indexes"]), world.indexes or {}).indexes
    selected = {index.name for index in chosen}
    children = [child for child in owned(desired.address, world) if _counts(child)]
    mine, rules = by_index(children), declared(desired)
    for index in sorted({*selected, *mine}):
        groups: dict[str, list[Child]] = {}
        for child in mine.get(index, ()):
            groups.setdefault(child.source, []).append(child)
        present = mine[index][-1].source if index in mine else ""
        for source, group in groups.items() or {"": list[Child]()}.items():
            note = _note(desired, is_selected=index in selected, is_present=source == present)
            yield replace(
                rules,
                index=index,
                schedule=None if note else rules.schedule,
                existing=tuple(Copy(str(child.address), child.taken_at) for child in group),
                held=_held(desired, group, world.now),
                note=note,
            )


def _counts(child: Child) -> bool:
    return child.phase in {Phase.READY, Phase.RUNNING}


def _note(desired: Desired, *, is_selected: bool, is_present: bool) -> str:
    """Say why nothing is made of an index; empty where it is."""
    if desired.fields.get("paused"):
        return _PAUSED
    if not is_selected:
        return "it is selected no more"
    return "" if is_present else "it was made anew since"


def _held(desired: Desired, children: Sequence[Child], now: Micros) -> Mapping[str, Micros | None]:
    """Give the end of each hold; of several on one backup, the last."""
    lasting = sorted(
        holds(desired.fields, now), key=lambda hold: LATEST if hold.until is None else hold.until
    )
    return {
        str(child.address): hold.until
        for hold in lasting
        for child in children
        if hold.backup in child.names
    }


def _said(fields: Fields) -> str:
    """Write the rules as they were declared, on one line."""
    zone = f" in {text(fields['timezone'])}" if fields.get("timezone") else ""
    due = f"every {text(fields['every'])}" if fields.get("every") else text(fields["schedule"])
    rules = [f"{key}: {value}" for key, value in mapping(fields.get("retention")).items()]
    least = integer(fields["min_ready"]) or 1
    rules += [f"min_ready: {least}"] if least > 1 else []
    return f"{due}{zone}; {', '.join(rules) or 'no retention, everything is kept'}"
