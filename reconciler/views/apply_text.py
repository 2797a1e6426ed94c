"""What apply tells: a line an event off a terminal, and at the end what people need next."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.event import Cause, Event, Outcome, Phase, StepResult
from reconciler.model.plan import Operation
from reconciler.model.state import Entry, State
from reconciler.model.values import text
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import duration, number, percent

_DOING = {
    Operation.ADOPT: "adopting",
    Operation.CREATE: "creating",
    Operation.WAIT: "waiting",
    Operation.VERIFY: "verifying",
    Operation.UPDATE: "updating",
    Operation.UNPROTECT: "lifting deletion protection",
    Operation.CANCEL: "cancelling",
    Operation.DELETE: "deleting",
    Operation.FORGET: "forgetting",
}
_DONE = {
    Operation.ADOPT: "adopted",
    Operation.CREATE: "created",
    Operation.WAIT: "ready",
    Operation.VERIFY: "verified",
    Operation.UPDATE: "updated",
    Operation.UNPROTECT: "deletion protection lifted",
    Operation.CANCEL: "cancelled",
    Operation.DELETE: "deleted",
    Operation.FORGET: "forgotten",
}
_BEING = {
    Operation.ADOPT: "being adopted",
    Operation.CREATE: "being created",
    Operation.WAIT: "running",
    Operation.VERIFY: "being verified",
    Operation.UPDATE: "being updated",
    Operation.UNPROTECT: "being unprotected",
    Operation.CANCEL: "being cancelled",
    Operation.DELETE: "being deleted",
    Operation.FORGET: "being forgotten",
}
_WHEN = {  # what the engine says of a step that it leaves to the next run
    "interrupted": " when interrupted",
    "still running": "",
    "the deadline passed while it was still running": " when the deadline passed",
}
_MADE = "made "  # how the engine begins to tell of a create that another run has let go of
_MANY = 20


def doing(operation: Operation) -> str:
    """Give the word for a step that goes on."""
    return _DOING[operation]


def event_line(event: Event, seconds: float | None = None) -> str:
    """Write one event on one line."""
    address = "" if event.address is None else f"{event.address}: "
    if event.phase is Phase.NOTE or event.operation is None:
        return f"{address}{inert(event.message)}"
    if event.phase is Phase.STARTED:
        return f"{address}{_DOING[event.operation]} ..."
    if event.phase is Phase.PROGRESS:
        took = f" [{duration(event.seconds)}]" if event.seconds is not None else ""
        return f"{address}still {_DOING[event.operation]}{_how_far(event)}{took}"
    return f"{address}{_ended(event, seconds)}"


def progress_text(event: Event) -> str:
    """Write how far a step is: percent, records, or what it waits for."""
    return _how_far(event).strip(" ():")


def _how_far(event: Event) -> str:
    parts = []
    if event.percent is not None:
        parts.append(percent(event.percent))
    if event.records is not None:
        parts.append(number(event.records, "record"))
    if event.message:
        parts.append(inert(event.message))
    return f" ({', '.join(parts)})" if parts else ""


def _ended(event: Event, seconds: float | None) -> str:
    if event.operation is None or event.outcome is None:
        return ""
    after = "" if seconds is None else f" after {duration(seconds)}"
    if event.outcome is Outcome.DONE:
        return f"{_DONE[event.operation]}{after}"
    if event.outcome is Outcome.SKIPPED:
        return f"{_DOING[event.operation]} skipped: {inert(event.message)}"
    if event.outcome is Outcome.PENDING:
        return f"{_left(event.operation, event.message)}{after}"
    return f"{_DOING[event.operation]} {event.outcome.value}{after}: {inert(event.message)}"


def _left(operation: Operation, message: str) -> str:
    """Say how a step stood that the next run takes up, or that what others let go of was made."""
    if message.startswith(_MADE):
        return inert(message)
    return f"still {_BEING[operation]}{_WHEN.get(message, f': {inert(message)}')}"


def summary(
    results: Sequence[StepResult], state: State, width: int = 80, *, destroy: bool = False
) -> list[Line]:
    """Give the closing lines of an apply: how every step ended and why, then hosts and ids."""
    done = [result for result in results if result.outcome is Outcome.DONE]
    open_ = [result for result in results if result.outcome is not Outcome.DONE]
    lines = _done_lines(done, width)
    hints: list[str] = []
    for result in open_:
        failed = result.outcome is Outcome.FAILED
        style = Style.REMOVE if failed else Style.ATTENTION
        reference = f"{result.reference}: " if result.reference else ""
        pending = result.outcome is Outcome.PENDING
        why = _left(result.operation, result.message) if pending else inert(result.message)
        said = f"{result.outcome.value}: {inert(result.step_id)}: {reference}{why}"
        lines += wrapped(said, 0, width, style, hang=2)
        if failed and result.hint:
            lines += wrapped(f"hint: {inert(result.hint)}", 2, width, hang=6)
        elif result.hint and result.hint not in hints:
            hints.append(result.hint)
    lines += wrapped(closing(results, destroy=destroy), 0, width, Style.STRONG, hang=2)
    for hint in hints:
        lines += wrapped(f"hint: {inert(hint)}", 2, width, hang=6)
    return [*lines, *_new_things(made(done, state))]


def _done_lines(done: Sequence[StepResult], width: int) -> list[Line]:
    """Name what was done; very many steps that are alike are counted."""
    alike = Counter((result.operation, result.address.kind) for result in done)
    lines: list[Line] = []
    for result in done:
        key = (result.operation, result.address.kind)
        if alike[key] <= _MANY:
            lines += wrapped(f"done: {inert(result.step_id)}", 0, width, Style.QUIET, hang=2)
        elif alike[key]:
            counted = number(alike[key], result.address.kind)
            lines.append(Line(f"done: {result.operation.value} {counted}", Style.QUIET))
            alike[key] = 0
    return lines


def closing(results: Sequence[StepResult], *, destroy: bool = False) -> str:
    """Give the sentence that a run ends with: what it did, and how many steps are left and why."""
    done = [result for result in results if result.outcome is Outcome.DONE]
    open_ = [result for result in results if result.outcome is not Outcome.DONE]
    outcomes = Counter(result.outcome for result in results)
    left = "".join(
        f", {outcomes[one]} {one.value}"
        for one in (Outcome.FAILED, Outcome.PENDING, Outcome.SKIPPED)
        if outcomes[one]
    )
    run = "Destroy" if destroy else "Apply"
    head = _unfinished(run, open_) if open_ else f"{run} complete!"
    return f"{head} Resources: {_counted(done, destroy=destroy)}. Steps: {len(done)} done{left}."


def _counted(done: Sequence[StepResult], *, destroy: bool) -> str:
    """Count what was done; the numbers that belong to the run are there even when they are 0."""
    words = {"add": "added", "change": "changed", "destroy": "destroyed"}
    always = {"destroy"} if destroy else set(words)
    words |= {"finish": "finished", "cancel": "cancelled", "adopt": "adopted"}
    words |= {"forget": "forgotten"}
    counts = tally(done)
    return ", ".join(
        f"{counts[key]} {word}" for key, word in words.items() if counts[key] or key in always
    )


def _unfinished(run: str, open_: Sequence[StepResult]) -> str:
    """Tell a run that was not to wait for its jobs from one that was cut off or went wrong."""
    pending = [result for result in open_ if result.outcome is Outcome.PENDING]
    quiet = all(result.cause in {None, Cause.DEPENDENCY} for result in open_)
    if not pending or not quiet:
        return f"{run} incomplete."
    return f"{run} started; {number(len(pending), 'job')} still running."


def tally(done: Sequence[StepResult]) -> Mapping[str, int]:
    """Count what was done, by what it means for the project."""
    operations = [result.operation for result in done]
    return {
        "add": operations.count(Operation.CREATE),
        "change": operations.count(Operation.UPDATE),
        "destroy": operations.count(Operation.DELETE),
        "finish": operations.count(Operation.WAIT),
        "cancel": operations.count(Operation.CANCEL),
        "adopt": operations.count(Operation.ADOPT),
        "forget": operations.count(Operation.FORGET),
    }


def made(done: Sequence[StepResult], state: State) -> list[tuple[Address, Entry]]:
    """Give the entries that are new, or whose object is ready now."""
    new = {Operation.CREATE, Operation.WAIT, Operation.ADOPT}
    addresses = sorted({result.address for result in done if result.operation in new})
    return [(one, state.entries[one]) for one in addresses if one in state.entries]


def _new_things(new: Sequence[tuple[Address, Entry]]) -> list[Line]:
    lines: list[Line] = []
    for address, entry in new:
        lines.append(Line(f"  {address}", Style.ADD))
        for label, shown in identity(entry):
            lines.append(Line(f"      {label:<5} {inert(shown)}"))
    return lines


def identity(entry: Entry) -> list[tuple[str, str]]:
    """Give what people need to use an object: index and host where it is one, and its id."""
    index_id = text(entry.facts.get("index_id"))
    found = [("id", index_id or entry.remote_id)]
    if text(entry.facts.get("host")):
        found = [("index", entry.remote_id), ("host", text(entry.facts["host"])), *found]
    return [pair for pair in found if pair[1]]
