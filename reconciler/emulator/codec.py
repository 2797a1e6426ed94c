"""The project's objects as plain JSON values and back, each by the types of its fields.

Nothing is written down twice: a field that is added to an object is kept from then on. Reading is
strict, since a document may have been written by hand, and says which place is wrong. Tables of
records are shared by those who hold them, so they are kept elsewhere and named by a number.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reconciler.emulator.bodies import whole_number
from reconciler.emulator.clock import LAST_MOMENT
from reconciler.emulator.errors import invalid
from reconciler.emulator.records import Table

_SCALARS = (str, int, float, bool)
_LARGEST_NUMBER = 2**31


@dataclass(frozen=True, slots=True)
class Codec:
    """How objects are written and read; a table is written as a number that stands for it."""

    number_of: Callable[[Table], int]
    table_of: Callable[[int], Table]

    def plain(self, value: object) -> object:
        """Return a value of an object, or the whole object, as JSON can hold it."""
        if isinstance(value, Table):
            return self.number_of(value)
        if is_dataclass(value):
            return {each.name: self.plain(getattr(value, each.name)) for each in fields(value)}
        if isinstance(value, Mapping):
            return {key: self.plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each) for each in value]
        return value

    def read(self, hint: Any, value: object, what: str) -> Any:  # noqa: ANN401 - as the hint says
        """Read a value of the type that a hint names; raises Refusal that names the place."""
        if hint is object:
            return value
        if hint is Table:
            return self._table(value, what)
        if is_dataclass(hint):
            return self._object(hint, value, what)
        if hint in _SCALARS:
            return _scalar(hint, value, what)
        options = get_args(hint)
        if NoneType in options:
            inner = next(each for each in options if each is not NoneType)
            return None if value is None else self.read(inner, value, what)
        return self._composed(hint, value, what)

    def _table(self, value: object, what: str) -> Table:
        try:
            return self.table_of(whole_number(value, what, 0, _LARGEST_NUMBER))
        except LookupError:
            raise invalid(f"{what} names a table that is not there") from None

    def _object(self, kind: Any, value: object, what: str) -> object:  # noqa: ANN401 - a dataclass
        if not isinstance(value, Mapping):
            raise invalid(f"{what} must be an object")
        hints = _hints(kind)
        unknown = sorted(map(str, value.keys() - hints.keys()))
        if unknown:
            raise invalid(f"{what} has no {', '.join(unknown)}")
        missing = sorted(_needed(kind) - value.keys())
        if missing:
            raise invalid(f"{what} lacks {', '.join(missing)}")
        return kind(
            **{key: self.read(hints[key], each, f"{what}.{key}") for key, each in value.items()}
        )

    def _composed(self, hint: Any, value: object, what: str) -> object:  # noqa: ANN401 - a type hint
        origin, options = get_origin(hint), get_args(hint)
        if origin is Literal and value in options:
            return value
        if origin is tuple and isinstance(value, list):
            return tuple(self.read(options[0], each, f"{what}[]") for each in value)
        if origin is not Literal and isinstance(value, Mapping):
            return {
                key: self.read(options[1], each, f"{what}.{key}") for key, each in value.items()
            }
        raise invalid(f"{what} is not what belongs there")


def _scalar(kind: type, value: object, what: str) -> object:
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise invalid(f"{what} must be a {kind.__name__}")
    if isinstance(value, int | float) and abs(value) > LAST_MOMENT:
        raise invalid(f"{what} is too large")
    return value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _needed(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a dataclass
    return frozenset(
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    )
