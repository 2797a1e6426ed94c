"""A log is told that a step still runs, but not for hours every few seconds."""

from reconciler.cli.pace import Pace
from reconciler.model.address import Address
from reconciler.model.plan import Operation

DOCS = (Address("backup", "docs"), Operation.CREATE)
OTHER = (Address("backup", "other"), Operation.CREATE)


def told(pace: Pace, until: int, percent: float = 0.0) -> list[int]:
    """Give the seconds at which a line is written, of a step that is looked at every second."""
    return [second for second in range(until) if pace.is_due(DOCS, float(second), percent)]


def test_lines_without_news_come_less_and_less_often() -> None:
    pace = Pace()
    pace.begin(DOCS, 0.0)
    seconds = told(pace, 6 * 3600)
    assert seconds[:6] == [10, 30, 70, 150, 310, 610]
    assert seconds[-1] - seconds[-2] == 300
    assert len(seconds) < 80


def test_a_quarter_more_is_news_at_once() -> None:
    pace = Pace()
    pace.begin(DOCS, 0.0)
    assert not pace.is_due(DOCS, 1.0, 24.0)
    assert pace.is_due(DOCS, 2.0, 25.0)
    assert not pace.is_due(DOCS, 3.0, 49.0)
    assert pace.is_due(DOCS, 4.0, 50.0)


def test_after_news_a_quarter_counts_from_where_it_was_then() -> None:
    pace = Pace()
    pace.begin(DOCS, 0.0, 60.0)
    assert not pace.is_due(DOCS, 1.0, 84.0)
    assert pace.is_due(DOCS, 2.0, 85.0)


def test_each_step_has_a_pace_of_its_own() -> None:
    pace = Pace()
    pace.begin(DOCS, 0.0)
    pace.begin(OTHER, 5.0)
    assert pace.is_due(DOCS, 10.0, 0.0)
    assert not pace.is_due(OTHER, 14.0, 0.0)
    assert pace.is_due(OTHER, 15.0, 0.0)
