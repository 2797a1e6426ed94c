"""Finds drift: the live objects against what state recorded, whatever is declared by now.

A plan compares with the declaration, so it cannot tell what somebody changed in the project from
what was never applied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import FieldChange
from reconciler.model.desired import Ensure
from reconciler.model.drift import Drift, Drifted, How, Pending, Unapplied, Unseen
from reconciler.model.observed import Observed, Phase
from reconciler.model.state import Entry
from reconciler.planning.compare import compare
from reconciler.planning.doubts import doubt
from reconciler.planning.expansion import expand
from reconciler.planning.given import Given, shown
from reconciler.planning.ignoring import is_ignored
from reconciler.planning.moving import follow
from reconciler.planning.sight import Sight, another, find, may_vanish
from reconciler.planning.tables import tables_of


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found of one entry; nothing at all where it is as recorded."""

    found: Drifted | None = None
    unseen: Unseen | None = None
    ignored: int = 0


def find_drift(given: Given, ignore: Sequence[str] = ()) -> Drift:
    """Compare; `ignore` are patterns of ADDRESS.field whose differences do not count. Pure."""
    given, _ = follow(given)
    given, _, _ = expand(given)
    given, _ = doubt(replace(given, tables=tables_of(given)))
    entries = [entry for _, entry in sorted(given.state.entries.items())]
    looks = [_look(given, entry, ignore) for entry in entries]
    return Drift(
        now=given.world.now,
        found=tuple(one.found for one in looks if one.found is not None),
        pending=tuple(_pending(given)),
        unseen=tuple(one.unseen for one in looks if one.unseen is not None),
        as_recorded=sum(1 for one in looks if one.found is None and one.unseen is None),
        ignored=sum(one.ignored for one in looks),
    )


def _look(given: Given, entry: Entry, ignore: Sequence[str]) -> _Look:
    kind = given.kinds[entry.address.kind]
    if may_vanish(kind, entry):  # a job that has ended is history, and history does not drift
        return _Look()
    finding = find(kind, entry, given)
    if finding.sight in {Sight.UNREADABLE, Sight.NOT_YET}:
        why = finding.why or "made moments ago, not in the lists yet"
        return _Look(unseen=Unseen(entry.address, why))
    if finding.observed is not None:
        return _seen(given, entry, finding.sight, finding.observed, ignore)
    if entry.phase is Phase.RUNNING and entry.handle is not None:
        return _Look()  # its job is still to make it
    return _drifted(entry, How.GONE, "gone from the project")


def _seen(
    given: Given, entry: Entry, sight: Sight, observed: Observed, ignore: Sequence[str]
) -> _Look:
    if sight is Sight.STRANGER:
        return _drifted(entry, How.ANOTHER, another(entry, observed)[1], observed)
    if observed.phase is Phase.FAILED and entry.phase is not Phase.FAILED:
        return _drifted(entry, How.FAILED, "failed in the project", observed)
    if entry.phase is not Phase.READY:
        return _Look()
    return _compared(given, entry, observed, ignore)


def _drifted(entry: Entry, how: How, because: str, observed: Observed | None = None) -> _Look:
    facts = shown(observed, entry)
    return _Look(Drifted(entry.address, entry.remote_id, how, because, facts=facts))


def _compared(given: Given, entry: Entry, observed: Observed, ignore: Sequence[str]) -> _Look:
    """Compare the fields that we own: what was declared when it was last applied."""
    differs = compare(given.kinds[entry.address.kind].rules, entry.fields, entry, observed)
    turned = [
        FieldChange(one.path, before=one.after, after=one.before)
        for one in (*differs.updatable, *differs.drifted)
    ]
    kept = [one for one in turned if not is_ignored(f"{entry.address}.{one.path}", ignore)]
    ignored = len(turned) - len(kept)
    if not kept:
        return _Look(ignored=ignored)
    names = sorted({one.path.partition(".")[0] for one in kept})
    because = f"{' and '.join(names)} changed in the project"
    found = Drifted(
        entry.address, entry.remote_id, How.CHANGED, because, tuple(kept), shown(observed, entry)
    )
    return _Look(found, ignored=ignored)


def _pending(given: Given) -> Iterator[Pending]:
    """Tell what the configuration wants that was never applied, from state alone."""
    declared, held = given.configuration.desired, given.state.entries
    for address in sorted({*declared, *held}):
        desired, entry = declared.get(address), held.get(address)
        wanted = desired is not None and desired.ensure is not Ensure.ABSENT
        if entry is None and desired is not None and desired.ensure is Ensure.PRESENT:
            yield Pending(address, Unapplied.MAKE)
        elif entry is not None and not wanted and entry.owner is None:
            yield Pending(address, Unapplied.END)
        elif entry is not None and desired is not None:
            differs = compare(given.kinds[address.kind].rules, desired.fields, entry, None)
            paths = [one.path for one in (*differs.immutable, *differs.updatable)]
            paths += [one.path for one in (*differs.identity, *differs.next_run)]
            if paths:
                yield Pending(address, Unapplied.CHANGE, tuple(sorted(paths)))
