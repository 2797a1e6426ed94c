"""The way in: paths of YAML become one Configuration, or all that is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.config.document import Document
from reconciler.config.files import FileSet, read_files
from reconciler.config.limits import Limits
from reconciler.config.merge import Declared, Judged, Merged, merge
from reconciler.config.references import Objects, cycles, rivals, unknown_addresses, wrong_moves
from reconciler.config.validate import validator
from reconciler.config.variables import NO_INPUTS, Filled, Inputs, fill
from reconciler.config.yaml_events import parse
from reconciler.errors import ConfigError
from reconciler.model.address import Address
from reconciler.model.desired import (
    NOTHING_ASSIGNED,
    Assigned,
    Configuration,
    Desired,
    Ensure,
    Lifecycle,
    Moved,
    OnChange,
    OnRemove,
)
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.kind import Kind
from reconciler.model.values import JSON, Fields, digest, mapping, text

_COMMON = frozenset(("adopt", "ensure", "depends_on", "lifecycle"))


def load(
    paths: Sequence[str],
    kinds: Mapping[str, Kind],
    limits: Limits | None = None,
    assigned: Assigned = NOTHING_ASSIGNED,
) -> Configuration:
    """Read, check and merge configuration files; raises ConfigError with every problem."""
    read = read_files(paths, limits)
    values = read_files(assigned.files, limits) if assigned.files else FileSet()
    problems = [*read.problems, *values.problems]
    inputs = Inputs(assigned.pairs, _parsed(values.files, limits, problems))
    return build(read.files, kinds, limits, problems, inputs)


def build(
    files: Sequence[tuple[str, bytes]],
    kinds: Mapping[str, Kind],
    limits: Limits | None = None,
    problems: Sequence[Diagnostic] = (),
    inputs: Inputs = NO_INPUTS,
) -> Configuration:
    """Check and merge files that were read; `problems` are those found in reading them."""
    found = list(problems)
    documents = _parsed(files, limits, found)
    filled = Filled(documents)
    if len(documents) == len(files):  # a file that cannot be read may declare what others use
        filled = fill(documents, inputs, limits or Limits())
    found.extend(filled.problems)
    judged = tuple(_judged(filled, kinds, found))
    whole = len(judged) == len(files) and not problems
    merged = merge(judged, kinds)
    sources = {move.after: move.before for move in merged.moved}
    objects = {
        address: (item, _desired(item, tuple(_before(address, sources))))
        for address, item in sorted(merged.declared.items())
        if item.sound
    }
    found.extend(merged.problems)
    found.extend(_relations(objects, merged, whole=whole))
    if found:
        raise ConfigError(*sorted(found, key=_place))
    return Configuration(
        name=merged.name,
        desired={address: desired for address, (_, desired) in objects.items()},
        moved=tuple(sorted(merged.moved, key=_ends)),
        digest=_digest(merged),
        files=tuple(name for name, _ in files),
    )


def _parsed(
    files: Sequence[tuple[str, bytes]], limits: Limits | None, found: list[Diagnostic]
) -> tuple[Document, ...]:
    """Give the files that can be read as YAML; the others' problems are added to `found`."""
    parsed = [parse(name, data, limits) for name, data in files]
    found.extend(problem for one in parsed for problem in one.problems)
    return tuple(one.document for one in parsed if one.document is not None)


def _judged(filled: Filled, kinds: Mapping[str, Kind], found: list[Diagnostic]) -> Iterator[Judged]:
    validate = validator(kinds)
    known = {problem.source for problem in found} | filled.unfilled
    for document in filled.documents:
        verdict = validate(document)
        found.extend(problem for problem in verdict.problems if problem.source not in known)
        yield Judged(document, verdict.broken)


def _before(address: Address, sources: Mapping[Address, Address]) -> Iterator[Address]:
    """Give the addresses of old, the last one first; a circle is refused elsewhere."""
    seen = {address}
    while (before := sources.get(address)) is not None and before not in seen:
        yield before
        seen.add(before)
        address = before


def _desired(item: Declared, before: tuple[Address, ...]) -> Desired:
    values = item.values
    fields = {name: value for name, value in values.items() if name not in _COMMON}
    depends_on = values.get("depends_on")
    return Desired(
        address=item.address,
        fields=item.kind.complete(item.address.name, fields),
        source=item.source,
        adopt=text(values.get("adopt")) or None,
        ensure=Ensure(values.get("ensure", Ensure.PRESENT.value)),
        depends_on=_addresses(depends_on),
        lifecycle=_lifecycle(mapping(values.get("lifecycle")), item.kind.rules.on_remove),
        before=before,
    )


def _addresses(value: JSON) -> tuple[Address, ...]:
    return tuple(Address.parse(text(entry)) for entry in value) if isinstance(value, list) else ()


def _lifecycle(values: Fields, on_remove: OnRemove) -> Lifecycle:
    return Lifecycle(
        prevent_destroy=values.get("prevent_destroy") is True,
        on_remove=OnRemove(values.get("on_remove", on_remove.value)),
        on_change=OnChange(values.get("on_change", OnChange.REFUSE.value)),
    )


def _relations(objects: Objects, merged: Merged, *, whole: bool) -> Iterator[Diagnostic]:
    if whole:  # what a file declares that could not be read is not known
        yield from unknown_addresses(objects, merged.declared)
        yield from wrong_moves(merged.moved, merged.declared)
    yield from cycles(objects)
    yield from rivals(objects)
    yield from _adopted_and_absent(objects)
    yield from _unlikely(objects)


def _unlikely(objects: Objects) -> Iterator[Diagnostic]:
    """Find what only the kind can judge: a schedule that is never due, for example."""
    for item, desired in objects.values():
        for path, problem in item.kind.problems(desired.address.name, desired.fields):
            yield replace(problem, source=item.document.value_span((*item.path, *path)))


def _adopted_and_absent(objects: Objects) -> Iterator[Diagnostic]:
    for item, desired in objects.values():
        if desired.ensure is Ensure.ABSENT and desired.adopt is not None:
            yield Diagnostic(
                "adopt-absent",
                f"{desired.address} is to be adopted and to be absent",
                "Adopt it in one apply, then declare `ensure: absent`; or remove `adopt`.",
                item.document.key_span((*item.path, "ensure")),
            )


def _place(problem: Diagnostic) -> tuple[SourceSpan, str, str]:
    return problem.source or SourceSpan("", 0, 0), problem.reference, problem.summary


def _ends(move: Moved) -> tuple[Address, Address]:
    return move.before, move.after


def _digest(merged: Merged) -> str:
    kinds: dict[str, JSON] = {
        str(address): item.values for address, item in merged.declared.items()
    }
    moved: list[JSON] = [
        [str(end) for end in _ends(move)] for move in sorted(merged.moved, key=_ends)
    ]
    return digest({"name": merged.name, "moved": moved, "objects": kinds})
