"""The board for programs; `schemas/status.schema.json` describes it."""

from reconciler.model.board import OVERDUE, Board, Copy, IndexBoard, Job, Stock, Stream
from reconciler.model.moment import rfc3339
from reconciler.model.values import SECOND, Fields, Micros

FORMAT_VERSION = "1.0"
"""Version of the document; a minor is additive, a major is refused."""


def status_json(board: Board) -> Fields:
    """Give the board as one JSON value."""
    return {
        "format_version": FORMAT_VERSION,
        "timestamp": rfc3339(board.now),
        "configuration": board.configuration,
        "project": board.project,
        "grace_seconds": board.grace // SECOND,
        "overdue": board.is_overdue,
        "complete": not board.unread,
        "policies": [
            {"policy": str(policy), "selects_nothing": not selects}
            for policy, selects in board.policies.items()
        ],
        "indexes": [_index(index, board.now) for index in board.indexes],
        "unreadable": [{"what": one.what, "reason": one.why} for one in board.unread],
    }


def _index(index: IndexBoard, now: Micros) -> Fields:
    return {
        "name": index.name,
        "in_project": index.is_there,
        "newest": _copy(index.newest, now),
        "backups": _stock(index.stock),
        "unmanaged": index.unmanaged,
        "managed_elsewhere": index.elsewhere,
        "policies": [_stream(stream, now) for stream in index.streams],
        "jobs": [_job(job) for job in index.jobs],
    }


def _stream(stream: Stream, now: Micros) -> Fields:
    return {
        "policy": str(stream.policy),
        "standing": stream.standing.value,
        "overdue": stream.standing in OVERDUE,
        "due": _moment(stream.due),
        "newest": _copy(stream.newest, now),
        "backups": _stock(stream.stock),
        "kept_as": dict(stream.kept_as),
        "held": [
            {"address": str(held.address), "reason": held.reason, "until": _moment(held.until)}
            for held in stream.held
        ],
    }


def _copy(copy: Copy | None, now: Micros) -> Fields | None:
    if copy is None:
        return None
    return {
        "id": copy.remote_id,
        "address": None if copy.address is None else str(copy.address),
        "created_at": rfc3339(copy.taken_at),
        "age_seconds": max(0, now - copy.taken_at) // SECOND,
        "record_count": copy.records,
        "size_bytes": copy.size_bytes,
    }


def _stock(stock: Stock) -> Fields:
    return {
        "count": stock.count,
        "record_count": stock.records,
        "size_bytes": stock.size_bytes,
    }


def _job(job: Job) -> Fields:
    return {
        "kind": job.kind,
        "address": None if job.address is None else str(job.address),
        "id": job.remote_id,
        "phase": job.phase.value,
        "percent": job.percent,
        "created_at": _moment(job.since),
    }


def _moment(moment: Micros | None) -> str | None:
    return None if moment is None else rfc3339(moment)
