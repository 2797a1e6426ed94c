"""What CI systems are told: ten annotations at most, at lines of the YAML, and numbers."""

import re
from dataclasses import replace
from pathlib import Path

from golden.case import given_of, load_case

from reconciler.errors import ExitCode
from reconciler.model.diagnostic import Diagnostic, Severity, SourceSpan
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.views import github, gitlab

GOLDEN = Path(__file__).parents[2] / "golden"
PLACE = SourceSpan("conf/a,b:c.yaml", 12, 5)


def plan_of(name: str) -> Plan:
    return make_plan(given_of(load_case(GOLDEN / name)))


def test_what_ends_comes_first_and_then_what_waits_for_somebody() -> None:
    titles = [
        re.sub(r".*title=([^:]*)::.*", r"\1", line)
        for line in github.annotations(plan_of("order-everything"))
    ]
    assert titles == [
        "delete backup.docs-old",
        "forget collection.legacy-movies",
        "forget import.docs-2026-10",
        "cancel import.docs-2026-11",
        "attention backup.docs-june",
    ]


def test_refusal_is_an_error_before_all_else() -> None:
    first, *others = github.annotations(plan_of("guard-removals-count"))
    assert first.startswith("::error title=too-many-removals::the plan deletes, cancels or forgets")
    assert first.endswith("; --max-removals 6 permits it")
    assert len(others) == 6


def test_eleventh_annotation_is_counted_in_the_tenth() -> None:
    found = [Diagnostic(f"reference-{number}", "no") for number in range(25)]
    assert len(github.problems(found[:10])) == 10
    lines = github.problems(found)
    assert len(lines) == 10
    assert lines[-1].startswith("::warning title=16 more::")


def test_annotation_names_its_line_and_cannot_be_broken_out_of() -> None:
    found = Diagnostic("bad", "100 %\n::set-output name=a::b", "x, y", PLACE, Severity.WARNING)
    (line,) = github.problems([found])
    place, _, said = line.partition("title=bad::")
    assert place == "::warning file=conf/a%2Cb%3Ac.yaml,line=12,col=5,"
    assert said == "100 %25\\x0a::set-output name=a::b; x, y"


def test_hint_that_is_a_sentence_is_joined_as_one() -> None:
    (line,) = github.problems([Diagnostic("bad", "it has no value", "Give it one.")])
    assert line.endswith("::it has no value. Give it one.")


def test_outputs_say_what_a_workflow_branches_on() -> None:
    plan = plan_of("order-everything")
    assert github.outputs(plan, ExitCode.CHANGES).splitlines() == [
        f"plan_id={plan.header.id}",
        "changes=true",
        *("to_add=1", "to_change=1", "to_destroy=1", "to_cancel=1", "to_adopt=0", "to_forget=2"),
        "attention=1",
        "complete=true",
        "refused=false",
        "exit_code=2",
    ]
    nothing = github.outputs(plan_of("backup-unchanged"), ExitCode.OK)
    assert "changes=false\n" in nothing
    refused = github.outputs(plan_of("guard-removals-count"), ExitCode.REFUSED)
    assert "refused=true\nexit_code=6\n" in refused


def test_gitlab_is_told_of_everything_that_ends() -> None:
    assert gitlab.report(plan_of("order-everything")) == {"create": 1, "update": 1, "delete": 4}
    nothing = replace(plan_of("order-everything"), changes=())
    assert gitlab.report(nothing) == {"create": 0, "update": 0, "delete": 0}
