"""Values and positions straight from the parser's events, in one pass.

`yaml.load` would read YAML 1.1, lose positions, keep the last of two equal keys and expand alias
bombs; composing nodes first costs twice the time. Here a file becomes dicts, lists and a parallel
tree of marks, and every event is counted against the limits before anything is built from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from reconciler.config.document import Branch, Document, Mark, Place
from reconciler.config.limits import Limits
from reconciler.config.quote import quote
from reconciler.config.scalars import resolve
from reconciler.config.text import decode, place_in, refused_character
from reconciler.errors import ConfigError
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.values import JSON

FASTEST: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE_KEY = "<<"
_Event: TypeAlias = Any  # the stubs say that marks may be missing; in what we parse they never are


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as far as it could be read; without a document, nothing in it can be judged."""

    document: Document | None
    problems: tuple[Diagnostic, ...] = ()


def parse(file: str, data: bytes, limits: Limits | None = None, loader: type = FASTEST) -> Parsed:
    """Read one file; every problem that is found comes back, none is raised."""
    limits = limits or Limits()
    text, problems = decode(file, data)
    if problems:
        return Parsed(None, problems)
    builder = _Builder(file, limits)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except ConfigError as error:
        return Parsed(None, (*builder.problems, *error.diagnostics))
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        return Parsed(None, (*builder.problems, _syntax(file, text, error)))
    root = builder.root
    value, place = (root.values[0], root.places[0]) if root.values else (None, None)
    return Parsed(Document(file, value, place, text), tuple(builder.problems))


def _syntax(file: str, text: str, error: Exception) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    span = place_in(file, text, 0) if mark is None else _span(file, mark)
    what = getattr(error, "problem", None) or str(error)
    hint = "Look for a missing quote, colon, bracket or a wrong indentation just before this place."
    if mark is not None and text.startswith("\t", mark.index):
        hint = "Indent with spaces; YAML does not take tabs."
    return Diagnostic("yaml-syntax", f"this is not YAML: {what}", hint, span)


