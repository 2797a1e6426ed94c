"""How objects are looked after, which is recorded in state and changes nothing in the project."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change, Reason
from reconciler.model.desired import Desired
from reconciler.model.plan import Care
from reconciler.model.rules import FieldRule
from reconciler.model.state import Entry
from reconciler.model.values import JSON
from reconciler.planning.expansion import Expansions, cared
from reconciler.planning.given import Given
from reconciler.planning.moving import named

_FIXED = {FieldRule.IDENTITY, FieldRule.IMMUTABLE}
_OURS = {FieldRule.LOCAL, FieldRule.NEXT_RUN}


def refreshes(given: Given, changes: Sequence[Change], expansions: Expansions) -> tuple[Entry, ...]:
    """Give the entries whose declared care changed: lifecycle, dependencies, fields of ours."""
    found: list[Entry] = []
    for change in changes:
        entry = given.state.entries.get(change.address)
        if entry is None or change.reason in {Reason.DEPOSED, Reason.UNSETTLED}:
            continue
        now = _cared_for(given, change, entry, expansions)
        if now != entry:
            found.append(now)
    return tuple(found)


def _cared_for(given: Given, change: Change, entry: Entry, expansions: Expansions) -> Entry:
    """Give an entry as it is looked after from now on."""
    desired = given.configuration.desired.get(change.address)
    if desired is None:  # then its owner says how, whatever becomes of it in this plan
        return replace(entry, lifecycle=cared(entry, expansions))
    if change.action is Action.ADOPT:
        return entry  # written anew
    return replace(
        entry,
        fields=_fields(given, change, entry, desired),
        lifecycle=desired.lifecycle,
        owner=desired.owner,
        depends_on=change.depends_on,
        pins={**entry.pins, **named(given, change.address)},
    )


def care(given: Given, entries: Sequence[Entry]) -> tuple[Care, ...]:
    """Say what of the refreshed entries decides about their end or replacement."""
    found: list[Care] = []
    for now in entries:
        before, moment = given.state.entries[now.address].lifecycle, given.world.now
        pairs: tuple[tuple[str, JSON, JSON], ...] = (
            ("prevent_destroy", before.prevent_destroy, now.lifecycle.prevent_destroy),
            ("on_remove", before.on_remove.value, now.lifecycle.on_remove.value),
            ("on_change", before.on_change.value, now.lifecycle.on_change.value),
            ("held", before.hold(moment) or None, now.lifecycle.hold(moment) or None),
        )
        found += [Care(now.address, f"lifecycle.{key}", a, b) for key, a, b in pairs if a != b]
    return tuple(found)


def _fields(given: Given, change: Change, entry: Entry, desired: Desired) -> Mapping[str, JSON]:
    """Take over what the API never sees; the rest only where it is known to be the same.

    What an object was made from is never written over: that is what the next plan compares with.
    """
    rules = given.kinds[change.address.kind].rules.fields
    if change.reason is Reason.MATCHES:
        fixed = {name for name, rule in rules.items() if rule in _FIXED}
        made = {name: value for name, value in entry.fields.items() if name in fixed}
        return {**made, **{n: value for n, value in desired.fields.items() if n not in fixed}}
    local = [name for name, rule in rules.items() if rule in _OURS]
    kept = {name: value for name, value in entry.fields.items() if name not in local}
    return {**kept, **{name: desired.fields[name] for name in local if name in desired.fields}}
