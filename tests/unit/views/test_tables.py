"""Tables fit the terminal, whatever the API calls its objects, and cells are harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event, Phase
from reconciler.model.values import JSON, Fields
from reconciler.views.apply_text import progress_text
from reconciler.views.columns import COLUMNS
from reconciler.views.lines import UNLIMITED, Style
from reconciler.views.objects import details, listing, progress
from reconciler.views.tables import Paper, cells
from reconciler.views.words import facts

NOW = 1_795_000_000_000_000
YEAR = 365 * 86_400_000_000
UUID = "8c85e612-ed1c-4f97-9f8c-8194e07bcf71"
BACKUP: Fields = {
    "backup_id": UUID,
    "name": "docs-before-reembedding",
    "source_index_name": "docs-prod",
    "status": "Ready",
    "phase": "ready",
    "record_count": 1_204_331,
    "size_bytes": 1_069_169,
    "created_at": NOW - 3 * 3_600_000_000,
}
TEXTS = st.text(max_size=300) | st.sampled_from(["InitializationFailed", UUID, "数据", "e\u0301"])
COUNTS = st.integers(0, 10**10) | st.integers(0, 2**63 - 1)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            (
                *("name", "status", "state", "source_index_name", "target_index_name", "uri"),
                *("backup_id", "restore_job_id", "id", "environment", "cloud", "region", "model"),
                *("type", "vector_type", "metric", "provider_name", "phase"),
                "deletion_protection",
            ),
            TEXTS | st.none(),
        ),
        **dict.fromkeys(("record_count", "records"), COUNTS | st.none()),
        "size_bytes": COUNTS | st.none(),
        "percent": st.floats(0, 100) | st.none(),
        **dict.fromkeys(("dimension", "default_dimension"), COUNTS | st.none()),
        **dict.fromkeys(("max_sequence_length", "max_batch_size"), COUNTS),
        **dict.fromkeys(("created_at", "completed_at"), st.integers(NOW - 9 * YEAR, NOW)),
    },
)


@pytest.mark.parametrize("name", COLUMNS)
@given(items=st.lists(FACTS, min_size=1, max_size=4), ascii_only=st.booleans())
def test_every_table_fits_eighty_columns(
    name: str,
    items: list[Fields],
    ascii_only: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    lines = listing(name, items, Paper(80, NOW, ascii_only=ascii_only))
    assert len(lines) == len(items) + 1
    for line in lines:
        assert cells(line.text) <= 80
        assert line.text.isprintable()
        assert line.text.isascii() or not ascii_only


def test_a_backup_at_eighty_columns() -> None:
    head, row = (line.text for line in listing("backups", [BACKUP], Paper(80, NOW)))
    assert head == "NAME                   INDEX      STATUS    RECORDS     SIZE      AGE  ID"
    cut = row.split("\u2026")
    assert cut == [
        "docs-before-reembedd",
        "  docs-prod  Ready   1,204,331  1.0 MiB  3 hours  8c85e612",
        "",
    ]


def test_in_a_pipe_nothing_is_cut() -> None:
    (_, line) = listing("backups", [BACKUP], Paper(UNLIMITED, NOW))
    assert line.text.endswith(f"  3 hours  {UUID}")
    assert "docs-before-reembedding" in line.text


def test_ascii_takes_dots_and_escapes() -> None:
    item = {**BACKUP, "name": "d\u00e9j\u00e0"}
    (_, line) = listing("backups", [item], Paper(70, NOW, ascii_only=True))
    assert line.text.startswith("d\\xe9j\\xe0  ")
    assert line.text.endswith("...")


def test_a_uri_keeps_its_end() -> None:
    item = {"id": "1", "uri": "s3://acme-vectors/" + "a" * 80 + "/2026-11", "status": "Pending"}
    (_, line) = listing("imports", [item], Paper(80, NOW))
    assert "\u2026" in line.text
    assert "/2026-11" in line.text


def test_columns_stay_in_line_under_wide_letters() -> None:
    rows = listing("collections", [{"name": "数据"}, {"name": "docs"}], Paper(80, NOW))
    assert [row.text.index("-") for row in rows[1:]] == [4, 6]
    assert cells(rows[1].text) == cells(rows[2].text)


@pytest.mark.parametrize(
    ("phase", "style"),
    [("ready", Style.PLAIN), ("running", Style.CHANGE), ("failed", Style.REMOVE)],
)
def test_what_runs_and_what_failed_stands_out(phase: str, style: Style) -> None:
    (_, line) = listing("backups", [{**BACKUP, "phase": phase}], Paper(80, NOW))
    assert line.style is style


def test_details_tell_all_that_is_known_and_keep_the_marker_apart() -> None:
    marked = "Before [rcl:5eed0001:backup.docs:01JD0000000000000000000003]"
    item = {**BACKUP, "description": marked, "tags": {}, "metric": None}
    shown = [line.text for line in details(item, Paper(80, NOW))]
    assert "description:        Before" in shown
    assert "managed as:         backup.docs, by the state 5eed0001..." in shown
    assert "record_count:       1,204,331" in shown
    assert "size_bytes:         1.0 MiB, 1,069,169 bytes" in shown
    assert any(line.endswith("Z, 3 hours ago") for line in shown)
    assert not any(line.startswith(("tags", "metric", "phase")) for line in shown)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        (
            {"parameter": "truncate", "value_type": "string", "allowed_values": ["END", "NONE"]},
            "truncate: string, one of END, NONE",
        ),
        (
            {"parameter": "dimension", "value_type": "integer", "min": 1, "max": 9, "default": 3},
            "dimension: integer, from 1, up to 9, default 3",
        ),
        ({"parameter": "input_type", "required": True}, "input_type: required"),
    ],
)
def test_a_models_parameters_are_a_line_each(parameter: dict[str, JSON], said: str) -> None:
    (line,) = details({"supported_parameters": [parameter]}, Paper(80, NOW))
    assert line.text == f"parameter:  {said}"


def test_progress_is_a_sentence() -> None:
    item: Fields = {"status": "InProgress", "percent": 42.2, "records": 310_000}
    assert progress("import", "7", item) == "import 7: InProgress, 42 %, 310,000 records"
    assert progress("index", "\u202edocs", {"state": "Ready"}) == "index \\u202edocs: Ready"


@pytest.mark.parametrize("percent", [99.5, 99.9])
def test_only_what_is_at_its_end_is_shown_as_done(percent: float) -> None:
    item: Fields = {"status": "InProgress", "percent": percent}
    assert progress("import", "7", item) == "import 7: InProgress, 99 %"
    for name in ("imports", "restore-jobs"):
        assert "99 %" in "".join(line.text for line in listing(name, [item], Paper(80, NOW)))
    event = Event(Phase.PROGRESS, percent=percent)
    assert progress_text(event) == "99 %"
    assert facts({"percent": 100.0}, NOW) == "100 %"
