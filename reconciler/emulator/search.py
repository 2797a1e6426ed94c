"""Exact search: every record is scored, by the metric of the index.

A few thousand numbers are scored in plain Python, so that small projects need not load numpy; more
are scored chunk by chunk, so that a query needs little memory beside the records.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.emulator.filters import Test
from reconciler.emulator.records import Record, Sparse, Table, pack, shortest, unpack

_MOST_IN_PYTHON = 50_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: vectors near this one, among the records that pass the test."""

    dense: bytes
    sparse: Sparse | None
    test: Test | None
    top_k: int


def search(table: Table, wanted: Wanted, metric: str) -> Sequence[tuple[float, Record]]:
    """Return the nearest records, nearest first, with their scores.

    A euclidean score is the squared distance, so there the lowest is the nearest.
    """
    nearest_is_low = metric == "euclidean"
    many = len(table) * (len(wanted.dense) // 4) > _MOST_IN_PYTHON
    found = (
        (-score if nearest_is_low else score, record)
        for chunk in table.chunks()
        for score, record in _scored(_passing(chunk, wanted.test), wanted, metric, fast=many)
    )
    best = heapq.nsmallest(wanted.top_k, found, key=lambda each: (-each[0], each[1].id))
    return [(_as_float32(-score if nearest_is_low else score), each) for score, each in best]


def _passing(chunk: Mapping[str, Record], test: Test | None) -> Sequence[Record]:
    if test is None:
        return list(chunk.values())
    return [record for record in chunk.values() if test(record.metadata or {})]


def _scored(
    records: Sequence[Record], wanted: Wanted, metric: str, *, fast: bool
) -> Iterator[tuple[float, Record]]:
    scores: Iterable[float]
    if not wanted.dense:
        # Without a place in common a sparse vector is no match at all.
        places = set(wanted.sparse.pairs()) if wanted.sparse else set()
        records = [each for each in records if each.sparse and places & each.sparse.pairs().keys()]
        scores = [0.0] * len(records)
    elif fast and records:
        scores = _dense_scores_fast(records, wanted.dense, metric)
    else:
        query = unpack(wanted.dense)
        scores = [_dense_score(query, unpack(record.dense), metric) for record in records]
    asked = wanted.sparse.pairs() if wanted.sparse else {}
    for score, record in zip(scores, records, strict=True):
        yield score + (_sparse_score(asked, record.sparse) if asked else 0.0), record


def _dense_score(query: Sequence[float], values: Sequence[float], metric: str) -> float:
    if metric == "euclidean":
        return sum((a - b) ** 2 for a, b in zip(query, values, strict=True))
    product = sum(a * b for a, b in zip(query, values, strict=True))
    if metric == "dotproduct":
        return product
    lengths = math.hypot(*query) * math.hypot(*values)
    return product / lengths if lengths else 0.0


def _dense_scores_fast(records: Sequence[Record], dense: bytes, metric: str) -> Iterable[float]:
    import numpy as np  # noqa: PLC0415 - small projects never load it

    query = np.frombuffer(dense, "<f4").astype(np.float64)
    packed = b"".join(record.dense for record in records)
    values = np.frombuffer(packed, "<f4").astype(np.float64).reshape(len(records), -1)
    if metric == "euclidean":
        scores = ((values - query) ** 2).sum(axis=1)
    else:
        scores = values @ query
        if metric == "cosine":
            lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(query)
            scores = np.divide(scores, lengths, out=np.zeros_like(scores), where=lengths > 0)
    listed: list[float] = scores.tolist()
    return listed


def _sparse_score(asked: Mapping[int, float], sparse: Sparse | None) -> float:
    if sparse is None:
        return 0.0
    return sum(asked[place] * value for place, value in sparse.pairs().items() if place in asked)


def _as_float32(score: float) -> float:
    try:
        return shortest(pack((score,)))[0]
    except OverflowError:
        return score
