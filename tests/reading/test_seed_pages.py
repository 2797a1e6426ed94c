"""Every answer that the reference pages show is read by `get` without loss.

The answers are served word for word. Those of the pages are taken from them at test time, where a
folder `seeds` with them is beside this checkout; `answers/` holds some of our own, with every
oddity that the pages have.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reading.conftest import Get
from reading.server import Stub, page

from reconciler.wire.read import read

HERE = Path(__file__).parent
PAGES = sorted(HERE.parents[2].glob("*/seeds/*.txt"))
INDEX = "docs-example"
HOST = "/ix/docs-example"


@dataclass(frozen=True)
class Reading:
    """How an answer is asked for: our command, and the path that it is served at."""

    command: tuple[str, ...]
    path: str
    key: str = ""  # of the list in the answer; empty for one object


BACKUPS = Reading(("backups",), "/backups", "data")
IMPORTS = Reading(("imports", "--index", INDEX), f"{HOST}/bulk/imports", "data")
JOBS = Reading(("restore-jobs",), "/restore-jobs", "data")
COLLECTIONS = Reading(("collections",), "/collections", "collections")
IMPORT = Reading(("imports", "--index", INDEX, "101"), f"{HOST}/bulk/imports/101")

BY_TITLE: Mapping[str, Reading] = {
    "List collections": COLLECTIONS,
    "List backups for an index": Reading(
        ("backups", "--index", INDEX), f"/indexes/{INDEX}/backups", "data"
    ),
    "List backups for all indexes in a project": BACKUPS,
    "List restore jobs": JOBS,
    "Describe an import": IMPORT,
    "List imports": IMPORTS,
    "Describe a model": Reading(("models", "llama-text-embed-v2"), "/models/llama-text-embed-v2"),
}
TO_CHANGES = {  # these answer what only apply does
    "Start import": ("startBulkImport", {"id": "101"}),
    "Cancel an import": ("cancelBulkImport", {}),
}
NO_JSON = {"Generate vectors"}  # cut short with `...` wherever it is shown
OURS: Mapping[str, Reading] = {
    "backups": BACKUPS,
    "backups-2026-07": BACKUPS,
    "collections": COLLECTIONS,
    "import": IMPORT,
    "imports": IMPORTS,
    "model": Reading(("models", "small-reranker"), "/models/small-reranker"),
    "restore-jobs": JOBS,
}
RENAMED = {  # one word for one thing, whichever object has it
    "percent_complete": "percent",
    "records_imported": "records",
    "size": "size_bytes",
    "started_at": "created_at",
    "validation_result": "validation",
    "vector_count": "record_count",
}
DROPPED = {
    "schema": "read as dimension and metric; which metadata can be filtered by is not shown",
    "unheard_of": "nobody knows what it means",
}
TITLE = re.compile(r"^# (.+)\nSource: ", re.MULTILINE)
NOTHING: tuple[object, ...] = (None, "", [], {})  # said in many ways, shown in one


def snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key)


def instant(written: str) -> datetime:
    """Read a time to the microsecond; Python's own reader takes no nanoseconds."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", written.replace("Z", "+00:00"))
    return datetime.fromisoformat(re.sub(r"\.(\d{1,5})(?=[+-])", _padded, cut)).astimezone(UTC)


def _padded(found: "re.Match[str]") -> str:
    return f".{found[1]:0<6}"


def lost(said: Mapping[str, Any], shown: Mapping[str, Any]) -> list[str]:
    """Name the facts of an answer that are not in what is shown."""
    return [key for key, value in said.items() if not _is_shown(snake(key), value, shown)]