def _span(file: str, mark: Mark) -> SourceSpan:
    return SourceSpan(file, mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still being filled; `key` waits for its value."""

    values: Any
    places: Any
    keys: dict[str, Mark] | None
    mark: Mark | None = None
    anchor: str | None = None
    key: "str | _Dropped | None" = None
    height: int = 1  # levels of containers, itself included
    before: tuple[int, int] = (0, 0)  # counts when it was opened


class _Dropped:
    """Stands for a key that was refused; its value is read and forgotten."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished node that aliases may repeat, and what a repetition adds to the counts."""

    value: JSON
    place: Place
    height: int
    nodes: int
    characters: int


_DROPPED = _Dropped()
_OPEN = object()


@dataclass(slots=True)
class _Builder:
    """Takes events one by one; holds the containers that are open and the counts so far."""

    file: str
    limits: Limits
    problems: list[Diagnostic] = field(default_factory=list)
    root: _Frame = field(default_factory=lambda: _Frame([], [], None))
    frames: list[_Frame] = field(init=False)
    anchors: dict[str, Any] = field(default_factory=dict)
    documents: int = 0
    nodes: int = 0
    characters: int = 0
    handlers: dict[type, Callable[[Any], None]] = field(init=False)

    def __post_init__(self) -> None:
        self.frames = [self.root]
        self.handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_list,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: _Event) -> None:
        """Build from one event; raises ConfigError where going on has no meaning."""
        handler = self.handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _document(self, event: _Event) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "Put each document into a file of its own; all files are merged."
            summary = "the file holds more than one YAML document"
            raise self._stop("yaml-documents", summary, hint, event.start_mark)

    def _scalar(self, event: _Event) -> None:
        frame, mark = self.frames[-1], event.start_mark
        if event.tag is not None:
            self._refuse_tag(event)
        if event.style == '"' and (character := refused_character(event.value)):
            hint = "Write the text without it."
            self._report("refused-character", f"the text holds {character}", hint, mark)
        value = self._resolved(event, mark) if event.implicit[0] else event.value
        if frame.keys is not None and frame.key is None:
            self._take_key(frame, frame.keys, event, value)
            return
        self.characters += len(event.value)
        if value is None and frame.keys and not event.value and isinstance(frame.key, str):
            mark = frame.keys[frame.key]  # nothing is written there: the key is what people see
        self._attach(value, mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, mark, 0, 1, len(event.value))

    def _resolved(self, event: _Event, mark: Mark) -> JSON:
        try:
            return resolve(event.value, self.limits.digits)
        except ValueError as error:
            hint = "Quote it if text is meant, else write a finite number."
            self._report("yaml-number", str(error), hint, mark)
            return str(event.value)

    def _take_key(self, frame: _Frame, keys: dict[str, Mark], event: _Event, value: JSON) -> None:
        key = event.value
        frame.key = _DROPPED
        if not isinstance(value, str):
            summary = f"the key {key or '(empty)'} is not text"
            hint = f'Quote it: "{key}".' if key else "Write a name before the colon."
            self._report("yaml-key", summary, hint, event.start_mark)
        elif event.implicit[0] and key == _MERGE_KEY:
            hint = "YAML 1.2 has no merge: repeat the keys, or use an alias for a whole value."
            self._report("yaml-merge", "<< does not merge", hint, event.start_mark)
        elif key in keys:
            first = _span(self.file, keys[key])
            summary = f"the key {quote(key)} is here twice; first at {first}"
            self._report("yaml-duplicate-key", summary, "Keep one of the two.", event.start_mark)
        else:
            keys[key] = event.start_mark
            frame.key = key
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, event.start_mark, 0, 1, len(key))

    def _alias(self, event: _Event) -> None:
        known, mark = self.anchors.get(event.anchor), event.start_mark
        if known is _OPEN:
            hint = "Write the inner value out; a configuration cannot be endless."
            summary = f"*{event.anchor} stands inside the very value that it repeats"
            raise self._stop("yaml-recursive-alias", summary, hint, mark)
        if known is None:
            summary, hint = f"*{event.anchor} repeats nothing", f"Define &{event.anchor} before it."
            self._report("yaml-unknown-alias", summary, hint, mark)
            known = _Anchored(None, mark, 0, 1, 0)
        self._check_depth(known.height, mark)
        self.nodes += known.nodes - 1
        self.characters += known.characters
        if self.characters > self.limits.file_bytes:
            raise self._too_large(f"{self.limits.file_bytes} characters", mark)
        place = known.place
        if isinstance(place, Branch):
            place = Branch(mark, place.keys, place.items)
        self._attach(known.value, place if isinstance(place, Branch) else mark, known.height)

    def _open_mapping(self, event: _Event) -> None:
        self._open(event, _Frame({}, {}, {}))

    def _open_list(self, event: _Event) -> None:
        self._open(event, _Frame([], [], None))

    def _open(self, event: _Event, frame: _Frame) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        self._check_depth(1, event.start_mark)
        frame.mark, frame.anchor = event.start_mark, event.anchor
        frame.before = (self.nodes, self.characters)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _OPEN
        self.frames.append(frame)

    def _close(self, _event: _Event) -> None:
        frame = self.frames.pop()
        assert frame.mark is not None  # noqa: S101 - only the root frame has none, and it stays
        place = Branch(frame.mark, frame.keys, frame.places)
        self._attach(frame.values, place, frame.height)
        if frame.anchor is not None:
            nodes, characters = self.nodes - frame.before[0], self.characters - frame.before[1]
            anchored = _Anchored(frame.values, place, frame.height, nodes, characters)
            self.anchors[frame.anchor] = anchored

    def _attach(self, value: JSON, place: Place, height: int = 0) -> None:
        frame = self.frames[-1]
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise self._too_large(f"{self.limits.nodes} values", _start(place))
        frame.height = max(frame.height, height + 1)
        if frame.keys is None:
            frame.values.append(value)
            frame.places.append(place)
        elif frame.key is None:
            self._report(
                "yaml-key",
                "this key is a list, a mapping or an alias",
                "Write a name.",
                _start(place),
            )
            frame.key = _DROPPED
        else:
            if isinstance(frame.key, str):
                frame.values[frame.key] = value
                frame.places[frame.key] = place
            frame.key = None

    def _check_depth(self, height: int, mark: Mark) -> None:
        if len(self.frames) - 1 + height > self.limits.depth:
            summary = f"values are nested deeper than {self.limits.depth} levels"
            raise self._stop("yaml-too-deep", summary, "Flatten the value.", mark)

    def _refuse_tag(self, event: _Event) -> None:
        tag = quote(str(event.tag).replace("tag:yaml.org,2002:", "!!"))
        hint = "Remove the tag; quote the value if text is meant."
        self._report("yaml-tag", f"the tag {tag} is not used here", hint, event.start_mark)

    def _report(self, reference: str, summary: str, hint: str, mark: Mark) -> None:
        self.problems.append(Diagnostic(reference, summary, hint, _span(self.file, mark)))

    def _too_large(self, limit: str, mark: Mark) -> ConfigError:
        summary = f"the file stands for more than {limit}, aliases expanded"
        return self._stop("yaml-too-large", summary, "Split the file, or use fewer aliases.", mark)

    def _stop(self, reference: str, summary: str, hint: str, mark: Mark) -> ConfigError:
        return ConfigError(Diagnostic(reference, summary, hint, _span(self.file, mark)))


def _start(place: Place) -> Mark:
    return place.mark if isinstance(place, Branch) else place
