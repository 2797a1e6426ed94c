"""An export as a file to review: sorted, short, and with what helps to decide beside each block.

What the API says is data here and nothing else: texts are quoted, comments are inert.
"""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.config.envelope import VERSION
from reconciler.config.quote import quote
from reconciler.config.variables import literal
from reconciler.config.yaml_text import dump
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.export import Block, Export, LeftOut
from reconciler.model.kind import Kind
from reconciler.model.observed import Phase
from reconciler.model.values import JSON, Fields, mapping
from reconciler.views.inert import inert, readable
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import facts, number

_MOST_SHOWN = 10
_HEAD = (
    "# yaml-language-server: $schema=reconciler.schema.json",
    "# For editors: `reconciler schema reconciler > reconciler.schema.json` puts it beside this.",
    "#",
    "# What is in the project and in no state that we know. The keys are yours to choose.",
)
_ADOPTING = ("# `adopt` takes an object up as it is; these lines can go once they are applied.",)
_BESIDE = "What is managed is not in it: plan it together with the configuration of this state."
_MAKING = (
    "# Applied like this, backups are taken anew, and a plan with imports or restores is refused,",
    "# since these are there already: `reconciler export --adopt` takes up all of them.",
)


def render(
    export: Export, kinds: Mapping[str, Kind], *, adopt: bool, ascii_only: bool = False
) -> str:
    """Give the file; the same objects give the same bytes."""
    lines = [*_HEAD, *(_ADOPTING if adopt else _MAKING)]
    if export.unreadable:
        missing = _lists([_words(listing) for listing in sorted(export.unreadable)])
        lines.append(f"# Incomplete: {inert(missing)} could not be read.")
    lines += dump({"version": VERSION, "name": export.configuration}).splitlines()
    for key, blocks in _by_key(export, kinds).items():
        lines += ["", f"{key}:"]
        for block in blocks:
            lines += _block(block, adopt=adopt, ascii_only=ascii_only)
    return "".join(f"{line}\n" for line in lines)


def document(export: Export, kinds: Mapping[str, Kind], *, adopt: bool) -> Fields:
    """Give the same as one value, without comments."""
    found: dict[str, JSON] = {"version": VERSION, "name": export.configuration}
    for key, blocks in _by_key(export, kinds).items():
        found[key] = {block.address.name: literal(_fields(block, adopt=adopt)) for block in blocks}
    return found


def report(export: Export, width: int) -> list[Line]:
    """Say how much was exported, and what was left out and why."""
    told = _counted(block.address.kind for block in export.blocks)
    lines = [Line(f"Exported: {told or 'nothing'}.", Style.STRONG)]
    groups: dict[tuple[str, str], list[LeftOut]] = {}
    for one in export.left_out:
        groups.setdefault((one.why, one.kind), []).append(one)
    lines += [Line("Left out:")] if groups else []
    for (why, kind), found in sorted(groups.items()):
        names = f"{len(found):,}" if found[0].managed else _shown(found)
        lines += wrapped(f"{kind}, {inert(why)}: {names}", 2, width, hang=2)
    if export.blocks and any(one.managed for one in export.left_out):
        lines += wrapped(_BESIDE, 0, width, Style.QUIET)
    return lines


def unread(export: Export) -> list[Diagnostic]:
    """Say which lists could not be read, so that more may be there than was exported."""
    lists: dict[str, list[str]] = {}
    for listing, why in sorted(export.unreadable.items()):
        lists.setdefault(why, []).append(_words(listing))
    return [
        Diagnostic(
            "unreadable",
            f"{_lists(found)} could not be read: {why}",
            "what it shows is not exported; run again, or leave it out with --kind or --index",
        )
        for why, found in lists.items()
    ]


def _lists(found: Sequence[str]) -> str:
    return f"the list{'s' if len(found) > 1 else ''} of {', '.join(found)}"


def _words(listing: str) -> str:
    return listing.replace("_", " ").replace(":", " of ")


def _by_key(export: Export, kinds: Mapping[str, Kind]) -> Mapping[str, Sequence[Block]]:
    found: dict[str, list[Block]] = {}
    for block in export.blocks:
        found.setdefault(kinds[block.address.kind].key, []).append(block)
    return dict(sorted(found.items()))


def _block(block: Block, *, adopt: bool, ascii_only: bool) -> Iterable[str]:
    fields = literal(_fields(block, adopt=adopt))
    head, *rest = readable(dump({block.address.name: fields}, escaped=ascii_only)).splitlines()
    known = "still running" if block.phase is Phase.RUNNING else ""
    comment = ", ".join(part for part in (known, facts(block.facts, None)) if part)
    yield f"  {head}  # {inert(comment)}" if comment else f"  {head}"
    if block.note:
        note = inert(block.note).encode("ascii" if ascii_only else "utf-8", "backslashreplace")
        yield f"    # {note.decode()}"
    yield from (f"  {line}" for line in rest)


def _fields(block: Block, *, adopt: bool) -> Fields:
    found = {name: _sorted(value) for name, value in block.fields.items()}
    return {**found, "adopt": block.remote_id} if adopt else found


def _sorted(value: JSON) -> JSON:
    return dict(sorted(mapping(value).items())) if isinstance(value, Mapping) else value


def _counted(kinds: Iterable[str]) -> str:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return ", ".join(number(count, kind) for kind, count in sorted(found.items()))


def _shown(found: Sequence[LeftOut]) -> str:
    more = len(found) - _MOST_SHOWN
    names = [_label(one) for one in found[:_MOST_SHOWN]]
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _label(one: LeftOut) -> str:
    """Name an object by its id and what it is called, without what may be secret in that."""
    named = f" ({quote(one.name)})" if one.name not in {"", one.remote_id} else ""
    return inert(f"{one.remote_id}{named}")
