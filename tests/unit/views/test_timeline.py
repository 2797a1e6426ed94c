"""Simulations as text, picture and JSON."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from reconciler.config.build import build
from reconciler.kinds import load_kinds
from reconciler.model import retention, schedule
from reconciler.model.address import Address
from reconciler.model.desired import Held
from reconciler.model.retention import Copy
from reconciler.model.track import Track
from reconciler.model.values import SECOND
from reconciler.model.zone import find_zone
from reconciler.planning.timeline import Timeline, simulate
from reconciler.views.timeline_json import simulation_json
from reconciler.views.timeline_svg import HEIGHT, LINE
from reconciler.views.timeline_svg import render as svg
from reconciler.views.timeline_text import render as text

ROOT = Path(__file__).resolve().parents[3]
POLICIES = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
DAY = 86_400 * SECOND
START = 1_767_225_600 * SECOND  # 2026-01-01
NIGHTLY = Track(
    policy=Address("policy", "nightly"),
    index="docs-prod",
    schedule=schedule.parse({"schedule": "0 3 * * *"}),
    retention=retention.parse({"keep_daily": 3, "keep_weekly": 2}),
    zone=find_zone("UTC"),
    said="0 3 * * *; keep_daily: 3, keep_weekly: 2",
)
HAVING = replace(
    NIGHTLY,
    existing=(Copy("backup.old", START - 9 * DAY), Copy("backup.new", START - DAY)),
    held={"backup.old": Held("audit", START + 20 * DAY)},
)
IDLE = replace(NIGHTLY, schedule=None, note="the policy is paused")
SVG = "{http://www.w3.org/2000/svg}"


def lived(*tracks: Track, days: int = 24) -> Sequence[tuple[Track, Timeline]]:
    return [(track, simulate(track, START, START + days * DAY)) for track in tracks]


def lines(*tracks: Track, width: int = 100) -> list[str]:
    return [line.text for line in text(lived(*tracks), width)]


def test_each_line_shows_which_backups_are_there_on_a_day() -> None:
    assert lines(NIGHTLY) == [
        "policy.nightly of docs-prod",
        "  0 3 * * *; keep_daily: 3, keep_weekly: 2",
        "  seen on     2026-01-01    2026-01-25",
        "  2026-01-03  11",
        "  2026-01-05  1111",
        "  2026-01-07  ...111",
        "  2026-01-09  ...1.111",
        "  2026-01-11  ...1...111",
        "  2026-01-13  .........111",
        "  2026-01-15  ..........1111",
        "  2026-01-17  ..........1..111",
        "  2026-01-19  ..........1....111",
        "  2026-01-21  .................111",
        "  2026-01-23  .................1.111",
        "  2026-01-25  .................1...111",
        "  24 backups taken, 20 expired, 4 left, the oldest of 2026-01-18; at most 5 at a time",
    ]


def test_the_picture_in_the_docs_is_what_the_command_draws() -> None:
    (drawn,) = re.findall(r"```text\n(policy\.nightly\n.*?)```", POLICIES, re.DOTALL)
    yaml = POLICIES.partition("```yaml\n")[2].partition("```")[0]
    found = build([("docs.yaml", f"version: 1\n{yaml}".encode())], load_kinds()).desired
    (track,) = load_kinds()["policy"].tracks(found[NIGHTLY.policy], None)
    assert "".join(f"{line.text}\n" for line in text(lived(track, days=365), 100)) == drawn


def test_what_is_there_at_the_start_is_told_one_by_one() -> None:
    assert lines(HAVING, width=60)[-2:] == [
        "  backup.old goes on 2026-01-21, last kept as held: audit",
        "  backup.new goes on 2026-01-03, last kept as daily backup",
    ]


def test_what_nothing_keeps_goes_now() -> None:
    due = replace(HAVING, schedule=None, retention=retention.parse({"keep_last": 1}), held={})
    assert lines(due)[-2] == "  backup.old goes now, last kept as last backup"


def test_a_slot_that_was_missed_is_drawn_on_the_first_day() -> None:
    late = lines(replace(NIGHTLY, is_late=True), width=60)
    assert late[3:5] == ["  2026-01-01  1", "  2026-01-03  21"]


def test_a_track_on_which_nothing_is_made_says_why() -> None:
    assert lines(IDLE)[2:] == [
        "  nothing is made: the policy is paused",
        "  0 backups taken, 0 expired, 0 left; at most 0 at a time",
    ]


def test_many_backups_of_one_stretch_are_a_plus() -> None:
    hourly = replace(
        NIGHTLY, schedule=schedule.parse({"every": "1h"}), retention=retention.parse({})
    )
    assert lines(hourly)[-2] == f"  2026-01-25  {'+' * 24}"


@pytest.mark.parametrize("width", [34, 40, 80, 1_000_000_000])
def test_lines_fit_and_pipes_get_a_bounded_picture(width: int) -> None:
    found = lines(HAVING, width=width)
    drawn = [line for line in found if line.startswith("  20")]
    assert len(drawn) == 13
    assert max(map(len, drawn)) <= 100
    assert max(map(len, found)) <= width
    assert (len(found) == 19) == (width > 100)  # words are wrapped on a terminal only


def test_the_picture_is_well_formed_and_has_a_bar_for_each_backup() -> None:
    simulated = lived(HAVING, IDLE)
    root = ET.fromstring(svg(simulated))  # noqa: S314 - our own
    assert root.attrib["height"] == str(2 * HEIGHT)
    first, second = root.findall(f"{SVG}g")
    stays = simulated[0][1].stays
    bars = [one for one in first.findall(f"{SVG}rect") if one.attrib["width"] != "10"]
    assert len(bars) == len(stays)
    assert second.findall(f"{SVG}rect") == []
    left, right = float(bars[0].attrib["x"]), float(bars[-1].attrib["x"])
    assert left < right < 960
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert max(widths) == widths[0]  # what is held is there for the longest


def test_rules_and_titles_that_are_too_long_go_on_in_further_lines() -> None:
    rules = ", ".join(f"keep_within_{each}: 999d" for each in ("hourly", "daily", "weekly") * 4)
    long = replace(IDLE, said=f"0 3 * * *; {rules}", index="x" * 45, note="y " * 40)
    root = ET.fromstring(svg(lived(HAVING, long, HAVING)))  # noqa: S314 - our own
    assert root.attrib["height"] == str(3 * HEIGHT + 3 * LINE)
    _, second, third = root.findall(f"{SVG}g")
    assert second.attrib["transform"] == f"translate(0 {HEIGHT + 3 * LINE})"
    assert third.attrib["transform"] == f"translate(0 {2 * HEIGHT + 3 * LINE})"
    head = [one for one in second.findall(f"{SVG}text") if float(one.attrib["y"]) <= 53]
    widths = [len(one.text or "") * (9.8 if "font-size" in one.attrib else 7) for one in head]
    assert max(widths) < 960 - 40
    assert " ".join(one.text or "" for one in head[2:-1]) == long.said
    assert len(head) == 6


def test_what_people_wrote_cannot_break_out_of_the_picture() -> None:
    hostile = replace(HAVING, index="<script>&\"'\x1b[31m\u202e", said="]]>&amp;<g>")
    root = ET.fromstring(svg(lived(hostile)))  # noqa: S314 - our own
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        *("svg", "g", "rect", "text", "line", "path")
    }
    said = [one.text or "" for one in root.iter(f"{SVG}text")]
    assert said[0].startswith("policy.nightly of <script>&\"'")
    assert not any("\x1b" in one or "\u202e" in one for one in said)


def test_the_document_meets_its_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "simulation.schema.json").read_text(encoding="utf-8"))
    found = simulation_json(lived(HAVING, IDLE, replace(NIGHTLY, index="")))
    jsonschema.validate(found, schema)
    assert isinstance(found, dict)
    document = json.loads(json.dumps(found))
    having, idle, anywhere = document["simulations"]
    assert having["backups"][0] == {
        "existing": "backup.old",
        "taken_at": "2025-12-23T00:00:00Z",
        "expired_at": "2026-01-21T00:00:00Z",
        "kept_as": ["held: audit"],
    }
    assert (idle["note"], idle["backups"], anywhere["index"]) == ("the policy is paused", [], None)
    assert having["most"] >= having["left"] > 0
