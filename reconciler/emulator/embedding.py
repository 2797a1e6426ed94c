"""Embeddings made up by the emulator: no model, but the same text is always the same vector.

A text is cut into words and every word into its runs of three letters. Each of these features falls
onto a few places of the vector, by a digest and with a sign, so texts that share words, or parts of
them, are nearer to each other than texts that do not. That is enough to try out searching; what a
text means, nobody here knows.
"""

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

MADE_UP = (("x-emulator-embedding", "made up by the emulator: no model was asked"),)
"""The header of every answer that holds, or was found by, an embedding."""

_WORD = re.compile(r"[^\W_]+")
_LETTERS = 3
_WORD_WEIGHT = 2.0
_PLACES_PER_FEATURE = 4


def tokens(text: str) -> list[str]:
    """Return the words of a text, which count as its tokens."""
    return _WORD.findall(text.lower())


def dense_embedding(words: list[str], dimension: int) -> tuple[float, ...]:
    """Return a vector of length one; a text without words points along the first axis."""
    values = [0.0] * dimension
    for feature, weight in _features(words).items():
        for place, sign in _places(feature, dimension):
            values[place] += sign * weight
    length = math.hypot(*values)
    if not length:
        return (1.0, *(0.0 for _ in range(dimension - 1)))
    return tuple(round(value / length, 7) for value in values)


def sparse_embedding(words: list[str]) -> Mapping[int, tuple[str, float]]:
    """Return word and weight by place; a word weighs more the more often it occurs."""
    counts = Counter(words)
    weighed = {
        int.from_bytes(_digest(word)[:4], "big"): (word, round(1 + math.log(count), 7))
        for word, count in counts.items()
    }
    return dict(sorted(weighed.items()))


def _features(words: list[str]) -> Mapping[str, float]:
    weights: defaultdict[str, float] = defaultdict(float)
    for word in words:
        weights[word] += _WORD_WEIGHT
        padded = f" {word} "
        for start in range(len(padded) - _LETTERS + 1):
            weights[f"...{padded[start : start + _LETTERS]}"] += 1
    return weights


def _places(feature: str, dimension: int) -> Iterator[tuple[int, int]]:
    digest = _digest(feature)
    for start in range(0, 4 * _PLACES_PER_FEATURE, 4):
        number = int.from_bytes(digest[start : start + 4], "big")
        yield (number >> 1) % dimension, 1 if number & 1 else -1


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
