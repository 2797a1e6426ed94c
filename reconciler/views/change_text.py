"""One change as people read it: what, to which object, why - and what is at stake."""

from collections.abc import Mapping

from reconciler.model.change import Action, Change, FieldChange, Standing
from reconciler.model.plan import Plan
from reconciler.model.values import JSON, integer, mapping
from reconciler.views.inert import disarmed, inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import facts, number, value

_SYMBOLS = {
    Action.NO_OP: " ",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "+/-",
    Action.DELETE: "-",
    Action.CANCEL: "x",
    Action.ADOPT: "<",
    Action.FORGET: ".",
    Action.WAIT: "=",
}
_STYLES = {
    Action.NO_OP: Style.PLAIN,
    Action.CREATE: Style.ADD,
    Action.UPDATE: Style.CHANGE,
    Action.REPLACE: Style.REMOVE,
    Action.DELETE: Style.REMOVE,
    Action.CANCEL: Style.REMOVE,
    Action.ADOPT: Style.ADD,
    Action.FORGET: Style.REMOVE,
    Action.WAIT: Style.QUIET,
}
_WORDS = {
    Standing.ATTENTION: "attention",
    Standing.WITHHELD: "withheld",
    Standing.UNREADABLE: "unreadable",
    Standing.REFUSED: "refused",
}
_MOST_VALUE = 200
_SOURCES = {"index", "source"}


def change_lines(plan: Plan, change: Change, column: int, width: int) -> list[Line]:
    """Give the lines of a change; the words after its address stand in one column."""
    planned = change.standing is Standing.PLANNED
    symbol = _SYMBOLS[change.action] if planned else "!"
    style = _STYLES[change.action] if planned else Style.ATTENTION
    lines = _head(f"{symbol:>3} {change.address!s:<{column}}", verb(change), column, style)
    because = inert(change.because)
    if len(lines[-1].text) + 1 + len(because) <= width:
        lines = [*lines[:-1], Line(f"{lines[-1].text} {because}", style)]
    else:
        lines = [*lines[:-1], Line(lines[-1].text.rstrip(), style), *wrapped(because, 6, width)]
    if change.remote_id and change.action is not Action.CREATE:
        lines += _live(plan, change, width)
    for note in change.notes:
        lines += wrapped(inert(note), 6, width, hang=2)
    lines += _fields(plan, change, width)
    if change.way_out:
        lines += wrapped(inert(f"-> {change.way_out}"), 6, width, hang=3)
    return lines


def verb(change: Change) -> str:
    """Give the word for what is done, or for what keeps it from being done."""
    planned = change.standing is Standing.PLANNED
    return change.action.value if planned else _WORDS[change.standing]


def _head(named: str, verb: str, column: int, style: Style) -> list[Line]:
    """Name the object and the action; an address beyond its column has a line of its own."""
    if len(named) > 4 + column:
        return [Line(named, style), Line(f"{'':{4 + column}}  {verb:<10}", style)]
    return [Line(f"{named}  {verb:<10}", style)]


def _live(plan: Plan, change: Change, width: int) -> list[Line]:
    said = facts(change.facts, plan.header.now)
    return _beside(inert(change.remote_id or ""), said, 6, width, Style.QUIET)


def _beside(first: str, second: str, indent: int, width: int, style: Style) -> list[Line]:
    """Write two things on one line where they fit, else the second below the first."""
    line = f"{' ' * indent}{first}{'   ' if second else ''}{second}"
    if len(line) <= width:
        return [Line(line, style)]
    head = wrapped(first, indent, width, style) or [Line(" " * indent, style)]
    return [*head, *wrapped(second, indent, width, style)]


def _fields(plan: Plan, change: Change, width: int) -> list[Line]:
    """Show what is wanted of a new object, or how an object differs from what is wanted."""
    if change.action is Action.CREATE or (change.action is Action.ADOPT and not change.fields):
        return _wanted(plan, change, width)
    found: list[Line] = []
    for field in change.fields:
        found += _difference(field, width)
    if found or change.action is not Action.REPLACE:
        return found
    return _wanted(plan, change, width)


def _difference(field: FieldChange, width: int) -> list[Line]:
    before, path = _short(value(field.before)), inert(field.path)
    after = "(unset)" if field.after is None else _short(value(field.after))
    line = disarmed(f"      {path}: {before} -> {after}")  # a path may be a colon itself
    if len(line) <= width:
        return [Line(line)]
    pieces = wrapped(after, 11, width)
    first = Line(f"        -> {pieces[0].text[11:]}") if pieces else Line("        ->")
    return [Line(disarmed(f"      {path}:")), *wrapped(before, 11, width), first, *pieces[1:]]


def _wanted(plan: Plan, change: Change, width: int) -> list[Line]:
    was = {field.path: field.before for field in change.fields}
    rows = [
        (key, _short(shown), _stake(change, key) or _was(was, key))
        for key, item in change.wanted.items()
        if (shown := _flow(item)) and not (key == "name" and item == change.address.name)
    ]
    if change.action is not Action.ADOPT:
        rows += _pinned(plan, change)
    longest = max((len(key) for key, _, _ in rows), default=0)
    lines: list[Line] = []
    for key, shown, stake in rows:
        indent = 9 + longest
        found = _beside(shown, stake, indent, width, Style.PLAIN)
        first = f"      {inert(key) + ':':<{longest + 1}}  {found[0].text[indent:]}"
        lines += [Line(first), *found[1:]]
    return lines


def _was(was: Mapping[str, JSON], key: str) -> str:
    return f"was {_short(value(was[key]))}" if key in was else ""


def _flow(item: JSON) -> str:
    """Write a value as YAML would on one line; nothing for what is empty."""
    if not isinstance(item, Mapping):
        return value(item)
    pairs = ", ".join(f"{inert(key)}: {_flow(inner)}" for key, inner in item.items())
    return f"{{{pairs}}}" if pairs else ""


def _short(shown: str) -> str:
    return shown if len(shown) <= _MOST_VALUE else f"{shown[: _MOST_VALUE - 3]}..."


def _stake(change: Change, key: str) -> str:
    """Say beside the index how much it holds, as far as that could be read."""
    if key not in _SOURCES or "index_records" not in change.facts:
        return ""
    records = integer(change.facts["index_records"])
    if records is None:
        return "records: not readable"
    namespaces = integer(change.facts.get("index_namespaces")) or 0
    return f"{number(records, 'record')}, {number(namespaces, 'namespace')}"


def _pinned(plan: Plan, change: Change) -> list[tuple[str, str, str]]:
    """Show the backup that was chosen, and how old it is."""
    if "backup_id" in change.awaits:
        return [("backup", "(known after apply)", "")]
    if "backup_id" not in change.pins:
        return []
    said = facts(mapping(change.facts.get("backup")), plan.header.now)
    return [("backup", value(change.pins["backup_id"]), said)]
