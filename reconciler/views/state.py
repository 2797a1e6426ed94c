"""State as people and machines read it: entries, what is known of one address, workspaces."""

from collections.abc import Iterator, Sequence

from reconciler.model.address import Address
from reconciler.model.kept import Known, Workspace
from reconciler.model.moment import rfc3339
from reconciler.model.state import Entry, Intent, State
from reconciler.model.state_json import entry_json, intent_json, item_json
from reconciler.model.values import JSON, Fields, text
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style
from reconciler.views.objects import details
from reconciler.views.tables import Paper, shortened
from reconciler.views.words import number

_TIMES = {"recorded_at", "written_at", "at", "created_at"}


def entries_json(state: State) -> list[JSON]:
    """Give all entries, each with what a script needs for a cut-over, then unsettled creates."""
    open_ = sorted(state.intents.values(), key=lambda one: one.ulid)
    found: list[JSON] = [_brief(entry) for _, entry in sorted(state.entries.items())]
    return [*found, *(_unsettled(one) for one in open_)]


def entry_lines(state: State, paper: Paper) -> Iterator[str]:
    """Give the entries one a line, then unsettled creates; hosts are cut where a line is too wide.

    Columns stay as they are in pipes.
    """
    width = max((len(str(address)) for address in state.entries), default=0)
    for address, entry in sorted(state.entries.items()):
        host = text(entry.facts.get("host"))
        where = f"  {inert(host)}" if host else ""
        known = f"{entry.phase.value:<7}  {inert(entry.remote_id)}{where}"
        line = f"{address!s:<{width}}  {known}"
        yield shortened(line, paper.width, paper.cut, tail=False)
    for intent in sorted(state.intents.values(), key=lambda item: item.ulid):
        yield f"{intent.address!s:<{width}}  unsettled create, apply settles it"


def rebuilt_lines(
    recovered: Sequence[Entry], candidates: Sequence[tuple[Address, str]]
) -> Iterator[str]:
    """Say what markers proved, and what to write into the YAML where nothing is proved."""
    for entry in recovered:
        yield f"recovered {entry.address}: {inert(entry.remote_id)}"
    for address, remote_id in candidates:
        line = f"adopt: {inert(remote_id)}"
        yield f"no proof  {address}: write `{line}` into it if that is it"
    yield f"{len(recovered)} recovered, {len(candidates)} to decide about."


def known_json(known: Known) -> Fields:
    """Give all that is known of one address; `entry` is null where it is not managed any more."""
    managed: Fields | None = None
    if known.entry is not None:
        whole = _timed(entry_json(known.entry))
        managed = {
            **_brief(known.entry),
            **{key: whole[key] for key in whole if key != "remote_id"},
        }
    return {
        "entry": managed,
        "intents": [_timed(intent_json(one)) for one in known.intents],
        "ledger": [_timed(item_json(one)) for one in known.ledger],
    }


def known_lines(known: Known, paper: Paper) -> list[Line]:
    """Give the same for people: what they look for first, first."""
    lines: list[Line] = []
    if known.entry is not None:
        lines += details(dict(_rows(known.entry)), paper)
    for intent in known.intents:
        lines += [*([Line()] if lines else []), Line("A create that is not settled:", Style.STRONG)]
        wanted = {f"declared {key}": found for key, found in intent.fields.items()}
        lines += details({"written at": rfc3339(intent.written_at), **wanted}, paper)
    for item in known.ledger:
        said = f"{item.reason.value.capitalize()} at {rfc3339(item.at)}:"
        lines += [*([Line()] if lines else []), Line(said, Style.STRONG)]
        known_of_it = {f"declared {key}": found for key, found in item.fields.items()}
        lines += details({"id": item.remote_id, **known_of_it, **item.facts}, paper)
    return lines


def forgotten_lines(entry: Entry) -> Iterator[str]:
    """Say what was forgotten, and what nobody looks after any more."""
    yield f"{entry.address} is forgotten, and left where it is: {inert(entry.remote_id)}"
    for remote_id in entry.deposed:
        yield f"  left over by its replacement, and forgotten too: {inert(remote_id)}"


def workspaces_json(found: Sequence[Workspace]) -> list[JSON]:
    """Give the states of a folder."""
    return [
        {
            "workspace": one.name,
            "configuration": one.configuration or None,
            "objects": one.objects,
            "problem": one.problem or None,
        }
        for one in found
    ]


def workspace_line(one: Workspace) -> str:
    """Say what a state is about, or why it cannot be read."""
    if one.problem:
        return f"{inert(one.name)}  cannot be read: {inert(one.problem)}"
    about = f", configuration {inert(one.configuration)}" if one.configuration else ""
    return f"{inert(one.name)}  {number(one.objects, 'object')}{about}"


def _brief(entry: Entry) -> dict[str, JSON]:
    return {
        "address": str(entry.address),
        "type": entry.address.kind,
        "name": entry.address.name,
        "id": entry.remote_id,
        "host": text(entry.facts.get("host")) or None,
        "phase": entry.phase.value,
        "verification": entry.verification.value,
        "recorded_at": rfc3339(entry.recorded_at),
    }


def _unsettled(intent: Intent) -> dict[str, JSON]:
    return {
        "address": str(intent.address),
        "type": intent.address.kind,
        "name": intent.address.name,
        "id": None,
        "host": None,
        "phase": "unsettled",
        "verification": "none",
        "recorded_at": rfc3339(intent.written_at),
    }


def _rows(entry: Entry) -> Iterator[tuple[str, JSON]]:
    yield from (
        ("address", str(entry.address)),
        ("id", entry.remote_id),
        ("host", text(entry.facts.get("host")) or None),
        ("recorded as", entry.phase.value),
        ("verified", None if entry.verification.value == "none" else entry.verification.value),
        ("recorded_at", entry.recorded_at),
    )
    yield from ((f"declared {key}", found) for key, found in entry.fields.items())
    yield from ((f"pinned {key}", found) for key, found in entry.pins.items())
    yield from ((key, found) for key, found in entry.facts.items() if key != "host")
    yield from (
        ("marker", entry.marker),
        ("prevent_destroy", entry.lifecycle.prevent_destroy),
        ("on_remove", entry.lifecycle.on_remove.value),
        ("on_change", entry.lifecycle.on_change.value),
        ("held", None if entry.lifecycle.held is None else entry.lifecycle.held.reason),
        ("depends on", [str(one) for one in entry.depends_on]),
        ("owner", None if entry.owner is None else str(entry.owner)),
        ("left over", list(entry.deposed)),
    )


def _timed(found: Fields) -> dict[str, JSON]:
    """Write times as RFC 3339, inside facts too."""
    return {
        key: rfc3339(item)
        if key in _TIMES and isinstance(item, int)
        else _timed(item)
        if key == "facts" and isinstance(item, dict)
        else item
        for key, item in found.items()
    }
