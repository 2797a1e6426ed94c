"""`did you mean`: the nearest of the words that would have been right."""

import difflib
from collections.abc import Iterable

from reconciler.config.quote import quote

_LONGEST_WORD = 64
_MOST_OPTIONS = 2_000  # comparing costs time for each; a hint is not worth seconds


def closest(word: str, options: Iterable[str]) -> str | None:
    """Give the option that looks most like the word, None where none is near."""
    known = list(options)
    if len(word) > _LONGEST_WORD or len(known) > _MOST_OPTIONS:
        return None
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Give the question with a space after it, empty where no option is near."""
    near = closest(word, options)
    return "" if near is None else f"Did you mean {quote(near)}? "
