"""What a plan tells people of a policy: what they declared and does not come to anything."""

from collections.abc import Iterator, Sequence

from reconciler.kinds._children import Child, by_index, running
from reconciler.kinds._holds import vain
from reconciler.kinds._selection import Selection
from reconciler.kinds._taking import left_behind, namesakes
from reconciler.model import schedule
from reconciler.model.desired import Desired, Ensure
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.kind import World


def nothing_selected(desired: Desired, chosen: Selection, world: World) -> Iterator[Diagnostic]:
    """Refuse a selection that fits no index, unless it says that there may be none."""
    if chosen.indexes or desired.fields.get("allow_empty"):
        return
    count = len(world.indexes or ())
    yield Diagnostic(
        "policy-selects-nothing",
        f"{desired.address} selects none of the project's indexes ({count:,})",
        "correct `indexes`; `allow_empty: true` says that there may be none",
        desired.source,
    )


def about_indexes(desired: Desired, chosen: Selection) -> Iterator[Diagnostic]:
    """Warn of indexes of which no backup can be made, or none yet."""
    for name in chosen.missing:
        said = f"{desired.address} names the index {name}, which is not in the project"
        yield _warning(desired, "policy-index", said, "correct the name, or remove it")
    for name in chosen.pods:
        said = f"{desired.address} names the index {name}, which is made of pods"
        yield _warning(desired, "policy-index", said, "declare a collection of it instead")
    for index in chosen.indexes:
        if not index.ready:
            said = f"{desired.address} makes no backup of {index.name}, which is not ready"
            yield _warning(desired, "policy-index", said, "run again once it is")


def waiting(
    desired: Desired, world: World, chosen: Selection, children: Sequence[Child]
) -> Iterator[Diagnostic]:
    """Warn of selected indexes whose newest slot has to wait."""
    due = schedule.latest_due(schedule.parse(desired.fields), world.now)
    mine = by_index(children)
    for index in chosen.indexes if due is not None else ():
        before = running(mine.get(index.name, ()), due or 0)
        newest = max(mine.get(index.name, ()), key=lambda child: child.slot, default=None)
        none = f"{desired.address} makes no backup of {index.name}"
        if before is not None:
            said = f"{none}: {before.address} still runs"
            hint = "it is waited for; if it is stuck, delete it by hand, and the next run makes one"
            yield _warning(desired, "policy-running", said, hint)
        elif newest is not None and newest.slot.due > world.now:
            said = f"{none} before the slot of {newest.address}, which is still to come"
            hint = f"a wrong clock made it: delete it, then `reconciler state rm {newest.address}`"
            yield _warning(desired, "policy-ahead", said, hint)


def renamed(desired: Desired, world: World, chosen: Selection) -> Iterator[Diagnostic]:
    """Warn where a new policy seems to be an old one by another name: nothing would follow it."""
    for before, count in left_behind(desired, world, chosen).items():
        said = f"{before} is declared no more, and {desired.address}, which is new, selects indexes"
        said = f"{said} of which it has {count:,} backup{'' if count == 1 else 's'}"
        hint = f"if it was renamed, declare moved: [{{from: {before}, to: {desired.address}}}]"
        yield _warning(desired, "policy-renamed", said, hint)


def name_reused(desired: Desired, world: World, children: Sequence[Child]) -> Iterator[Diagnostic]:
    """Refuse a new policy by the name that another had: a rebuilt state could not tell them."""
    for other, count in () if children else namesakes(desired, world).items():
        made = f"{count:,} backup{'' if count == 1 else 's'}"
        said = f"{desired.address}, which is new, is called as {other} was when it made {made}"
        hint = "call it otherwise: markers never change, and a rebuilt state would give it those"
        yield Diagnostic("policy-name", said, hint, desired.source)


def vain_holds(desired: Desired, world: World, children: Sequence[Child]) -> Iterator[Diagnostic]:
    """Tell of holds that hold nothing; what one was to keep is not deleted with its policy."""
    hint = "correct it: an id, a name or an address that `reconciler state list` shows"
    ends = desired.ensure is Ensure.ABSENT
    for hold in vain(desired.fields, world.now, children):
        said = f"{desired.address} holds {hold.backup}, which is none of its backups"
        said = f"{said}, so none of them {'is deleted' if ends else 'expires'}"
        severity = Severity.ERROR if ends else Severity.WARNING
        yield Diagnostic("hold-unknown", said, hint, desired.source, severity)


def unreadable(desired: Desired) -> Diagnostic:
    """Say what becomes of the policy where nobody knows the indexes."""
    said = f"{desired.address}: the list of indexes could not be read"
    hint = "none of its backups is made, and none expires; run again when it can be read"
    return _warning(desired, "unreadable", said, hint)


def _warning(desired: Desired, reference: str, said: str, hint: str) -> Diagnostic:
    return Diagnostic(reference, said, hint, desired.source, Severity.WARNING)