def _is_shown(key: str, value: Any, shown: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    if key in DROPPED:
        return True
    found = shown.get(RENAMED.get(key, key))
    if value in NOTHING or (key == "dimension" and value == 0):  # so a sparse index says "none"
        return found in NOTHING
    if key == "supported_parameters":
        return [lost(one, two) for one, two in zip(value, found, strict=True)] == [[]] * len(value)
    return bool(_normal(key, found) == _normal(key, value))


def _normal(key: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Put in one form what the API writes in several: times, capitals, numbers in quotes."""
    if key.endswith("_at") and isinstance(value, str):
        return instant(value)
    if key in {"allowed_values", "default"}:
        return [_plain(one) for one in (value if isinstance(value, list) else [value])]
    if key in {"metric", "supported_metrics"}:
        return json.dumps(value).lower()
    return int(value) if key == "records_imported" and value is not None else value


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Take a value out of an object that only names its type."""
    if not isinstance(value, dict):
        return value
    (known,) = (inner for inner in value.values() if inner is not None)
    return known


@dataclass(frozen=True)
class Example:
    """One answer of a page, as it is written there."""

    title: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


def examples() -> Iterator[Example]:
    """Give every answer of the pages that is JSON as it stands."""
    for text in (file.read_text(encoding="utf-8") for file in PAGES):
        for section in re.split(r"^# (?=\w)", text, flags=re.MULTILINE)[1:]:
            title = section.partition("\n")[0]
            for answers in re.findall(
                r"<ResponseExample>(.*?)</ResponseExample>", section, re.DOTALL
            ):
                blocks = re.findall(r"```(\w+)[^\n]*\n(.*?)```", answers, re.DOTALL)
                yield from (Example(title, *each) for each in blocks if _is_json(each[1]))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def check(get: Get, stub: Stub, reading: Reading, text: str) -> None:
    """Serve an answer word for word, and look for all of it in what `get` shows."""
    said = json.loads(text)
    if isinstance(said, list):  # what a client prints of a list that it has read
        text, said = f'{{"{reading.key}": {text}}}', {reading.key: said}
    stub.pages["/indexes/docs-example"] = page({"name": INDEX, "host": f"{stub.url}{HOST}"})
    stub.pages[reading.path] = page(text.encode())
    token = (said.get("pagination") or {}).get("next")
    if token:
        stub.pages[f"{reading.path}?paginationToken={token.replace('=', '%3D')}"] = page(
            {reading.key: []}
        )
    shown = get(*reading.command, "-o", "json")
    assert (shown.code, shown.err) == (0, "")
    found = json.loads(shown.out)
    said, found = (said[reading.key], found) if reading.key else ([said], [found])
    assert len(found) == len(said)
    for one in said:
        assert [] in [lost(one, other) for other in found], one
    assert get(*reading.command).code == 0


@pytest.mark.skipif(not PAGES, reason="the reference pages are not beside this checkout")
@pytest.mark.parametrize("example", [one for one in examples() if one.title in BY_TITLE], ids=str)
def test_an_answer_of_the_pages_is_read_whole(get: Get, stub: Stub, example: Example) -> None:
    check(get, stub, BY_TITLE[example.title], example.text)


@pytest.mark.skipif(not PAGES, reason="the reference pages are not beside this checkout")
@pytest.mark.parametrize("title", TO_CHANGES)
def test_an_answer_to_a_change_is_read_whole(title: str) -> None:
    operation, normal = TO_CHANGES[title]
    (example,) = (one for one in examples() if one.title == title)
    assert read(operation, json.loads(example.text)) == normal == json.loads(example.text)


@pytest.mark.skipif(not PAGES, reason="the reference pages are not beside this checkout")
def test_every_page_is_known_and_shows_answers() -> None:
    shown = [example.title for example in examples()]
    assert {*shown} == BY_TITLE.keys() | TO_CHANGES.keys()
    assert len(shown) >= 20
    titles = {title for file in PAGES for title in TITLE.findall(file.read_text(encoding="utf-8"))}
    assert titles == {*shown} | NO_JSON


@pytest.mark.parametrize("name", OURS)
def test_an_answer_of_our_own_is_read_whole(get: Get, stub: Stub, name: str) -> None:
    check(get, stub, OURS[name], (HERE / "answers" / f"{name}.json").read_text(encoding="utf-8"))


def test_every_answer_of_our_own_is_read() -> None:
    assert {file.stem for file in (HERE / "answers").glob("*.json")} == OURS.keys()


def test_a_fact_that_is_not_shown_is_found_out() -> None:
    assert lost({"name": "a", "size": 3}, {"name": "a"}) == ["size"]
    assert lost({"createdAt": "2026-02-03T04:05:06Z"}, {"created_at": None}) == ["createdAt"]
