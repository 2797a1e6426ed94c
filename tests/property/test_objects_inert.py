"""Whatever the API calls its objects, `get` shows it whole and without harm."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.hostile import HOSTILE, VALUES
from property.test_inert import is_inert

from reconciler.config.yaml_events import parse
from reconciler.config.yaml_text import dump
from reconciler.model.values import JSON, Fields
from reconciler.views.columns import COLUMNS
from reconciler.views.inert import quoted
from reconciler.views.lines import UNLIMITED, paint
from reconciler.views.objects import details, document, listing, progress
from reconciler.views.tables import Paper

FEW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NOW = 1_795_000_000_000_000
PAPERS = st.builds(
    Paper, st.sampled_from([40, 80, UNLIMITED]), st.just(NOW), ascii_only=st.booleans()
)
TEXTS = ("name", "status", "state", "uri", "description", "source_index_name", "cloud", "region")
TEXTS += ("target_index_name", "backup_id", "restore_job_id", "id", "environment", "error", "model")
OBJECTS = st.fixed_dictionaries(
    {"tags": st.dictionaries(HOSTILE, HOSTILE, max_size=2), "validation": VALUES},
    optional={
        **dict.fromkeys(TEXTS, HOSTILE),
        "supported_parameters": st.lists(
            st.fixed_dictionaries({"parameter": HOSTILE, "allowed_values": st.lists(HOSTILE)}),
            max_size=2,
        ),
        "percent": st.floats(0, 100),
        "created_at": st.integers(0, NOW),
    },
)


@FEW
@given(st.sampled_from(sorted(COLUMNS)), st.lists(OBJECTS, max_size=3), PAPERS)
def test_tables_are_inert(name: str, items: list[Fields], paper: Paper) -> None:
    shown = paint(listing(name, items, paper), color=False)
    assert is_inert(shown)
    assert shown.isascii() or not paper.ascii_only


@FEW
@given(OBJECTS, PAPERS)
def test_details_are_inert(item: Fields, paper: Paper) -> None:
    shown = paint(details(item, paper), color=False)
    assert is_inert(shown)
    assert shown.isascii() or not paper.ascii_only


@FEW
@given(HOSTILE, OBJECTS)
def test_progress_is_one_inert_line(name: str, item: Fields) -> None:
    assert is_inert(progress("backup", name, item))
    assert "\n" not in progress("backup", name, item)


@FEW
@given(st.lists(OBJECTS, max_size=2))
def test_yaml_is_inert_and_reads_back_as_it_was(items: list[Fields]) -> None:
    value: JSON = json.loads(json.dumps(document(items)).replace("\\ud800", "?"))
    shown = quoted(dump(value))
    assert shown.isascii()
    assert is_inert(shown)
    document_, problems = (parsed := parse("out.yaml", shown.encode())).document, parsed.problems
    if not problems:  # our own reader refuses what people cannot see
        assert document_ is not None
        assert document_.value == value
