"""Says in words what moved since a plan was made: what stood there then, and what stands now."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Precondition, Standing
from reconciler.model.desired import Desired
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Kind
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Header, Operation, Plan, Step
from reconciler.model.values import JSON, SECOND, Micros, canonical
from reconciler.planning.identity import tool_major

_AGAIN = "plan again, and have that plan reviewed"
_NO_FIELD = "no field or lifecycle: a policy, adopt, ensure, depends_on, moved or a name"
_MOST_NAMED = 5
_SKEW: Micros = 5 * 60 * SECOND


def misfits(
    saved: Header, now: Header, *, resumed: bool, apart: str = ""
) -> tuple[Diagnostic, ...]:
    """Say in what a saved plan and this run do not belong together; `apart` in what declarations.

    A plan made before the first apply has no lineage; its own first run begins one.
    """
    begun = saved.lineage is None and resumed
    lineages = ("the state of lineage", saved.lineage or "none", now.lineage or "none")
    pairs = (
        ("reconciler", f"{tool_major(saved.tool)}.x", f"{tool_major(now.tool)}.x"),
        ("the API at", saved.api_base, now.api_base),
        ("the configuration", saved.configuration, now.configuration),
        ("the declarations with digest", *_declarations(saved, now, apart)),
        *(() if begun else (lineages, *_states(saved, now))),
    )
    return tuple(
        Diagnostic(
            "plan-mismatch",
            f"the plan was made for {what} {before}, this run is for {present}",
            f"apply it with what it was made of, or {_AGAIN}",
        )
        for what, before, present in pairs
        if before != present
    )


def declared_apart(
    reviewed: Plan, declared: Mapping[Address, Desired], kinds: Mapping[str, Kind]
) -> str:
    """Name what is declared otherwise than it was for a plan; empty where the plan cannot tell.

    It cannot where only a part was planned or all was to go. What stands for others has no change
    of its own, and a change does not hold all that its block says: then it is none of the rest.
    """
    if reviewed.left_out or reviewed.permissions.destroy:
        return ""
    desired = {one: item for one, item in declared.items() if kinds[one.kind].remote is not None}
    then = {one.address: one for one in reviewed.changes if one.source and one.owner is None}
    both = then.keys() & desired.keys()
    found = (
        ("declared only then", then.keys() - both),
        ("declared only now", desired.keys() - both),
        (
            "declared differently",
            {one for one in both if _differs(then[one], desired[one], kinds[one.kind])},
        ),
    )
    told = "; ".join(f"{how}: {_first(sorted(those))}" for how, those in found if those)
    return told or _NO_FIELD


def _differs(then: Change, now: Desired, kind: Kind) -> bool:
    """Compare two declarations; a rename leaves the name that the old key gave."""
    named = kind.rules.named_after_key
    dropped = named if named and now.fields.get(named) == now.address.name else None
    was, is_now = (
        canonical({key: value for key, value in fields.items() if key != dropped})
        for fields in (then.wanted, now.fields)
    )
    return was != is_now or then.lifecycle != now.lifecycle


def _first(addresses: Sequence[Address]) -> str:
    more = len(addresses) - _MOST_NAMED
    named = ", ".join(map(str, addresses[:_MOST_NAMED]))
    return f"{named} and {more:,} more" if more > 0 else named


def _declarations(saved: Header, now: Header, apart: str) -> tuple[str, str]:
    before, present = saved.configuration_digest[:12], now.configuration_digest[:12]
    return before, f"{present} ({apart})" if apart and before != present else present


def _states(saved: Header, now: Header) -> Iterator[tuple[str, str, str]]:
    """Tell states apart that no apply has given a lineage yet."""
    if saved.state_file is not None and now.state_file is not None:
        yield "the state file", saved.state_file, now.state_file


def too_old(saved: Header, now: Micros, max_age: Micros) -> tuple[Diagnostic, ...]:
    """Refuse a plan that was made too long ago, or by a clock that runs ahead of ours."""
    age = now - saved.now
    if -_SKEW <= age <= max_age:
        return ()
    if age < 0:
        said, hint = f"{-age // SECOND} s from now: one of the two clocks is wrong", _AGAIN
    else:
        said = f"{age // SECOND} s ago, more than --max-age allows ({max_age // SECOND} s)"
        hint = f"{_AGAIN}; --max-age DURATION permits older ones"
    made = rfc3339(saved.now)
    return (Diagnostic("plan-age", f"the plan was made at {made}, {said}", hint),)


def moved_on(reviewed: Plan, change: Change, there: Sequence[Change]) -> Diagnostic:
    """Say why a change that was reviewed would not be planned again."""
    same = [one for one in there if one.remote_id == change.remote_id]
    now = next(iter((*same, *there)), None)
    if now is None:
        return _told(reviewed, change, "it is neither declared nor in state any more")
    if now.standing is Standing.UNREADABLE:
        said = f"{change.address}: it cannot be compared with the plan: {now.because}"
        hint = "run again with the same plan in a while; it was not touched"
        return Diagnostic("plan-stale", said, hint, change.source)
    found = next((said for said in _differences(change, now)), "it would be planned otherwise")
    return _told(reviewed, change, found)


def needs_more(reviewed: Plan, change: Change, step: Step) -> Diagnostic:
    """Say that more would have to be done than was reviewed."""
    what = "its deletion protection was turned on"
    if step.operation is not Operation.UNPROTECT:
        what = f"another step is needed: {step.operation.value}"
    return _told(reviewed, change, what)


def not_ready(reviewed: Plan, change: Change, address: Address) -> Diagnostic:
    """Say that what was to be Ready before something expires has not become so."""
    return _told(reviewed, change, f"{address}, which was to be Ready first, is not")


def renamed(reviewed: Plan, made: Plan) -> list[Diagnostic]:
    """Refuse declared renames that state would follow now, and would not have then."""
    return [
        Diagnostic(
            "plan-stale",
            f"{after}: state holds {before} since this plan was made at "
            f"{rfc3339(reviewed.header.now)}, and would call it {after} now",
            _AGAIN,
        )
        for before, after in sorted(made.moves.items())
        if reviewed.moves.get(before) != after
    ]


def _told(reviewed: Plan, change: Change, what: str) -> Diagnostic:
    when = f"since this plan was made at {rfc3339(reviewed.header.now)}"
    return Diagnostic("plan-stale", f"{change.address}: {what}, {when}", _AGAIN, change.source)


def _differences(before: Change, now: Change) -> Iterator[str]:
    """Tell what differs, the most telling first."""
    if before.remote_id is None and now.remote_id is not None and now.action is not Action.ADOPT:
        yield f"{now.remote_id} was made or taken into state by another run"
    if now.standing in {Standing.UNCHANGED, Standing.ATTENTION, Standing.REFUSED}:
        yield from _standing_still(now)
    if now.action is not before.action:
        was, would_be = _to(before), _to(now)
        yield f"{was} was planned ({before.because}), now {would_be} would be ({now.because})"
    yield from _fields(before.fields, now.fields)
    if before.remote_id != now.remote_id:
        yield f"{_named(before.remote_id)} was there, and {_named(now.remote_id)} is now"
    if before.precondition is not None and now.precondition is not None:
        yield from _object(before.precondition, now.precondition)
    yield from _chosen(before, now)
    if before.reason is not now.reason:
        yield f"it was planned since {before.because}, now it would be since {now.because}"
    if before.wanted != now.wanted:
        yield "other fields are wanted"


def _standing_still(now: Change) -> Iterator[str]:
    if now.standing is Standing.UNCHANGED:
        yield f"nothing is left to do ({now.because})"
    else:
        yield f"it cannot be done any more: {now.because}"


def _fields(before: Sequence[FieldChange], now: Sequence[FieldChange]) -> Iterator[str]:
    then: Mapping[str, FieldChange] = {one.path: one for one in before}
    live: Mapping[str, FieldChange] = {one.path: one for one in now}
    for path in sorted(then.keys() & live.keys()):
        if then[path].before != live[path].before:
            was, is_now = _said(then[path].before), _said(live[path].before)
            yield f"its {path} was changed in the project, from {was} to {is_now}"
    for path in sorted(live.keys() - then.keys()):
        yield f"its {path} was changed in the project, to {_said(live[path].before)}"
    for path in sorted(then.keys() - live.keys()):
        yield f"its {path} was changed in the project, to what is declared"


def _object(before: Precondition, now: Precondition) -> Iterator[str]:
    if before.phase is not now.phase:
        yield f"{now.remote_id} was {before.phase.value}, and is {now.phase.value}"
    if before.created_at != now.created_at:
        yield f"{now.remote_id} was made anew under the same id"
    for key in sorted(before.traits.keys() & now.traits.keys()):
        was, is_now = before.traits[key], now.traits[key]
        if was != is_now and was is not None:
            yield f"{now.remote_id} has another {key}: {_said(was)} then, {_said(is_now)} now"
    if before.marker != now.marker:
        yield f"{now.remote_id} carries another marker than it did"


def _chosen(before: Change, now: Change) -> Iterator[str]:
    was, chosen = before.pins.get("backup_id"), now.pins.get("backup_id")
    if was != chosen and was is not None and chosen is not None:
        yield f"backup {_said(was)} was chosen for it, and backup {_said(chosen)} would be now"
    if before.awaits != now.awaits:
        gone = ", ".join(before.awaits or now.awaits)
        known = "is known already" if before.awaits else "is not known any more"
        yield f"what it is made from ({gone}) {known}"


def _to(change: Change) -> str:
    return _NOUNS.get(change.action, change.action.value)


_NOUNS: Mapping[Action, str] = {
    Action.NO_OP: "nothing",
    Action.CREATE: "a create",
    Action.UPDATE: "an update",
    Action.REPLACE: "a replacement",
    Action.DELETE: "a delete",
    Action.CANCEL: "a cancel",
    Action.ADOPT: "an adoption",
    Action.FORGET: "to forget it",
    Action.WAIT: "a wait",
}


def _named(remote_id: str | None) -> str:
    return "no object of ours" if remote_id is None else remote_id


def _said(value: JSON) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else canonical(value).decode("utf-8", "replace")
