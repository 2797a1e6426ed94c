"""Live progress keeps how far a step is, however narrow the terminal."""

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from rich.console import Console

from reconciler.cli.progress import Progress, middle_cut
from reconciler.model.address import Address
from reconciler.model.event import Event, Outcome, Phase
from reconciler.model.plan import Operation

LONG = Address("import", "a-very-long-name-of-an-import-that-somebody-gave-in-2026-11")
SHORT = Address("backup", "docs")


def shown(width: int, *events: Event) -> list[str]:
    """Give the table's lines after some events, on a terminal so many columns wide."""
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    with Progress(console) as progress:
        for event in events:
            progress.on_event(event)
        paper = Console(file=StringIO(), width=width)
        assert progress._rich is not None
        paper.print(progress._rich.make_tasks_table(progress._rich.tasks))
        return paper.file.getvalue().splitlines()


def moved(
    address: Address, operation: Operation, percent: float, records: int
) -> tuple[Event, ...]:
    return (
        Event(Phase.STARTED, address=address, operation=operation),
        Event(
            Phase.PROGRESS, address=address, operation=operation, percent=percent, records=records
        ),
    )


@pytest.mark.parametrize("width", [60, 80, 99, 100, 160])
def test_percent_records_and_time_are_whole(width: int) -> None:
    lines = shown(
        width,
        *moved(LONG, Operation.CREATE, 42.0, 1_204_331),
        *moved(SHORT, Operation.WAIT, 7.0, 3),
    )
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)
    assert "42 %, 1,204,331 records" in lines[0]
    assert "0:00:00" in lines[0]
    assert "creating" in lines[0]
    assert lines[0].startswith("  import.")
    assert "-11 creating" in lines[0]
    assert "backup.docs waiting" in lines[1]
    assert "7 %, 3 records" in lines[1]


def test_a_bar_is_for_wide_terminals() -> None:
    events = moved(SHORT, Operation.CREATE, 42.0, 3)
    assert not any("━" in line for line in shown(80, *events))
    assert any("━" in line for line in shown(120, *events))


def test_a_message_without_end_leaves_room_for_the_name() -> None:
    (line,) = shown(
        80,
        Event(Phase.PROGRESS, "waits " * 40, SHORT, Operation.CREATE, percent=3.0),
    )
    assert "creating" in line
    assert "3 %, waits" in line
    assert "0:00:00" in line


def test_names_lose_their_middle() -> None:
    assert middle_cut("backup.docs", 11) == "backup.docs"
    assert middle_cut("backup.docs-nightly", 11) == "back...htly"


def screen(written: str) -> list[str]:
    """Play what was written on a terminal of endless height, and give its lines."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[[?\d]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.endswith("A") and part.startswith("\x1b"):
            row -= int(part[2:-1])
        elif part == "\x1b[2K":
            lines[row] = ""
        elif part != "\r" and not part.startswith("\x1b"):
            lines[row] += part
    return [line.rstrip() for line in lines if line.strip()]


@contextmanager
def hasty_threads() -> Iterator[None]:
    """Let threads take turns so often that whatever can race does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_every_end_is_told_once_and_no_row_is_left() -> None:
    console = Console(file=StringIO(), width=80, height=50, force_terminal=True, color_system=None)

    async def step(progress: Progress, number: int) -> None:
        address = Address("backup", f"number-{number:02}")
        for event in moved(address, Operation.CREATE, 42.0, number):
            progress.on_event(event)
            await asyncio.sleep(number % 7 * 0.02)
        progress.on_event(
            Event(Phase.ENDED, "", address, Operation.CREATE, Outcome.DONE, percent=100.0)
        )

    async def everything(progress: Progress) -> None:
        await asyncio.gather(*(step(progress, number) for number in range(30)))

    with hasty_threads(), Progress(console) as progress:
        asyncio.run(everything(progress))
    assert isinstance(console.file, StringIO)
    told = sorted(line.partition(" after ")[0] for line in screen(console.file.getvalue()))
    assert told == [f"backup.number-{number:02}: created" for number in range(30)]


def test_times_go_on_between_events() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)

    async def wait(progress: Progress) -> None:
        progress.on_event(Event(Phase.STARTED, "", SHORT, Operation.CREATE))
        await asyncio.sleep(1.3)

    with Progress(console) as progress:
        asyncio.run(wait(progress))
    assert isinstance(console.file, StringIO)
    assert "0:00:01" in console.file.getvalue()


def test_the_table_is_drawn_by_the_clock_however_many_events_there_are() -> None:
    def drawn(events: int) -> int:
        console = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)

        async def report(progress: Progress) -> None:
            started, news = moved(SHORT, Operation.CREATE, 40.0, 7)
            progress.on_event(started)
            for _ in range(events):
                progress.on_event(news)
            await asyncio.sleep(0.3)

        with Progress(console) as progress:
            asyncio.run(report(progress))
        assert isinstance(console.file, StringIO)
        return console.file.getvalue().count("40 %")

    assert 1 <= drawn(1000) <= 2 * drawn(10)
