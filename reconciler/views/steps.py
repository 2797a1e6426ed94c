"""The steps of a plan in the order in which apply takes them, and what each waits for."""

from collections.abc import Iterable, Mapping

from reconciler.model.plan import Plan, Step, When
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped

_SHORTEST_RANGE = 3


def explain(plan: Plan, width: int = 80) -> list[Line]:
    """Number the steps; one that waits for nothing begins at once, beside the others."""
    if not plan.steps:
        return [Line("There are no steps to take.", Style.QUIET)]
    numbers = {step.id: number for number, step in enumerate(plan.steps, 1)}
    column = len(f"{len(numbers)}")
    lines = [Line("Steps, in the order in which apply takes them:", Style.STRONG)]
    for step in plan.steps:
        said = f"{inert(step.id)}{_waits(step, numbers)}"
        first, *more = wrapped(said, column + 4, width, hang=2)
        lines.append(Line(f"  {numbers[step.id]:>{column}}  {first.text.lstrip()}"))
        lines += more
    return lines


def _waits(step: Step, numbers: Mapping[str, int]) -> str:
    before = sorted(numbers[one] for one in step.after)
    always = step.when is When.ALWAYS
    if not before:
        return ""
    if before == list(range(1, numbers[step.id])) and len(before) >= _SHORTEST_RANGE:
        after = "after all of these"
    else:
        after = f"after {', '.join(_ranges(before))}"
    return f" ({after}{', however they end' if always else ''})"


def _ranges(found: Iterable[int]) -> list[str]:
    """Write sorted numbers with their runs drawn together: `1 to 3`, `7`."""
    runs: list[list[int]] = []
    for number in found:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        text
        for run in runs
        for text in (
            [f"{run[0]} to {run[-1]}"] if len(run) >= _SHORTEST_RANGE else [f"{one}" for one in run]
        )
    ]
