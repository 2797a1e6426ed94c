"""A value that must not be seen, such as the API key."""

from typing import NoReturn


class Secret:
    """A value that never shows itself: not in repr, format, pickles or JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value; called where it is sent, and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")
