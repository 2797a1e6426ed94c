"""Whatever other people's text holds, what is shown of it moves, orders and becomes nothing."""

import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from property import markdown
from property.hostile import DIAGNOSTICS, EVENTS, HOSTILE, VALUES, plans, runs

from reconciler.config.schemas import load_schema
from reconciler.errors import ExitCode
from reconciler.model.change import Standing
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.event import Event, StepResult
from reconciler.model.plan import Plan
from reconciler.model.state import State
from reconciler.model.values import JSON
from reconciler.views import (
    apply_json,
    apply_text,
    diagnostics,
    github,
    inert,
    plan_markdown,
    plan_text,
    steps,
)
from reconciler.views.lines import UNLIMITED, Line, paint
from reconciler.views.plan_json import plan_json

FEW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
WIDTHS = st.sampled_from([1, 21, 40, 80, UNLIMITED])
ORDER = re.compile(r"^\s*::|##\w*\[|section_(start|end):")
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f]")
LINE = Draft202012Validator(load_schema("apply"))
ANNOTATION = re.compile(
    r"::(?:error|warning) (?:file=[^:,]*,line=\d+,col=\d+,)?title=[^:,]*::(?:[^%]|%25)*"
)
MARKDOWN_OF_OURS = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close"),
    *("strong_open", "strong_close", "text", "softbreak", "html_block"),
}
WORDS_OF_OURS = re.compile(
    r"(?:<details(?: open)?><summary>Everything else: [\d,]+</summary>|</details>)\n"
    r"|[A-Za-z0-9 ,.:;-]*"
)


def is_inert(shown: str) -> bool:
    """Whether each line is letters that are seen, and none is an order."""
    lines = shown.removesuffix("\n").split("\n")
    return all(
        line.isprintable() and not ORDER.search(line) and not UNSEEN.search(line) for line in lines
    )


def painted(lines: list[Line]) -> str:
    return paint(lines, color=False)


@FEW
@given(HOSTILE)
def test_text_of_others_is_one_inert_line_and_stays_as_it_is(text: str) -> None:
    shown = inert.inert(text)
    assert is_inert(shown)
    assert "\n" not in shown
    assert inert.inert(shown) == shown


@FEW
@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_text_without_an_order_is_shown_as_it_is(text: str) -> None:
    if not re.search(r"(?<!\S)::|##\w*\[|section_(start|end):", text):
        assert inert.inert(text) == text


@FEW
@given(plans(), WIDTHS)
def test_plan_for_people_is_inert(plan: Plan, width: int) -> None:
    assert is_inert(painted(plan_text.render(plan, width)))


@FEW
@given(plans(), WIDTHS)
def test_steps_are_inert(plan: Plan, width: int) -> None:
    assert is_inert(painted(steps.explain(plan, width)))


@FEW
@given(st.lists(DIAGNOSTICS, max_size=3), WIDTHS)
def test_errors_and_warnings_are_inert(found: list[Diagnostic], width: int) -> None:
    assert is_inert(painted(diagnostics.render(found, width)))


@FEW
@given(runs(), WIDTHS)
def test_what_apply_closes_with_is_inert(run: tuple[list[StepResult], State], width: int) -> None:
    assert is_inert(painted(apply_text.summary(*run, width)))


@FEW
@given(EVENTS)
def test_progress_is_one_inert_line(event: Event) -> None:
    for shown in (apply_text.event_line(event), apply_text.progress_text(event)):
        assert is_inert(shown)
        assert "\n" not in shown


@FEW
@given(VALUES, st.sampled_from([None, 2]))
def test_json_is_inert_when_printed_and_reads_back_as_it_was(value: JSON, indent: int) -> None:
    shown = inert.document(value, indent)
    assert shown.isascii()
    assert is_inert(shown)
    assert json.loads(shown) == value


@FEW
@given(plans())
def test_plan_for_programs_is_inert_and_holds_what_was_said(plan: Plan) -> None:
    shown = inert.document(plan_json(plan), indent=2)
    assert is_inert(shown)
    changes = json.loads(shown)["resource_changes"]
    assert [one["reason"] for one in changes] == [change.because for change in plan.changes]


@FEW
@given(plans(), st.sampled_from([2_000, 3_000, 60_000]))
def test_nothing_in_markdown_comes_from_data(plan: Plan, most_bytes: int) -> None:
    shown = plan_markdown.render(plan, most_bytes)
    assert is_inert(shown)
    for kind, content in markdown.active(shown):
        assert kind in MARKDOWN_OF_OURS
        assert WORDS_OF_OURS.fullmatch(content), (kind, content)


@FEW
@given(plans())
def test_markdown_names_every_change_that_is_not_nothing(plan: Plan) -> None:
    said = markdown.literal(plan_markdown.render(plan))
    for change in plan.changes:
        if change.standing is not Standing.UNCHANGED:
            assert str(change.address) in said


@FEW
@given(HOSTILE)
def test_code_span_holds_all_of_a_text_and_nothing_else(text: str) -> None:
    found = markdown.active(f"x {inert.code(text)} y")
    assert [kind for kind, _ in found] == ["paragraph_open", "text", "text", "paragraph_close"]
    assert markdown.literal(f"x {inert.code(text)} y") == (inert.inert(text).strip() or '""')


@FEW
@given(plans())
def test_annotations_are_ten_orders_at_most_and_all_ours(plan: Plan) -> None:
    lines = [*github.annotations(plan), *github.problems(plan.warnings)]
    assert len(github.annotations(plan)) <= github.MOST
    for line in lines:
        assert line.isprintable()
        assert ANNOTATION.fullmatch(line), line
        assert not ORDER.search(line.removeprefix("::"))


@FEW
@given(plans())
def test_outputs_of_a_step_hold_nothing_of_others(plan: Plan) -> None:
    assert re.fullmatch(
        r"(?:[a-z_]+=(?:[0-9a-f]{64}|\d+|true|false)\n)+", github.outputs(plan, ExitCode.OK)
    )


@FEW
@given(plans(), EVENTS, runs())
def test_lines_of_apply_are_inert_and_meet_their_schema(
    plan: Plan, event: Event, run: tuple[list[StepResult], State]
) -> None:
    told = [
        apply_json.version("0.1.0"),
        *apply_json.plan_lines(plan),
        apply_json.event_fields(event, 1.0),
        apply_json.ended(*run, ExitCode.PARTIAL),
    ]
    for found in told:
        shown = apply_json.line(found, 0)
        assert is_inert(shown)
        assert shown.count("\n") == 1
        LINE.validate(json.loads(shown))


@FEW
@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_fence_holds_lines_that_would_close_another(texts: list[str]) -> None:
    lines = ["```", "  ````", *map(inert.inert, texts), "`"]
    (fence,) = markdown.nodes("\n".join(inert.fenced(lines, "diff")))
    assert (fence.type, fence.info) == ("fence", "diff")
    assert fence.content == "".join(f"{line}\n" for line in lines)
