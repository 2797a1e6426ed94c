"""Guards of what a state belongs to: anything else is refused before the first write."""

from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.observed import Observed, Seen
from reconciler.model.rules import MarkerIn
from reconciler.model.state import Entry
from reconciler.planning.given import Given

_MOST_SHOWN = 3


def binding_refusals(given: Given) -> tuple[Diagnostic, ...]:
    """Refuse a state that belongs to another API, project or configuration."""
    bound = given.state.binding
    if bound is None:
        return (*_markers_without_state(given), *_unread_without_state(given))
    named = _mismatch("configuration", bound.configuration, given.configuration.name)
    base = _mismatch("API base", bound.api_base, given.api_base)
    if base:  # what another host shows says nothing about our project
        return base + named
    project = _mismatch("project", bound.project or given.project, given.project or bound.project)
    return named + project + _unrecognised(given, bound.project)


def _unrecognised(given: Given, project: str | None) -> tuple[Diagnostic, ...]:
    """Refuse a project without any index, which may be another one than that of the state."""
    held = len(given.state.entries)
    unseen = given.project is None and given.world.indexes is not None
    if project is None or not unseen or not held or (given.permissions.missing or 0) >= held:
        return ()
    if any(_is_seen(given, entry) for entry in given.state.entries.values()):
        return ()
    return (
        Diagnostic(
            "state-belongs-elsewhere",
            f"this state holds {number(held, 'object')} of project {project}, and the project "
            "cannot be recognised: this key sees no index",
            f"check the key; if all indexes are truly gone, --allow-missing {held} believes it",
        ),
    )


def _is_seen(given: Given, entry: Entry) -> bool:
    """An object of ours, found under its id, tells the project as well as a host does."""
    remote = given.kinds[entry.address.kind].remote
    objects = given.world.seen.get(entry.address.kind, Seen()).objects
    return remote is not None and any(remote.same(entry, item) for item in objects)


def _mismatch(what: str, bound: str | None, present: str | None) -> tuple[Diagnostic, ...]:
    if bound == present:
        return ()
    return (
        Diagnostic(
            "state-belongs-elsewhere",
            f"this state belongs to {what} {bound}, this run is for {present}",
            "choose the right state with --state or -w, or the right host, key and configuration",
        ),
    )


def _markers_without_state(given: Given) -> tuple[Diagnostic, ...]:
    if given.permissions.new_state:
        return ()
    signed = [
        f"{observed.marker.address} ({observed.remote_id})"
        for seen in given.world.seen.values()
        for observed in seen.objects
        if observed.marker is not None and _is_declared(given, observed.marker.address, observed)
    ]
    if not signed:
        return ()
    shown = ", ".join(sorted(signed)[:_MOST_SHOWN])
    more = ", ..." if len(signed) > _MOST_SHOWN else ""
    return (
        Diagnostic(
            "state-missing",
            f"there is no state, but markers of declared addresses were found on "
            f"{number(len(signed), 'live object')}: {shown}{more}",
            "run `reconciler state rebuild` with this configuration to recover it; "
            "--new-state starts another state beside them",
        ),
    )


def _is_declared(given: Given, address: Address, observed: Observed) -> bool:
    """Whether an object was made for a declaration, or for one that stands for others."""
    declared = given.configuration.desired
    if address in declared:
        return True
    owners = (one for one in declared.values() if given.kinds[one.address.kind].remote is None)
    return any(given.kinds[one.address.kind].child(one, observed) for one in owners)


def _unread_without_state(given: Given) -> tuple[Diagnostic, ...]:
    """Refuse to start anew where a list that may show our markers could not be read."""
    if given.permissions.new_state:
        return ()
    found: dict[str, str] = {}
    for name, seen in given.world.seen.items():
        remote = given.kinds[name].remote
        if remote is not None and remote.marker_in is not MarkerIn.NONE:
            found.update(seen.unreadable)
    return tuple(
        Diagnostic(
            "state-missing",
            f"there is no state, and whether objects of an earlier one are there cannot be known: "
            f"the list of {listing.replace('_', ' ')} could not be read: {why}",
            "run again when it can be read; --new-state starts a new state all the same",
        )
        for listing, why in sorted(found.items())
    )


def number(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
