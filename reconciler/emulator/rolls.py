"""Rolls: the ids of objects in the order in which they were made, for pages of constant cost.

A project may hold ten thousand backups, and a client that lists them asks for a hundred pages. Each
is found by its place and the list lag by halving, so neither walks the objects that are not shown.
"""

from bisect import bisect_right


class Roll:
    """Ids and the times at which they were added, which must not go back."""

    __slots__ = ("_ids", "_times")

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._times: list[int] = []

    def add(self, identifier: str, at: int) -> None:
        """Put an id behind those that are there."""
        self._ids.append(identifier)
        self._times.append(at)

    def remove(self, identifier: str) -> None:
        """Take an id out; the places behind it move up."""
        place = self._ids.index(identifier)
        del self._ids[place], self._times[place]

    def count(self, until: int) -> int:
        """Return how many ids were added at or before a time."""
        return bisect_right(self._times, until)

    def newest(self, count: int, start: int, end: int) -> list[str]:
        """Return places `start` to `end` of the first `count` ids, read from the newest."""
        return self._ids[max(count - end, 0) : max(count - start, 0)][::-1]
