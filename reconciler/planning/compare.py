"""Which declared fields differ, sorted by what a difference means.

We own only what was declared: keys of tags that nobody declared are other people's. A key that
was declared and is declared no more is unset.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.change import FieldChange
from reconciler.model.observed import Observed
from reconciler.model.rules import FieldRule, Rules
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Fields, mapping
from reconciler.model.visible import visible
from reconciler.planning.diff import diff


@dataclass(frozen=True, slots=True)
class Differences:
    """Field changes by rule."""

    immutable: tuple[FieldChange, ...] = ()
    updatable: tuple[FieldChange, ...] = ()
    identity: tuple[FieldChange, ...] = ()
    next_run: tuple[FieldChange, ...] = ()
    drifted: tuple[FieldChange, ...] = ()  # immutable; as recorded, but live is something else


def compare(
    rules: Rules, wanted: Fields, entry: Entry | None, observed: Observed | None
) -> Differences:
    """Compare what is declared with the live object, and with state where it cannot be read."""
    found: dict[FieldRule, list[FieldChange]] = {rule: [] for rule in FieldRule}
    drifted: list[FieldChange] = []
    for name, rule in rules.fields.items():
        if rule is FieldRule.LOCAL:
            continue
        live = None if observed is None else observed.fields
        recorded = {} if entry is None else entry.fields
        readable = live is not None and name in live
        if entry is None and not readable:
            continue  # adopted: what cannot be read is taken as declared
        if rule is FieldRule.IMMUTABLE and readable:
            moved, drift = _fixed(name, wanted.get(name), mapping(live)[name], entry)
            found[rule] += moved
            drifted += drift
            continue
        by_record = entry is not None and (rule is FieldRule.IDENTITY or not readable)
        source = recorded if by_record else mapping(live)
        found[rule] += _field(name, rule, source.get(name), wanted.get(name), recorded.get(name))
    return Differences(
        tuple(found[FieldRule.IMMUTABLE]),
        tuple(found[FieldRule.UPDATABLE]),
        tuple(found[FieldRule.IDENTITY]),
        tuple(found[FieldRule.NEXT_RUN]),
        tuple(drifted),
    )


_Changes = tuple[FieldChange, ...]


def _fixed(name: str, wanted: JSON, live: JSON, entry: Entry | None) -> tuple[_Changes, _Changes]:
    """Tell a declaration that changed from an API that shows what nobody declared."""
    if live == wanted or _plain(live) == _plain(wanted):
        return (), ()
    changes = diff({name: live}, {name: wanted})
    if entry is not None and _plain(entry.fields.get(name)) == _plain(wanted):
        return (), changes
    return changes, ()


def _plain(value: JSON) -> JSON:
    """Take white space for what servers make of it; an empty text is none.

    What nobody sees cannot be declared, and makes no difference.
    """
    if not isinstance(value, str):
        return value
    return " ".join(word for word in map(visible, value.split()) if word) or None


def _field(
    name: str, rule: FieldRule, before: JSON, wanted: JSON, recorded: JSON
) -> tuple[FieldChange, ...]:
    if rule is FieldRule.UPDATABLE and isinstance(wanted, Mapping):
        return _owned_keys(name, mapping(before), wanted, mapping(recorded))
    return diff({name: before}, {name: wanted})


def _owned_keys(
    name: str, before: Fields, wanted: Fields, recorded: Fields
) -> tuple[FieldChange, ...]:
    ours = {*wanted, *recorded}
    live = {key: value for key, value in before.items() if key in ours}
    return diff({name: live}, {name: wanted})
