"""The plan for a pull request: counts and removals first, cut in the middle where it is too long.

What others wrote stands in code spans and fences only, where Markdown does nothing with it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import REMOVALS, Action, Change, Standing
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Plan
from reconciler.views import diagnostics
from reconciler.views.change_text import change_lines, verb
from reconciler.views.inert import code, fenced
from reconciler.views.lines import Line
from reconciler.views.plan_text import INCOMPLETE, REFUSED, besides, matters, summary

MOST_BYTES = 60_000
"""GitHub takes 65,536 letters in a comment; whoever posts it writes a line or two around it."""

_WIDTH = 100
_MOST_OPEN = 10
_MARKS = {Action.CREATE: "+", Action.ADOPT: "+", Action.UPDATE: "~", Action.WAIT: "="}


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines about one thing, and the words it is counted under when it is cut."""

    label: str
    lines: tuple[str, ...]

    def brief(self) -> "_Block":
        """Give its first line alone."""
        return replace(self, lines=self.lines[:1])


@dataclass(frozen=True, slots=True)
class _Section:
    """Blocks under a title; of all that it has, `kept` are shown, half from either end."""

    title: str
    blocks: tuple[_Block, ...]
    kept: int
    language: str = "diff"
    folds: bool = False


def render(plan: Plan, most_bytes: int = MOST_BYTES) -> str:
    """Give the plan as one text of Markdown, no longer than `most_bytes` in UTF-8."""
    return _text(plan, _fitted(plan, _sections(plan), most_bytes))


def _sections(plan: Plan) -> list[_Section]:
    """Take the plan apart, in the order in which it is shown."""
    changes = [change for change in plan.changes if matters(change)]
    ended = [one for one in changes if _is_planned(one) and one.action in REMOVALS]
    undecided = [one for one in changes if not _is_planned(one)]
    rest = [one for one in changes if _is_planned(one) and one.action not in REMOVALS]
    told = [
        _Block(one.severity.value, _texts(diagnostics.render([one], _WIDTH)))
        for one in (*plan.refusals, *plan.warnings)
    ]
    also = [_Block("line", (text,)) for text in _texts(besides(plan, _WIDTH))]
    return [
        _section("Refusals and warnings", told, "text"),
        _section("Deleted, replaced, cancelled or forgotten", _blocks(plan, ended)),
        _section("Left as it is until somebody decides", _blocks(plan, undecided)),
        _section("Everything else", _blocks(plan, rest), folds=True),
        _section("Besides", also, "text"),
    ]


def _section(
    title: str, blocks: Sequence[_Block], language: str = "diff", *, folds: bool = False
) -> _Section:
    return _Section(title, tuple(blocks), len(blocks), language, folds)


_CUT_FIRST = (3, 4)
_CUT_LAST = (2, 0, 1)  # removals are the very last to go


def _fitted(plan: Plan, sections: list[_Section], most: int) -> list[_Section]:
    """Cut as little as is needed: the middle of what is harmless, then details, then the rest."""

    def fits(found: Sequence[_Section]) -> bool:
        return len(_text(plan, found).encode()) <= most

    for place in _CUT_FIRST:
        sections = _shortened(sections, place, fits)
    if not fits(sections):
        sections = [
            replace(one, blocks=tuple(block.brief() for block in one.blocks)) for one in sections
        ]
    for place in _CUT_LAST:
        sections = _shortened(sections, place, fits)
    return sections


def _shortened(
    sections: list[_Section], place: int, fits: Callable[[Sequence[_Section]], bool]
) -> list[_Section]:
    """Keep as many blocks of one section as fit, by halving; none where even that is too much."""

    def cut(kept: int) -> list[_Section]:
        shorter = replace(sections[place], kept=kept)
        return [*sections[:place], shorter, *sections[place + 1 :]]

    if fits(sections):
        return sections
    low, high = 0, sections[place].kept
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(cut(middle)) else (low, middle)
    return cut(low)


def _text(plan: Plan, sections: Sequence[_Section]) -> str:
    header = plan.header
    lines = [f"## Plan of {code(header.configuration)}", "", f"**{summary(plan)}**", ""]
    if plan.is_refused:
        lines += [f"**{REFUSED}**", ""]
    if not plan.complete:
        lines += [f"**{INCOMPLETE}**", ""]
    cut = sum(len(one.blocks) - one.kept for one in sections)
    if cut:
        total = sum(len(one.blocks) for one in sections)
        lines += [f"**Too long for here: {cut:,} of {total:,} parts are left out below.**", ""]
    for section in sections:
        lines += _shown(section)
    made = f"made at {rfc3339(header.now)} by reconciler {code(header.tool)}"
    lines.append(f"Plan {code(header.id)}, {made} for {code(header.api_base)}.")
    return "".join(f"{line}\n" for line in lines)


def _shown(section: _Section) -> list[str]:
    if not section.blocks:
        return []
    counted = section.language == "diff"
    title = f"{section.title}: {len(section.blocks):,}" if counted else section.title
    body = fenced(_kept(section), section.language)
    if not section.folds:
        return [f"### {title}", "", *body, ""]
    opened = " open" if len(section.blocks) <= _MOST_OPEN else ""
    head = f"<details{opened}><summary>{title}</summary>"
    return [head, "", *body, "", "</details>", ""]


def _kept(section: _Section) -> list[str]:
    """Give the lines of the blocks that are shown, and say what stood between them."""
    first = section.blocks[: (section.kept + 1) // 2]
    last = section.blocks[len(section.blocks) - section.kept // 2 :]
    left_out = section.blocks[len(first) : len(section.blocks) - len(last)]
    said = ", ".join(
        f"{count:,} x {label}" for label, count in Counter(one.label for one in left_out).items()
    )
    middle = (f"... {len(left_out):,} left out here: {said}",) if left_out else ()
    return [*_joined(first), *middle, *_joined(last)]


def _joined(blocks: Iterable[_Block]) -> list[str]:
    return [line for block in blocks for line in block.lines]


def _blocks(plan: Plan, changes: Sequence[Change]) -> list[_Block]:
    column = min(max((len(str(one.address)) for one in changes), default=0), _WIDTH // 2)
    return [
        _Block(
            f"{change.address.kind} {verb(change)}",
            _marked(change, _texts(change_lines(plan, change, column, _WIDTH))),
        )
        for change in changes
    ]


def _marked(change: Change, lines: Sequence[str]) -> tuple[str, ...]:
    """Put the mark where a diff has it, so that it is shown red or green; all else stands off."""
    mark = "!" if not _is_planned(change) else _MARKS.get(change.action, "-")
    return (f"{mark} {lines[0][4:]}", *(line[2:] for line in lines[1:]))


def _is_planned(change: Change) -> bool:
    return change.standing is Standing.PLANNED


def _texts(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(line.text for line in lines)
