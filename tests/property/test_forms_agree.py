"""Exit code, text, JSON, Markdown and what CI systems are told: one plan, one answer."""

import re

from golden.case import given_of
from hypothesis import HealthCheck, given, settings
from property.projects import cases

from reconciler.cli.plan import _exit_code
from reconciler.errors import ExitCode
from reconciler.model.change import REMOVALS, Change, Standing, planned
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.views import github, gitlab, plan_markdown, plan_text
from reconciler.views.lines import UNLIMITED
from reconciler.views.plan_json import plan_json

PLANS = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PLAN = cases().map(given_of).map(make_plan)
HEAD = re.compile(r"^(?:\+/-|[-+~x<.=!]) ?([a-z]+\.[a-z0-9-]+) ", re.MULTILINE)


def text_of(plan: Plan) -> str:
    return "\n".join(line.text for line in plan_text.render(plan, UNLIMITED))


def sections(markdown: str) -> dict[str, list[str]]:
    """Give the addresses that each titled part of the Markdown shows."""
    parts = re.split(
        r"^(?:### |<details(?: open)?><summary>)(.*?)(?:: [\d,]+.*)?$", markdown, flags=re.MULTILINE
    )
    return {title: HEAD.findall(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def addresses(changes: list[Change]) -> list[str]:
    return [str(change.address) for change in changes]


@PLANS
@given(PLAN)
def test_summary_line_is_the_same_words_everywhere(plan: Plan) -> None:
    said = plan_text.summary(plan)
    assert said in text_of(plan)
    assert f"\n**{said}**\n" in plan_markdown.render(plan)


@PLANS
@given(PLAN)
def test_numbers_are_the_same_everywhere(plan: Plan) -> None:
    found = plan_json(plan)["summary"]
    assert isinstance(found, dict)
    told = dict(row.split("=") for row in github.outputs(plan, ExitCode.OK).splitlines())
    for mine, theirs in (("add", "to_add"), ("change", "to_change"), ("destroy", "to_destroy")):
        assert int(told[theirs]) == found[mine]
        match = re.search(rf"(\d+) to {mine}", plan_text.summary(plan))
        assert (0 if match is None else int(match[1])) == found[mine]
    assert gitlab.report(plan) == {
        "create": found["add"],
        "update": found["change"],
        "delete": found["destroy"] + found["cancel"] + found["forget"],
    }


@PLANS
@given(PLAN)
def test_nothing_to_do_is_nothing_to_do_for_everybody(plan: Plan) -> None:
    nothing = _exit_code(plan, detailed=True) is ExitCode.OK
    assert plan_text.summary(plan).startswith("No changes") == nothing
    assert ("changes=false\n" in github.outputs(plan, ExitCode.OK)) == nothing
    document = plan_json(plan)
    changes = document["resource_changes"]
    assert isinstance(changes, list)
    quiet = all(one["standing"] == "unchanged" for one in changes)
    idle = not (document["steps"] or document["moved"] or document["care"])
    assert bool(quiet and idle and document["complete"] and document["applyable"]) == nothing


@PLANS
@given(PLAN)
def test_refused_is_refused_for_everybody(plan: Plan) -> None:
    refused = _exit_code(plan, detailed=False) is ExitCode.REFUSED
    assert (plan_text.REFUSED in text_of(plan)) == refused
    assert (plan_text.REFUSED in plan_markdown.render(plan)) == refused
    assert plan_json(plan)["applyable"] != refused
    assert any(line.startswith("::error ") for line in github.annotations(plan)) == refused


@PLANS
@given(PLAN)
def test_what_is_not_the_whole_plan_says_so_in_every_form(plan: Plan) -> None:
    assert (plan_text.INCOMPLETE in text_of(plan)) == (not plan.complete)
    assert (plan_text.INCOMPLETE in plan_markdown.render(plan)) == (not plan.complete)
    assert plan_json(plan)["complete"] == plan.complete
    told = github.outputs(plan, ExitCode.OK).splitlines()
    assert ("complete=true" in told) == plan.complete


@PLANS
@given(PLAN)
def test_markdown_shows_each_change_once_and_where_it_belongs(plan: Plan) -> None:
    shown = sections(plan_markdown.render(plan))
    will_run = list(planned(plan.changes))
    ended = [one for one in will_run if one.action in REMOVALS]
    rest = [one for one in will_run if one.action not in REMOVALS]
    quiet = {Standing.PLANNED, Standing.UNCHANGED}
    undecided = [one for one in plan.changes if one.standing not in quiet]
    assert shown.get("Deleted, replaced, cancelled or forgotten", []) == addresses(ended)
    assert shown.get("Left as it is until somebody decides", []) == addresses(undecided)
    assert shown.get("Everything else", []) == addresses(rest)
