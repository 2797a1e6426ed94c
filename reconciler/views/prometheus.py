"""The board for Prometheus, in its text format, as node_exporter's textfile collector reads it.

Every time is that of an object in the project, so ages are right however old the file is, and no
restart of anything sets them back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.model.board import Board, Freshness, Stream
from reconciler.model.values import SECOND, Micros
from reconciler.views.inert import inert

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

_Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Family:
    """One metric: a gauge, with a sample for each set of labels."""

    name: str
    help: str
    samples: Sequence[tuple[_Labels, str]]


def render(board: Board) -> str:
    """Give the whole text; a metric without samples is left out."""
    lines: list[str] = []
    whose = {"configuration": board.configuration, "project": board.project or ""}
    families = (_of_freshness, _of_amounts, _of_policies, _of_indexes, _of_the_look)
    for family in (one for each in families for one in each(board)):
        if not family.samples:
            continue
        name = f"reconciler_{family.name}"
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} gauge"]
        for labels, value in family.samples:
            lines.append(f"{name}{_labels({**whose, **labels})} {value}")
    return "".join(f"{line}\n" for line in lines)


def _of_freshness(board: Board) -> Iterator[_Family]:
    newest = ((one, one.newest) for one in board.streams)
    yield _Family(
        "backup_newest_timestamp_seconds",
        "When the newest Ready backup of the policy was taken; none where there is none.",
        [(_by(one), _seconds(copy.taken_at)) for one, copy in newest if copy is not None],
    )
    yield _Family(
        "backup_due_timestamp_seconds",
        "The first slot that no Ready backup of the policy covers, to come or past.",
        [(_by(one), _seconds(one.due)) for one in board.streams if one.due is not None],
    )
    for standing, said in (
        (Freshness.LATE, "1 where it is due for longer than grace."),
        (Freshness.NEVER, "1 where the policy has no Ready backup yet."),
        (Freshness.PAUSED, "1 where the policy is paused."),
    ):
        shown = [(_by(one), str(int(one.standing is standing))) for one in board.streams]
        yield _Family(f"backup_{standing.value}", said, shown)


def _of_amounts(board: Board) -> Iterator[_Family]:
    counted: tuple[tuple[str, str, Callable[[Stream], int]], ...] = (
        ("copies", "Ready backups of the policy.", lambda one: one.stock.count),
        ("held_copies", "Backups of the policy that are held.", lambda one: len(one.held)),
        ("records", "Records in all its Ready backups.", lambda one: one.stock.records),
        ("size_bytes", "Bytes of all its Ready backups.", lambda one: one.stock.size_bytes),
    )
    for name, said, count in counted:
        shown = [(_by(one), str(count(one))) for one in board.streams]
        yield _Family(f"backup_{name}", said, shown)
    yield _Family(
        "backup_kept_copies",
        "Ready backups that a rule of the policy keeps.",
        [
            ({**_by(one), "rule": rule}, str(count))
            for one in board.streams
            for rule, count in one.kept_as.items()
        ],
    )


def _of_policies(board: Board) -> Iterator[_Family]:
    policies = board.policies.items()
    yield _Family(
        "policy_selects_nothing",
        "1 where the policy selects no index, and has to.",
        [({"policy": one.name}, str(int(not selects))) for one, selects in policies],
    )


def _of_indexes(board: Board) -> Iterator[_Family]:
    indexes = [(one, {"index": one.name}) for one in board.indexes]
    yield _Family(
        "index_newest_backup_timestamp_seconds",
        "When the newest Ready backup of the index was taken, by whomever.",
        [(by, _seconds(one.newest.taken_at)) for one, by in indexes if one.newest is not None],
    )
    yield _Family(
        "index_policies",
        "Policies that select the index, or have backups of it.",
        [(by, str(len(one.streams))) for one, by in indexes],
    )
    yield _Family(
        "index_unmanaged_backups",
        "Backups of the index that nobody manages.",
        [(by, str(one.unmanaged)) for one, by in indexes],
    )
    yield _Family(
        "index_jobs",
        "Jobs about the index that run or have failed.",
        [
            ({**by, "kind": kind, "phase": phase.value}, str(count))
            for one, by in indexes
            for (kind, phase), count in sorted(
                Counter((job.kind, job.phase) for job in one.jobs).items(),
                key=lambda item: (item[0][0], item[0][1].value),
            )
        ],
    )


def _of_the_look(board: Board) -> Iterator[_Family]:
    yield _Family(
        "status_timestamp_seconds", "When the project was read.", [({}, _seconds(board.now))]
    )
    complete = str(int(not board.unread))
    yield _Family("status_complete", "0 where something could not be read.", [({}, complete)])
    if board.is_known:
        count = str(len(board.policies))
        yield _Family("status_policies", "How many policies are declared.", [({}, count)])
    grace = _seconds(board.grace)
    yield _Family("status_grace_seconds", "How long a backup may take.", [({}, grace)])


def _by(stream: Stream) -> _Labels:
    return {"policy": stream.policy.name, "index": stream.index}


def _labels(labels: _Labels) -> str:
    pairs = (f'{name}="{inert(value).translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{','.join(pairs)}}}"


def _seconds(moment: Micros) -> str:
    """Write microseconds as seconds, with digits behind the point only where there are some."""
    whole, rest = divmod(moment, SECOND)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else f"{whole}"
