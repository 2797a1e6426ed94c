"""The plan as people read it, in a hurry: what, to which object, why - and what is at stake."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from reconciler.model.change import REMOVALS, Action, Change, Standing
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Counts, Ownership, Plan, counts
from reconciler.views.change_text import change_lines
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import number, value

NO_CHANGES = "No changes. The project matches the configuration."
REFUSED = "The plan is refused: apply would change nothing."
INCOMPLETE = "It is not the whole plan: something was left out or not readable."

_MANY, _FEW = 50, 5


def render(plan: Plan, width: int = 80) -> list[Line]:
    """Give the plan's lines: changes, unmanaged objects, warnings, and the counts."""
    shown = [change for change in plan.changes if matters(change)]
    lines = _changes(plan, shown, width)
    if lines:
        lines.append(Line())
    lines += besides(plan, width)
    lines += wrapped(summary(plan), 0, width, Style.STRONG, hang=2)
    if plan.is_refused:
        lines.append(Line(REFUSED, Style.ATTENTION))
    if not plan.complete:
        lines += wrapped(INCOMPLETE, 0, width, Style.ATTENTION, hang=2)
    return lines


def besides(plan: Plan, width: int) -> list[Line]:
    """Give what is told beside the changes: renames, care, doubles and the forecast of backups."""
    lines: list[Line] = []
    for before, after in sorted(plan.moves.items()):
        lines += wrapped(f"{before} is called {after} from now on.", 2, width, hang=4)
    lines += _cared(plan, width)
    lines += _others(plan)
    if plan.quota is not None:
        allowed = f" of {plan.quota.allowed:,} allowed" if plan.quota.allowed is not None else ""
        said = f"Backups in the project: {plan.quota.now:,} now, {plan.quota.after:,} after"
        lines.append(Line(f"{said}{allowed}.", Style.QUIET))
    return lines


def _changes(plan: Plan, shown: Sequence[Change], width: int) -> list[Line]:
    """Give the changes; of very many that are alike only the first, and how many more there are."""
    column = min(max((len(str(change.address)) for change in shown), default=0), width // 2)
    alike = Counter(_alike(change) for change in shown)
    met: Counter[tuple[str, Action] | None] = Counter()
    lines: list[Line] = []
    for change in shown:
        group = _alike(change)
        met[group] += 1
        if group is None or alike[group] <= _MANY or met[group] <= _FEW:
            lines += change_lines(plan, change, column, width)
        elif met[group] == _FEW + 1:
            more = number(alike[group] - _FEW, f"more {change.address.kind}")
            said = f"... {more} to {change.action.value}; -o json names them all"
            lines += wrapped(said, 4, width, Style.QUIET, hang=4)
    return lines


def _alike(change: Change) -> tuple[str, Action] | None:
    """Say what a change may be counted with; what ends something, or waits for us, never is."""
    if change.standing is not Standing.PLANNED or change.action in REMOVALS:
        return None
    return change.address.kind, change.action


def made(plan: Plan, sha256: str) -> list[Line]:
    """Say when a saved plan was made, by which version, and the names that it goes by."""
    header = plan.header
    return [
        Line(f"Made at {rfc3339(header.now)} by reconciler {inert(header.tool)}.", Style.QUIET),
        Line(f"  plan id  {header.id}", Style.QUIET),
        Line(f"  sha256   {sha256}", Style.QUIET),
    ]


def saved(
    plan: Plan, path: str, sha256: str, words: Sequence[str], withheld: Sequence[str] = ()
) -> list[Line]:
    """Say where the plan was saved, and how exactly that is applied: with `words`, as this was.

    Of options that are withheld, since they hold a password, only the names are said.
    """
    lines = [
        Line(f"Saved the plan to: {inert(path)}"),
        Line(f"  plan id  {plan.header.id}", Style.QUIET),
        Line(f"  sha256   {sha256}", Style.QUIET),
    ]
    if plan.is_refused:
        return lines
    how = shlex.join(["reconciler", "apply", "--plan", path, "--plan-sha256", sha256, *words])
    title = "To do exactly this:"
    if withheld:
        title = f"To do exactly this, with the same {' and '.join(withheld)} (it holds a password):"
    return [*lines, Line(title), Line(f"  {inert(how)}")]


def matters(change: Change) -> bool:
    """Whether a change is shown: nobody reads what stays as it is."""
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
