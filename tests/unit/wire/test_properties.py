"""Whatever comes in, the readers give a value in normal form or one WireError."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.observed import Phase
from reconciler.wire.problem import read_problem
from reconciler.wire.read import Page, read, read_page
from reconciler.wire.tolerant import WireError, decode, parse_time

OBJECTS = (
    "create_backup",
    "describe_backup",
    "create_index_from_backup_operation",
    "describe_restore_job",
    "describe_index",
    "configure_index",
    "startBulkImport",
    "describeBulkImport",
    "describe_collection",
    "get_model",
    "describeIndexStats",
    "delete_backup",
)
LISTS = (
    "list_project_backups",
    "list_restore_jobs",
    "listBulkImports",
    "list_indexes",
    "list_collections",
    "list_models",
)
KEYS = [
    "backup_id",
    "id",
    "name",
    "restore_job_id",
    "index_id",
    "status",
    "ready",
    "state",
    "tags",
    "dimension",
    "metric",
    "data",
    "indexes",
    "collections",
    "models",
    "model",
    "supported_parameters",
    "allowed_values",
    "schema",
    "fields",
    "type",
    "embed",
    "spec",
    "deployment",
    "deployment_type",
    "validationResult",
    "pagination",
    "next",
    "created_at",
    "createdAt",
    "started_at",
    "percent_complete",
    "percentComplete",
    "record_count",
    "recordsImported",
    "namespaces",
    "totalVectorCount",
    "vectorCount",
    "host",
    "error",
    "code",
    "message",
]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, 0])
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["Ready", "Failed", "2024-03-15T12:00:00.1Z", "12"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=15,
)
PAYLOADS = VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=len(KEYS))


@given(operation=st.sampled_from(OBJECTS), payload=PAYLOADS)
@example(operation="describeBulkImport", payload={"id": "1", "percentComplete": 10**400})
def test_any_value_is_an_object_or_refused(operation: str, payload: Any) -> None:  # noqa: ANN401
    try:
        found = read(operation, payload)
    except WireError:
        return
    assert isinstance(found, dict)
    if "phase" in found:
        assert Phase(found["phase"])
    assert "" not in {found.get(key) for key in ("backup_id", "name", "id", "host")}


@given(operation=st.sampled_from(LISTS), payload=PAYLOADS)
def test_any_value_is_a_page_or_refused(operation: str, payload: Any) -> None:  # noqa: ANN401
    try:
        found = read_page(operation, payload)
    except WireError:
        return
    assert isinstance(found, Page)
    assert found.next_token != ""


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    said = ""
    try:
        decode(body)
    except WireError as error:
        said = str(error)
    assert said.isprintable()


@given(st.sampled_from(["application/json", "text/plain", ""]), st.binary(max_size=2_000))
def test_any_error_body_gives_one_printable_line(content_type: str, body: bytes) -> None:
    found = read_problem(content_type, body)
    assert (found.code + found.message).isprintable()
    assert len(found.message) <= 256


@given(st.text(st.sampled_from("0123456789TtZz:.+- "), max_size=40) | st.text())
def test_any_text_is_a_moment_or_none(written: str) -> None:
    assert isinstance(parse_time(written), int | None)


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS))
def test_every_moment_is_read_exactly(moment: datetime) -> None:
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_time(moment.isoformat()) == exact
    assert parse_time(moment.isoformat(" ")) == exact
