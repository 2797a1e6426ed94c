"""What is wrong with a policy that no schema can judge: schedule, retention, names, selection."""

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.kinds._selection import is_nothing, is_one_name
from reconciler.kinds._slots import BETWEEN, LONGEST
from reconciler.kinds._template import INDEX, SLOT, longest
from reconciler.model import retention, schedule
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Path
from reconciler.model.values import Fields, mapping, text

_PARTS: Final = ("schedule", "every", "timezone")


def problems_of(name: str, fields: Fields) -> Iterator[tuple[Path, Diagnostic]]:
    """Find everything that is wrong, each with its place in the block."""
    yield from _name(name)
    yield from _schedule(fields)
    yield from _retention(mapping(fields.get("retention")))
    yield from _template(name, fields)
    if is_nothing(mapping(fields.get("indexes"))):
        said = "indexes selects nothing: it has neither names, nor glob, nor tags"
        hint = 'Name some, or write `glob: ["*"]` for all.'
        yield ("indexes",), Diagnostic("policy-selection", said, hint)


def _name(name: str) -> Iterator[tuple[Path, Diagnostic]]:
    """Refuse what would make a backup of `c` under `a--b` one with that of `b--c` under `a`."""
    if BETWEEN in name:
        said = f"the policy is called {name}: {BETWEEN} parts policy, index and slot in addresses"
        hint = "Write a single hyphen, or two policies may claim the same address."
        yield (), Diagnostic("policy-name", said, hint)


def _schedule(fields: Fields) -> Iterator[tuple[Path, Diagnostic]]:
    why = _refused(lambda: schedule.parse(fields))
    if why:
        given = [part for part in _PARTS if part in fields]
        place = "timezone" if "zone" in why and "timezone" in fields else next(iter(given), "")
        hint = (
            'Write `schedule: "0 2 * * *"` with a `timezone` if UTC is not meant, or `every: 6h`.'
        )
        yield (place,) if place else (), Diagnostic("policy-schedule", why, hint)


def _retention(rules: Fields) -> Iterator[tuple[Path, Diagnostic]]:
    for key, value in rules.items():
        why = _refused(lambda one={key: value}: retention.parse(one))  # type: ignore[misc]
        if why:
            hint = "Write a count such as `keep_daily: 7`, or a span such as `keep_within: 30d`."
            yield ("retention", key), Diagnostic("policy-retention", why, hint)


def _template(name: str, fields: Fields) -> Iterator[tuple[Path, Diagnostic]]:
    template = text(fields.get("name"))
    if not template:
        return
    wanted = [SLOT] if is_one_name(mapping(fields.get("indexes"))) else [INDEX, SLOT]
    missing = [place for place in wanted if place not in template]
    if missing:
        said = f"name must hold {' and '.join(missing)}, or two backups would be called the same"
        yield ("name",), Diagnostic("policy-name", said, "Write `nightly-{index}-{slot}`.")
    elif longest(template, name) > LONGEST:
        said = f"name makes names of {longest(template, name)} characters; {LONGEST} are allowed"
        yield ("name",), Diagnostic("policy-name", said, "Shorten it.")


def _refused(parse: Callable[[], object]) -> str:
    try:
        parse()
    except ValueError as error:
        return str(error)
    return ""
