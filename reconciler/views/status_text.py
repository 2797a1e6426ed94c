"""The board as people read it: a block for each index, what is overdue first, then the counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.model.board import OVERDUE, Board, Freshness, IndexBoard, Job, Stock, Stream
from reconciler.model.moment import rfc3339
from reconciler.model.observed import Phase
from reconciler.model.values import Micros
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import age, day, number, percent, size

WORDS: Final[Mapping[Freshness, str]] = {
    Freshness.LATE: "late",
    Freshness.NEVER: "never backed up",
    Freshness.BEGUN: "first one under way",
    Freshness.FRESH: "fresh",
    Freshness.PAUSED: "paused",
    Freshness.UNSELECTED: "selected no more",
    Freshness.ABSENT: "without index",
}
UNKNOWN: Final = "Nothing is said of any index: what that needs could not be read."
_STYLES: Final = {
    Freshness.LATE: Style.REMOVE,
    Freshness.NEVER: Style.REMOVE,
    Freshness.FRESH: Style.ADD,
    Freshness.PAUSED: Style.ATTENTION,
}


def render(board: Board, width: int = 80) -> list[Line]:
    """Give the lines."""
    lines = [*idle(board, width), *([Line()] if board.idle else [])]
    for index in board.indexes:
        lines += [*block(index, board.now, width), Line()]
    lines += unread(board, width)
    return [*lines, *wrapped(summary(board), 0, width, Style.STRONG, hang=2)]


def summary(board: Board) -> str:
    """Give the line of counts: pairs of a policy and an index, then what stands beside them."""
    if not board.is_known:
        return UNKNOWN
    found = Counter(stream.standing for stream in board.streams)
    parts = [f"{found[one]:,} {word}" for one, word in WORDS.items() if found[one]]
    none = "No policy has an index." if board.policies else "No policy is declared."
    head = f"Backups by policy: {', '.join(parts)}." if parts else none
    beside = list(_beside(board))
    return f"{head} {', '.join(beside)}." if beside else head


def _beside(board: Board) -> Iterator[str]:
    """Count what stands beside the pairs."""
    idle = len(board.idle)
    if idle:
        yield f"{idle:,} {'policy' if idle == 1 else 'policies'} without index"
    alone = sum(1 for index in board.indexes if index.is_there and not index.streams)
    if alone:
        yield f"{alone:,} {'index' if alone == 1 else 'indexes'} without policy"
    jobs = Counter(job.phase for index in board.indexes for job in index.jobs)
    yield from (f"{jobs[one]:,} {one.value}" for one in (Phase.RUNNING, Phase.FAILED) if jobs[one])
    strange = sum(index.unmanaged for index in board.indexes)
    if strange:
        yield f"{number(strange, 'backup')} unmanaged"


def idle(board: Board, width: int) -> list[Line]:
    """Name the policies that select nothing; no index stands for them."""
    way_out = "correct `indexes`, or say `allow_empty: true`"
    said = (f"! {policy}: selects no index: {way_out}" for policy in board.idle)
    return _each(said, width, Style.REMOVE)


def unread(board: Board, width: int) -> list[Line]:
    """Say what could not be read."""
    said = (f"? {inert(one.what)}: not readable: {inert(one.why)}" for one in board.unread)
    return _each(said, width, Style.ATTENTION)


def _each(said: Iterable[str], width: int, style: Style) -> list[Line]:
    return [line for one in said for line in wrapped(one, 0, width, style, hang=2)]


def block(index: IndexBoard, now: Micros, width: int) -> list[Line]:
    """Give all that is known of one index."""
    mark = "!" if index.is_overdue else " "
    gone = "" if index.is_there else ", not in the project"
    lines = wrapped(f"{inert(index.name)}{gone}: {_newest(index, now)}", 2, width, Style.STRONG, 4)
    lines[0] = Line(f"{mark} {lines[0].text.lstrip()}", Style.STRONG)
    for stream in index.streams:
        lines += _stream(stream, now, width)
    for job in index.jobs:
        style = Style.REMOVE if job.phase is Phase.FAILED else Style.CHANGE
        lines += wrapped(_job(job, now), 4, width, style, hang=2)
    others = [f"{number(index.unmanaged, 'backup')} unmanaged"] if index.unmanaged else []
    others += [f"{number(index.elsewhere, 'backup')} managed elsewhere"] if index.elsewhere else []
    return lines + (wrapped(", ".join(others), 4, width, Style.QUIET) if others else [])


def stock(found: Stock) -> str:
    """Write what backups come to: `7 backups, 8,430,317 records, 33.8 GiB`."""
    records = number(found.records, "record")
    return f"{number(found.count, 'backup')}, {records}, {size(found.size_bytes)}"


def _newest(index: IndexBoard, now: Micros) -> str:
    if index.newest is None:
        return "no backup"
    return f"newest backup {age(index.newest.taken_at, now)}; {stock(index.stock)}"


def _stream(stream: Stream, now: Micros, width: int) -> list[Line]:
    style = _STYLES.get(stream.standing, Style.PLAIN)
    parts = [WORDS[stream.standing], *_ages(stream, now), *_due(stream, now)]
    lines = wrapped(f"{stream.policy}: {', '.join(parts)}", 4, width, style, hang=2)
    if stream.stock.count:
        kept = ", ".join(f"{count} {rule}" for rule, count in stream.kept_as.items())
        said = f"{stock(stream.stock)}{f'; kept as {kept}' if kept else ''}"
        lines += wrapped(inert(said), 6, width, hang=2)
    for held in stream.held:
        until = f" until {day(held.until)}" if held.until is not None else ""
        said = f"held{until}: {held.address}, {inert(held.reason)}"
        lines += wrapped(said, 6, width, hang=2)
    return lines


def _ages(stream: Stream, now: Micros) -> Iterator[str]:
    if stream.newest is not None:
        yield f"newest {age(stream.newest.taken_at, now)}"


def _due(stream: Stream, now: Micros) -> Iterator[str]:
    if stream.due is None or stream.standing is Freshness.BEGUN:
        return
    when = f"{rfc3339(stream.due)[:16].replace('T', ' ')} UTC"
    if stream.standing in OVERDUE or stream.due <= now:
        yield f"due since {when}"
    else:
        yield f"next due {when}"


def _job(job: Job, now: Micros) -> str:
    whose = f"{job.address}" if job.address is not None else f"unmanaged {job.kind}"
    done = f", {percent(job.percent)}" if job.percent is not None else ""
    since = f", begun {age(job.since, now)}" if job.since is not None else ""
    return f"{job.phase.value}: {whose} {inert(job.remote_id)}{done}{since}"
