"""All documents of a run as one: who declares what, and where two of them disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.config.document import Document, Path
from reconciler.model.address import Address
from reconciler.model.desired import Moved
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.kind import Kind
from reconciler.model.values import JSON, Fields, mapping, text

DEFAULT_NAME = "default"


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared object as it is written, and where; `sound` when its schema is met."""

    address: Address
    kind: Kind
    values: Fields
    document: Document
    sound: bool = True

    @property
    def path(self) -> Path:
        """The way to the object in its document."""
        return (self.kind.key, self.address.name)

    @property
    def source(self) -> SourceSpan:
        """The place of the object's key."""
        return self.document.key_span(self.path)


@dataclass(frozen=True, slots=True)
class Merged:
    """What the documents say together."""

    name: str
    declared: Mapping[Address, Declared]
    moved: tuple[Moved, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A document and the (key of kind, name) in it that do not meet the schema."""

    document: Document
    broken: frozenset[Path] = field(default_factory=frozenset)


def merge(documents: Sequence[Judged], kinds: Mapping[str, Kind]) -> Merged:
    """Merge documents; the first of two equal addresses stays, the second is a problem."""
    declared: dict[Address, Declared] = {}
    problems: list[Diagnostic] = []
    for judged in documents:
        for item in _objects(judged, kinds):
            first = declared.setdefault(item.address, item)
            if first is not item:
                problems.append(_declared_twice(first, item))
    name, conflicts = _name(documents)
    moved = tuple(move for judged in documents for move in _moves(judged))
    return Merged(name, declared, moved, (*problems, *conflicts))


def _objects(judged: Judged, kinds: Mapping[str, Kind]) -> Iterator[Declared]:
    root = mapping(judged.document.value)
    for kind in kinds.values():
        for name, values in mapping(root.get(kind.key)).items():
            sound = (kind.key, name) not in judged.broken and (kind.key,) not in judged.broken
            address = Address(kind.name, name)
            yield Declared(address, kind, mapping(values), judged.document, sound)


def _declared_twice(first: Declared, second: Declared) -> Diagnostic:
    summary = f"{second.address} is declared twice; first at {first.source}"
    return Diagnostic("address-twice", summary, "Remove or rename one of the two.", second.source)


def _name(documents: Sequence[Judged]) -> tuple[str, tuple[Diagnostic, ...]]:
    named = [
        (name, judged.document.value_span(("name",)))
        for judged in documents
        if (name := text(mapping(judged.document.value).get("name")))
    ]
    if not named:
        return DEFAULT_NAME, ()
    name, place = named[0]
    conflicts = (
        Diagnostic(
            "name-differs",
            f'the configuration is named "{other}" here and "{name}" at {where}',
            "Name it once, or the same in every file.",
            source,
        )
        for other, source, where in ((*entry, place) for entry in named[1:])
        if other != name
    )
    return name, tuple(conflicts)


def _moves(judged: Judged) -> Iterator[Moved]:
    moves: JSON = mapping(judged.document.value).get("moved")
    for place, move in enumerate(moves if isinstance(moves, list) else ()):
        try:
            before, after = (Address.parse(text(mapping(move).get(end))) for end in ("from", "to"))
        except ValueError:
            continue  # the schema has said so already
        yield Moved(before, after, judged.document.value_span(("moved", place)))
