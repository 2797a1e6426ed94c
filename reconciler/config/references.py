"""What objects say of each other: every address must be declared, once, and in no circle."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from reconciler.config.document import Path
from reconciler.config.merge import Declared
from reconciler.config.quote import quote
from reconciler.config.suggest import did_you_mean
from reconciler.model.address import Address
from reconciler.model.desired import Desired, Moved
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.values import JSON, Fields, canonical, mapping

_MOST_CYCLES = 20  # finding each costs a pass over all objects
_MOST_SUGGESTIONS = 50  # each costs a comparison with all addresses

Objects = Mapping[Address, tuple[Declared, Desired]]
"""Every object that meets its schema, as written and as completed."""


def unknown_addresses(objects: Objects, known: Mapping[Address, Declared]) -> Iterator[Diagnostic]:
    """Find addresses that objects refer to and nobody declares."""
    count = 0
    for item, desired in objects.values():
        for address, path in _references(item, desired):
            if address in known:
                continue
            count += 1
            options = map(str, known if count <= _MOST_SUGGESTIONS else ())
            summary = f"{desired.address} refers to {address}, which is not declared"
            hint = f"{did_you_mean(str(address), options)}Declare it, or correct the name."
            span = item.document.value_span(path)
            yield Diagnostic("unknown-address", summary, hint, span)


def wrong_moves(moved: Sequence[Moved], known: Mapping[Address, Declared]) -> Iterator[Diagnostic]:
    """Find renames whose old address is still declared, or that do not end at a declared one."""
    after = {move.before: move.after for move in moved}
    ends: dict[tuple[str, Address], SourceSpan | None] = {}
    for move in moved:
        if move.before in known:
            summary = f"moved: {move.before} is still declared at {known[move.before].source}"
            yield _wrong_move(summary, "Remove the old block, or this rename.", move)
        if _is_circle(move.before, after):
            summary = f"moved: {move.before} is renamed in a circle, back to itself"
            yield _wrong_move(summary, "Remove the rename that leads back.", move)
        elif move.after not in known and move.after not in after:
            near = did_you_mean(str(move.after), map(str, known))
            hint = f"{near}Declare the new address, or remove this rename."
            yield _wrong_move(f"moved: {move.after} is not declared", hint, move)
        if move.before.kind != move.after.kind:
            summary = f"moved: {move.before} cannot become {move.after}, another kind"
            yield _wrong_move(summary, "Keep the kind; only the name can change.", move)
        for end in (("from", move.before), ("to", move.after)):
            if end in ends:
                summary = f"moved: {end[1]} stands twice under {end[0]}; first at {ends[end]}"
                yield _wrong_move(summary, "Remove one of the two renames.", move)
            ends.setdefault(end, move.source)


def cycles(objects: Objects) -> Iterator[Diagnostic]:
    """Find objects that wait for each other."""
    graph = _graph(objects)
    for _ in range(_MOST_CYCLES):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[Address] = error.args[1][::-1]
        else:
            return
        first = circle.index(min(circle))
        circle = [*circle[first:-1], *circle[:first], circle[first]]
        graph[circle[0]].discard(circle[1])
        said = f"{' -> '.join(map(str, circle))} wait for each other"
        hint = "Remove one of these depends_on or references."
        if circle[1:] == circle[:1]:
            said = f"{circle[0]} waits for itself"
            hint = "Remove its depends_on or reference to itself."
        source = objects[circle[0]][1].source
        yield Diagnostic("dependency-cycle", said, hint, source)


def rivals(objects: Objects) -> Iterator[Diagnostic]:
    """Find objects of one kind that share all fields in which no two may agree."""
    seen: dict[tuple[str, bytes], Declared] = {}
    for item, desired in objects.values():
        unique: Fields = {name: desired.fields.get(name) for name in item.kind.rules.unique}
        if not unique:
            continue
        first = seen.setdefault((item.kind.name, canonical(unique)), item)
        if first is item:
            continue
        shared = ", ".join(f"{name} {quote(value)}" for name, value in unique.items() if value)
        summary = f"{item.address} and {first.address} at {first.source} have the same {shared}"
        hint = f"Remove one of the two, or let them differ in {' or '.join(unique)}."
        yield Diagnostic("same-target", summary, hint, item.source)


def _is_circle(start: Address, after: Mapping[Address, Address]) -> bool:
    end: Address | None = after[start]
    for _ in after:
        if end is None or end == start:
            break
        end = after.get(end)
    return end == start


def _wrong_move(summary: str, hint: str, move: Moved) -> Diagnostic:
    return Diagnostic("moved-address", summary, hint, move.source)


def _references(item: Declared, desired: Desired) -> Iterator[tuple[Address, Path]]:
    for place, address in enumerate(desired.depends_on):
        yield address, (*item.path, "depends_on", place)
    for address in item.kind.needs(desired.fields).addresses:
        yield address, (*item.path, *(_path_to(address, item.values) or ()))


def _path_to(address: Address, value: JSON) -> Path | None:
    """Find where an object says `{kind: name}`, which is how kinds write references."""
    for key, inner in mapping(value).items():
        if key == address.kind and inner == address.name:
            return (key,)
        path = _path_to(address, inner)
        if path is not None:
            return (key, *path)
    return None


def _graph(objects: Objects) -> dict[Address, set[Address]]:
    makers = {
        desired.fields.get(item.kind.rules.makes_index): desired.address
        for item, desired in objects.values()
        if item.kind.rules.makes_index is not None
    }
    graph: dict[Address, set[Address]] = {}
    for item, desired in objects.values():
        needs = item.kind.needs(desired.fields)
        made = {makers[index] for index in needs.indexes if index in makers}
        wanted = {*desired.depends_on, *needs.addresses, *made}
        graph[desired.address] = wanted & objects.keys()
    return graph
