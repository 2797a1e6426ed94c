"""Why each backup of a policy is kept: every reason, since any one of them would do."""

from reconciler.model.change import Change, Reason, Standing
from reconciler.model.plan import Plan
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped

_WIDEST = 48


def explain(plan: Plan, width: int = 80) -> list[Line]:
    """List what policies keep, and by which rules; nothing where no policy keeps anything."""
    kept = [change for change in plan.changes if _is_kept(change)]
    if not kept:
        return []
    column = min(max(len(str(change.address)) for change in kept), _WIDEST)
    lines = [Line("Kept by policies, and why:", Style.STRONG)]
    for change in kept:
        why = inert(change.because.removeprefix("kept: "))
        head = f"  {change.address!s:<{column}}  "
        if len(head) + len(why) <= width:
            lines.append(Line(f"{head}{why}"))
        else:
            lines += [Line(head.rstrip()), *wrapped(why, 6, width)]
    return lines


def _is_kept(change: Change) -> bool:
    return change.reason is Reason.KEPT and change.standing is Standing.UNCHANGED
