"""The plan as people read it, in a hurry: what, to which object, why - and what is at stake."""

from dataclasses import asdict

from reconciler.model.change import Action, Change, FieldChange, Standing
from reconciler.model.plan import Counts, Ownership, Plan, counts
from reconciler.model.values import Fields, integer
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import facts, inert, number, value

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
_LONGEST_ADDRESS = 40
_MOST_VALUE = 200


def render(plan: Plan, width: int = 80) -> list[Line]:
    """Give the plan's lines: changes, unmanaged objects, warnings, and the counts."""
    shown = [change for change in plan.changes if change.standing is not Standing.UNCHANGED]
    column = min(max((len(str(change.address)) for change in shown), default=0), _LONGEST_ADDRESS)
    lines: list[Line] = []
    for change in shown:
        lines += _change(plan, change, column, width)
    if lines:
        lines.append(Line())
    for before, after in sorted(plan.moves.items()):
        lines.append(Line(f"  {before} is called {after} from now on."))
    lines += _others(plan)
    if plan.quota is not None:
        allowed = f" of {plan.quota.allowed:,} allowed" if plan.quota.allowed is not None else ""
        said = f"Backups in the project: {plan.quota.now:,} now, {plan.quota.after:,} after"
        lines.append(Line(f"{said}{allowed}.", Style.QUIET))
    lines += wrapped(summary(plan), 0, width, Style.STRONG)
    return lines


def summary(plan: Plan) -> str:
    """Give the line of counts; its head is always there, the rest only where not zero."""
    found = counts(plan)
    if plan.is_empty and not plan.moves:
        return f"{NO_CHANGES}{_tail(found)}"
    head = f"Plan: {found.add} to add, {found.change} to change, {found.destroy} to destroy"
    more = [("cancel", found.cancel), ("adopt", found.adopt), ("forget", found.forget)]
    more.append(("wait for", found.wait))
    head += "".join(f", {count} to {verb}" for verb, count in more if count)
    return f"{head}.{_tail(found)}"


def _tail(found: Counts) -> str:
    words = {
        "unchanged": "unchanged",
        "attention": "needs attention" if found.attention == 1 else "need attention",
        "withheld": "withheld",
        "unreadable": "unreadable",
        "refused": "refused",
        "unmanaged": "unmanaged",
        "elsewhere": "managed elsewhere",
        "duplicates": "duplicates of ours",
    }
    numbers = asdict(found)
    parts = [f"{numbers[key]} {word}" for key, word in words.items() if numbers[key]]
    return f" {', '.join(parts)}." if parts else ""


def _change(plan: Plan, change: Change, column: int, width: int) -> list[Line]:
    planned = change.standing is Standing.PLANNED
    symbol = _SYMBOLS[change.action] if planned else "!"
    style = _STYLES[change.action] if planned else Style.ATTENTION
    verb = change.action.value if planned else _WORDS[change.standing]
    head = f"{symbol:>3} {change.address!s:<{column}}  {verb:<10}"
    because = inert(change.because)
    if len(head) + 1 + len(because) <= width:
        lines = [Line(f"{head} {because}", style)]
    else:
        lines = [Line(head.rstrip(), style), *wrapped(because, 6, width)]
    if change.remote_id and change.action is not Action.CREATE:
        lines += _live(plan, change, width)
    lines += _fields(change)
    for note in change.notes:
        lines += wrapped(inert(note), 6, width)
    if change.way_out:
        lines += wrapped(inert(f"-> {change.way_out}"), 6, width)
    return lines


def _live(plan: Plan, change: Change, width: int) -> list[Line]:
    said = facts(change.facts, plan.header.now)
    line = f"{inert(change.remote_id or '')}{'   ' if said else ''}{said}"
    return wrapped(line, 6, width, Style.QUIET)


def _fields(change: Change) -> list[Line]:
    if change.fields:
        return [_difference(change, field) for field in change.fields]
    if change.action not in {Action.CREATE, Action.REPLACE, Action.ADOPT}:
        return []
    flat = _flat(change.wanted)
    longest = max((len(path) for path in flat), default=0)
    lines = [
        Line(f"      {path + ':':<{longest + 1}}  {_short(shown)}{_stake(change, path)}")
        for path, shown in flat.items()
    ]
    return [*lines, *_pinned(change, longest)]


def _difference(change: Change, field: FieldChange) -> Line:
    after = "(unset)" if field.after is None else _short(value(field.after))
    sign = "  # cannot change in place" if change.standing is Standing.REFUSED else ""
    return Line(f"      {inert(field.path)}: {_short(value(field.before))} -> {after}{sign}")


def _flat(fields: Fields, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, item in fields.items():
        path = f"{prefix}{inert(key)}"
        if isinstance(item, dict):
            found.update(_flat(item, f"{path}."))
        else:
            found[path] = value(item)
    return found


def _short(shown: str) -> str:
    return shown if len(shown) <= _MOST_VALUE else f"{shown[: _MOST_VALUE - 3]}..."


def _stake(change: Change, path: str) -> str:
    if path != "index" or "index_records" not in change.facts:
        return ""
    records = integer(change.facts["index_records"])
    if records is None:
        return "   records: not readable"
    namespaces = integer(change.facts.get("index_namespaces")) or 0
    return f"   {number(records, 'record')}, {number(namespaces, 'namespace')}"


def _pinned(change: Change, longest: int) -> list[Line]:
    chosen = change.pins.get("backup_id")
    if chosen is None and "backup_id" not in change.awaits:
        return []
    shown = "(known after apply)" if chosen is None else value(chosen)
    counts = [
        number(count, noun)
        for key, noun in (("records", "record"), ("namespaces", "namespace"))
        if (count := integer(change.pins.get(key))) is not None
    ]
    stake = f"   {', '.join(counts)}" if counts else ""
    return [Line(f"      {'backup:':<{longest + 1}}  {shown}{stake}")]


def _others(plan: Plan) -> list[Line]:
    doubles = [item for item in plan.unmanaged if item.ownership is Ownership.DUPLICATE]
    return [
        Line(
            f"  ! {item.kind} {inert(item.remote_id)} carries our marker a second time; "
            "look at it, and remove it by hand if it is not needed",
            Style.ATTENTION,
        )
        for item in doubles
    ]
