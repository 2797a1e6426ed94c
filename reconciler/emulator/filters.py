"""Metadata filters: the documented operators, read once into a test of a record's metadata.

`$ne` and `$nin` are the opposites of `$eq` and `$in`, so they also match records without the field.
A field that holds a list of strings is equal to each of its elements.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.emulator.errors import Refusal, invalid

Test = Callable[[Mapping[str, object]], bool]

_DEEPEST = 32
_MOST_LISTED = 10_000


def read_filter(fields: Mapping[str, object], depth: int = 0) -> Test:
    """Read a filter, all of whose parts must hold; raises Refusal."""
    if depth > _DEEPEST:
        raise invalid(f"A filter must not be nested more than {_DEEPEST} deep.")
    tests: list[Test] = []
    for key, wanted in fields.items():
        if key in {"$and", "$or"}:
            tests.append(_combined(key, wanted, depth))
        elif key.startswith("$"):
            raise invalid(f"{key} is not a valid operator")
        elif isinstance(wanted, dict):
            tests.extend(_compared(key, operator, value) for operator, value in wanted.items())
        else:
            tests.append(_compared(key, "$eq", wanted))
    return lambda metadata: all(test(metadata) for test in tests)


def _combined(operator: str, wanted: object, depth: int) -> Test:
    if not isinstance(wanted, list) or not wanted:
        raise invalid(f"{operator} must be followed by a list of one or more filters")
    parts = []
    for part in wanted:
        if not isinstance(part, dict):
            raise invalid(f"{operator} must be followed by a list of one or more filters")
        parts.append(read_filter(part, depth + 1))
    if operator == "$and":
        return lambda metadata: all(test(metadata) for test in parts)
    return lambda metadata: any(test(metadata) for test in parts)


def _compared(key: str, operator: str, wanted: object) -> Test:
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise invalid(f"{operator} is not a valid operator")
    return compare(key, operator, wanted)


def _equal(key: str, operator: str, wanted: object) -> Test:
    if not isinstance(wanted, str | bool | int | float):
        raise _wrong(operator, "a string, number or boolean", wanted)
    return lambda metadata: key in metadata and _holds(metadata[key], wanted)


def _among(key: str, operator: str, wanted: object) -> Test:
    if not isinstance(wanted, list) or len(wanted) > _MOST_LISTED:
        raise _wrong(operator, f"a list of at most {_MOST_LISTED} values", wanted)
    tests = [_equal(key, operator, each) for each in wanted]
    return lambda metadata: any(test(metadata) for test in tests)


def _exists(key: str, operator: str, wanted: object) -> Test:
    if not isinstance(wanted, bool):
        raise _wrong(operator, "a boolean", wanted)
    return lambda metadata: (key in metadata) is wanted


def _not(positive: Callable[[str, str, object], Test]) -> Callable[[str, str, object], Test]:
    def build(key: str, operator: str, wanted: object) -> Test:
        test = positive(key, operator, wanted)
        return lambda metadata: not test(metadata)

    return build


def _ordered(
    fits: Callable[[float, float], bool],
) -> Callable[[str, str, object], Test]:
    def build(key: str, operator: str, wanted: object) -> Test:
        if isinstance(wanted, bool) or not isinstance(wanted, int | float):
            raise _wrong(operator, "a number", wanted)

        def test(metadata: Mapping[str, object]) -> bool:
            held = metadata.get(key)
            if isinstance(held, bool) or not isinstance(held, int | float):
                return False
            return fits(held, wanted)

        return test

    return build


def _holds(held: object, wanted: object) -> bool:
    if isinstance(held, list):
        return wanted in held
    # Python takes True for 1.
    return isinstance(held, bool) is isinstance(wanted, bool) and held == wanted


def _wrong(operator: str, needed: str, wanted: object) -> Refusal:
    return invalid(f"the {operator} operator must be followed by {needed}, got {wanted!r:.80}")


_OPERATORS: Mapping[str, Callable[[str, str, object], Test]] = MappingProxyType(
    {
        "$eq": _equal,
        "$ne": _not(_equal),
        "$in": _among,
        "$nin": _not(_among),
        "$exists": _exists,
        "$gt": _ordered(lambda held, wanted: held > wanted),
        "$gte": _ordered(lambda held, wanted: held >= wanted),
        "$lt": _ordered(lambda held, wanted: held < wanted),
        "$lte": _ordered(lambda held, wanted: held <= wanted),
    }
)
