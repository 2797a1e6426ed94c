"""The plan as people read it, in a hurry: what, to which object, why - and what is at stake."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from reconciler.model.change import Action, Change, FieldChange, Standing
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Counts, Ownership, Plan, counts
from reconciler.model.values import JSON, integer, mapping
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import facts, number, value

NO_CHANGES = "No changes. The project matches the configuration."

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


def render(plan: Plan, width: int = 80) -> list[Line]:
    """Give the plan's lines: changes, unmanaged objects, warnings, and the counts."""
    shown = [change for change in plan.changes if _matters(change)]
    column = min(max((len(str(change.address)) for change in shown), default=0), width // 2)
    lines: list[Line] = []
    for change in shown:
        lines += _change(plan, change, column, width)
    if lines:
        lines.append(Line())
    for before, after in sorted(plan.moves.items()):
        lines += wrapped(f"{before} is called {after} from now on.", 2, width, hang=4)
    lines += _cared(plan, width)
    lines += _others(plan)
    if plan.quota is not None:
        allowed = f" of {plan.quota.allowed:,} allowed" if plan.quota.allowed is not None else ""
        said = f"Backups in the project: {plan.quota.now:,} now, {plan.quota.after:,} after"
        lines.append(Line(f"{said}{allowed}.", Style.QUIET))
    lines += wrapped(summary(plan), 0, width, Style.STRONG, hang=2)
    if plan.is_refused:
        lines.append(Line("The plan is refused: apply would change nothing.", Style.ATTENTION))
    return lines


def made(plan: Plan, sha256: str) -> list[Line]:
    """Say when a saved plan was made, by which version, and the names that it goes by."""
    header = plan.header
    return [
        Line(f"Made at {rfc3339(header.now)} by reconciler {inert(header.tool)}.", Style.QUIET),
        Line(f"  plan id  {header.id}", Style.QUIET),
        Line(f"  sha256   {sha256}", Style.QUIET),
    ]


def saved(plan: Plan, path: str, sha256: str, paths: Sequence[str]) -> list[Line]:
    """Say where the plan was saved, and how exactly that is applied."""
    lines = [
        Line(f"Saved the plan to: {inert(path)}"),
        Line(f"  plan id  {plan.header.id}", Style.QUIET),
        Line(f"  sha256   {sha256}", Style.QUIET),
    ]
    if plan.is_refused:
        return lines
    how = shlex.join(["reconciler", "apply", "--plan", path, "--plan-sha256", sha256, *paths])
    return [*lines, Line("To do exactly this:"), Line(f"  {inert(how)}")]


def _matters(change: Change) -> bool:
    return change.standing is not Standing.UNCHANGED


def summary(plan: Plan) -> str:
    """Give the line of counts; its head is always there, the rest only where not zero."""
    found = counts(plan)
    if plan.is_empty and not plan.moves:
        return f"{_nothing(plan)}{_tail(found)}"
    head = f"Plan: {found.add} to add, {found.change} to change, {found.destroy} to destroy"
    more = [("cancel", found.cancel), ("adopt", found.adopt), ("forget", found.forget)]
    more.append(("wait for", found.wait))
    head += "".join(f", {count} to {verb}" for verb, count in more if count)
    return f"{head}.{_tail(found)}"


def _nothing(plan: Plan) -> str:
    """Claim no more than was looked at."""
    if plan.permissions.destroy:
        return "No changes. Nothing is managed that could be destroyed."
    return NO_CHANGES if plan.complete else "No changes in what was looked at."


def _tail(found: Counts) -> str:
    words = {
        "unchanged": "unchanged",
        "attention": "needs attention" if found.attention == 1 else "need attention",
        "withheld": "withheld",
        "unreadable": "unreadable",
        "refused": "refused",
        "unmanaged": "unmanaged",
        "elsewhere": "managed elsewhere",
        "duplicates": "duplicate of ours" if found.duplicates == 1 else "duplicates of ours",
    }
    numbers = asdict(found)
    parts = [f"{numbers[key]} {word}" for key, word in words.items() if numbers[key]]
    return f" {', '.join(parts)}." if parts else ""


def _change(plan: Plan, change: Change, column: int, width: int) -> list[Line]:
    planned = change.standing is Standing.PLANNED
    symbol = _SYMBOLS[change.action] if planned else "!"
    style = _STYLES[change.action] if planned else Style.ATTENTION
    verb = change.action.value if planned else _WORDS[change.standing]
    lines = _head(f"{symbol:>3} {change.address!s:<{column}}", verb, column, style)
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
    line = f"      {path}: {before} -> {after}"
    if len(line) <= width:
        return [Line(line)]
    pieces = wrapped(after, 11, width)
    first = Line(f"        -> {pieces[0].text[11:]}") if pieces else Line("        ->")
    return [Line(f"      {path}:"), *wrapped(before, 11, width), first, *pieces[1:]]


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


def _cared(plan: Plan, width: int) -> list[Line]:
    """Show what changes in state only, since it decides what may be ended later."""
    return [
        line
        for care in plan.care
        for line in wrapped(
            f"{care.address} {inert(care.path)}: {value(care.before)} -> {value(care.after)}",
            2,
            width,
            hang=4,
        )
    ]


def _others(plan: Plan) -> list[Line]:
    """Show what may be ours a second time; everything else that is not ours is only counted."""
    doubles = [item for item in plan.unmanaged if item.ownership is Ownership.DUPLICATE]
    return [
        line
        for item in doubles
        for line in (
            Line(
                f"  ! {item.kind} {inert(item.remote_id)} is one of ours a second time",
                Style.ATTENTION,
            ),
            Line("      -> look at it, and remove it by hand if it is not needed"),
        )
    ]
