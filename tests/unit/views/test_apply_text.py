"""What apply tells is said in words, for ended steps and in the closing lines."""

import pytest

from reconciler.model.address import Address
from reconciler.model.event import Cause, Event, Outcome, Phase, StepResult
from reconciler.model.plan import Operation
from reconciler.model.state import State
from reconciler.views.apply_text import event_line, summary

DOCS = Address("backup", "docs")


@pytest.mark.parametrize(
    ("operation", "message", "said"),
    [
        (Operation.CREATE, "interrupted", "still being created when interrupted after 2s"),
        (Operation.WAIT, "interrupted", "still running when interrupted after 2s"),
        (Operation.WAIT, "still running", "still running after 2s"),
        (
            Operation.CREATE,
            "the deadline passed while it was still running",
            "still being created when the deadline passed after 2s",
        ),
        (Operation.DELETE, "asked again", "still being deleted: asked again after 2s"),
    ],
)
def test_a_step_that_is_left_to_the_next_run_says_how_it_stands(
    operation: Operation, message: str, said: str
) -> None:
    event = Event(Phase.ENDED, message, DOCS, operation, Outcome.PENDING)
    assert event_line(event, 2.0) == f"backup.docs: {said}"


def closing(*results: StepResult) -> list[str]:
    return [line.text for line in summary(results, State(), 200)]


def test_a_wait_that_ended_is_counted() -> None:
    done = StepResult("wait:backup.docs", DOCS, Operation.WAIT, Outcome.DONE)
    assert closing(done) == [
        "done: wait:backup.docs",
        "Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 1 finished. Steps: 1 done.",
    ]


def test_a_destroy_ends_as_one_and_counts_what_went() -> None:
    gone = StepResult("delete backup.docs", DOCS, Operation.DELETE, Outcome.DONE)
    left = StepResult("forget import.x", DOCS, Operation.FORGET, Outcome.DONE)
    failed = StepResult("x", DOCS, Operation.DELETE, Outcome.FAILED, "broken", cause=Cause.ERROR)
    said = [
        summary(results, State(), 200, destroy=True)[-1].text
        for results in ((gone, left), (gone, failed), (left,))
    ]
    assert said == [
        "Destroy complete! Resources: 1 destroyed, 1 forgotten. Steps: 2 done.",
        "Destroy incomplete. Resources: 1 destroyed. Steps: 1 done, 1 failed.",
        "Destroy complete! Resources: 0 destroyed, 1 forgotten. Steps: 1 done.",
    ]


def test_a_step_that_is_left_over_is_named_in_words() -> None:
    left = StepResult(
        "create:backup.docs",
        DOCS,
        Operation.CREATE,
        Outcome.PENDING,
        "interrupted",
        cause=Cause.INTERRUPTED,
    )
    assert closing(left)[0] == ("pending: create:backup.docs: still being created when interrupted")


def test_a_run_that_does_not_wait_for_its_jobs_has_started_them() -> None:
    made = StepResult(
        "create backup.docs", DOCS, Operation.CREATE, Outcome.PENDING, "still running"
    )
    waits = StepResult(
        "create restore.docs",
        Address("restore", "docs"),
        Operation.CREATE,
        Outcome.SKIPPED,
        "create backup.docs is not done yet",
        cause=Cause.DEPENDENCY,
    )
    assert closing(made)[-1] == (
        "Apply started; 1 job still running. Resources: 0 added, 0 changed, 0 destroyed. "
        "Steps: 0 done, 1 pending."
    )
    assert "Apply started; 2 jobs still running." in closing(made, made, waits)[-1]
    failed = StepResult("x", DOCS, Operation.WAIT, Outcome.FAILED, "broken", cause=Cause.ERROR)
    late = StepResult("x", DOCS, Operation.WAIT, Outcome.PENDING, "late", cause=Cause.DEADLINE)
    for other in (failed, late):
        assert closing(made, other)[-1].startswith("Apply incomplete.")
