"""Reads what became of a golden case since it was planned, and what `apply --plan` says to that.

FILE-now      config-now.yaml, state-now.json, live-now.json: as they are by the time of the apply,
              an hour later; what is not there is as it was
options-now.json   now, api_base, tool; `done`: steps that an earlier run of this plan has done
apply.txt     what is printed: why nothing is run, else what is left to do and what is passed over
"""

from dataclasses import replace
from pathlib import Path

from golden.case import WIDTH, Case, given_of, load_case

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.values import SECOND
from reconciler.planning.given import Given, Review
from reconciler.planning.planner import make_plan
from reconciler.planning.review import unspent
from reconciler.planning.since import declared_apart, misfits, too_old
from reconciler.planning.staleness import Comparison, compare
from reconciler.views import diagnostics, plan_text
from reconciler.views.lines import Line

_MAX_AGE = 24 * 3600 * SECOND
_AN_HOUR_LATER = "2026-11-23T13:00:00Z"


def load_later(folder: Path) -> Case:
    """Read the case as it is by the time of the apply."""
    now = load_case(folder, "-now")
    return replace(now, options={"now": _AN_HOUR_LATER, **now.options})


def applied(folder: Path) -> str:
    """Give what `apply --plan` prints before it runs anything."""
    later = load_later(folder)
    review = _review(folder, later)
    given = given_of(later)
    misfit = _header_misfits(given, review)
    if misfit:
        return _text(diagnostics.render(misfit))
    given = replace(given, review=review, permissions=unspent(review))
    return _compared(review, compare(given, make_plan(given)))


def _review(folder: Path, later: Case) -> Review:
    done = frozenset(later.options.get("done", ()))
    plan = make_plan(given_of(load_case(folder)))
    assert done <= {step.id for step in plan.steps}
    return Review(plan, done, resumed=bool(done))


def _header_misfits(given: Given, review: Review) -> tuple[Diagnostic, ...]:
    saved, now = review.plan.header, make_plan(given).header
    apart = declared_apart(review.plan, given.configuration.desired, given.kinds)
    return (
        *misfits(saved, now, resumed=review.resumed, apart=apart),
        *too_old(saved, now.now, _MAX_AGE),
    )


def _compared(review: Review, found: Comparison) -> str:
    if found.plan.is_refused:
        return _text(diagnostics.render(found.plan.refusals))
    if found.stale and not review.resumed:
        return _text(diagnostics.render(found.stale))
    lines = [*plan_text.render(found.plan, WIDTH)]
    lines += [Line(f"Passed over: {step}: {why}") for step, why in found.passed_over.items()]
    run = [step.id for step in found.plan.steps if step.id not in found.passed_over]
    lines += [Line("Run:"), *(Line(f"  {step}") for step in run or ["nothing"])]
    return _text(lines)


def _text(lines: list[Line]) -> str:
    return "".join(f"{line.text}\n" for line in lines)
