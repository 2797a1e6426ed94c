"""Objects and pages in normal form, from every variant that has been seen."""

from typing import Any

import pytest

from reconciler.model.observed import Phase
from reconciler.model.values import JSON
from reconciler.wire.phases import phase
from reconciler.wire.read import id_of, is_paged, read, read_page
from reconciler.wire.tolerant import WireError

IDS = {
    "describe_backup": "backup_id",
    "create_backup": "backup_id",
    "describe_restore_job": "restore_job_id",
    "describe_index": "name",
    "configure_index": "name",
    "create_collection": "name",
    "describe_collection": "name",
    "get_model": "model",
    "startBulkImport": "id",
    "describeBulkImport": "id",
}
LISTS = {
    "list_project_backups": ("data", "backup_id"),
    "list_restore_jobs": ("data", "restore_job_id"),
    "listBulkImports": ("data", "id"),
    "list_index_backups": ("data", "backup_id"),
    "list_indexes": ("indexes", "name"),
    "list_collections": ("collections", "name"),
    "list_models": ("models", "model"),
}


@pytest.mark.parametrize(
    ("status", "placed"),
    [
        ("Ready", Phase.READY),
        ("COMPLETED", Phase.READY),
        ("Failed", Phase.FAILED),
        ("InitializationFailed", Phase.FAILED),
        ("VerificationFailed", Phase.FAILED),
        ("Cancelled", Phase.FAILED),
        ("canceled", Phase.FAILED),
        ("Terminated", Phase.FAILED),
        ("Terminating", Phase.RUNNING),
        ("Pending", Phase.RUNNING),
        ("Initializing", Phase.RUNNING),
        ("InProgress", Phase.RUNNING),
        ("Cancelling", Phase.RUNNING),
        ("Frobnicating", Phase.RUNNING),
        ("Ready ", Phase.RUNNING),
        ("", Phase.RUNNING),
        (None, Phase.RUNNING),
    ],
)
def test_an_unknown_status_is_not_an_end(status: str | None, placed: Phase) -> None:
    assert phase(status) is placed


@pytest.mark.parametrize(
    ("status", "placed"),
    [
        ({"ready": True, "state": "Ready"}, "ready"),
        ({"ready": True}, "ready"),
        ({"ready": True, "state": "ScalingUp"}, "ready"),
        ({"ready": True, "state": "Terminating"}, "running"),
        ({"ready": False, "state": "Terminating"}, "running"),
        ({"ready": False, "state": "Initializing"}, "running"),
        ({"ready": "true", "state": "Ready"}, "running"),
        ({"ready": False, "state": "InitializationFailed"}, "failed"),
        ({"ready": True, "state": "Failed"}, "failed"),
        ({}, "running"),
        (None, "running"),
        ("Ready", "running"),
    ],
)
def test_an_index_is_ready_when_it_says_so_and_stays(status: JSON, placed: str) -> None:
    assert read("describe_index", {"name": "docs", "status": status})["phase"] == placed


@pytest.mark.parametrize(
    "spelled",
    [
        {"createdAt": "1970-01-01T00:00:01Z"},
        {"created_at": "1970-01-01T00:00:01Z"},
        {"startedAt": "1970-01-01T00:00:01Z"},
        {"started_at": "1970-01-01T00:00:01Z"},
        {"createdAt": "1970-01-01T00:00:01Z", "started_at": "2030-01-01T00:00:00Z"},
        {"created_at": None, "started_at": "1970-01-01T00:00:01Z"},
    ],
)
def test_an_import_starts_when_any_spelling_says(spelled: dict[str, JSON]) -> None:
    assert read("describeBulkImport", {"id": "1", **spelled})["created_at"] == 1_000_000


@pytest.mark.parametrize("metric", ["Cosine", "COSINE", "cosine"])
def test_metrics_are_case_folded(metric: str) -> None:
    assert read("describe_backup", {"backup_id": "b", "metric": metric})["metric"] == "cosine"


@pytest.mark.parametrize("dimension", [0, None, "", -1])
def test_a_dimension_of_nothing_is_none(dimension: JSON) -> None:
    found = read("describe_backup", {"backup_id": "b", "dimension": dimension})
    assert found["dimension"] is None


@pytest.mark.parametrize(
    ("fields", "vectors"),
    [
        ({"_values": {"type": "dense_vector", "dimension": 8, "metric": "Cosine"}}, ("dense", 8)),
        ({"_sparse_values": {"type": "sparse_vector"}}, ("sparse", None)),
        (
            {
                "_sparse_values": {"type": "sparse_vector"},
                "_values": {"type": "dense_vector", "dimension": 8, "metric": "dotproduct"},
            },
            ("dense", 8),
        ),
        ({"text": {"type": "semantic_text", "model": "e5", "dimension": 8}}, ("dense", 8)),
        ({"text": {"type": "semantic_text", "model": "e5", "metric": "cosine"}}, ("dense", None)),
        (
            {"text": {"type": "semantic_text", "model": "s", "metric": "dotproduct"}},
            ("sparse", None),
        ),
        ({"text": {"type": "string", "embed": {"model": "e5", "dimension": 8}}}, ("dense", 8)),
        ({"text": {"type": "string", "sparse_embed": {"model": "s"}}}, ("sparse", None)),
        ({"text": {"type": "string"}, "genre": {"filterable": True}}, (None, None)),
        ({"text": None, "odd": 7}, (None, None)),
        ([], (None, None)),
        (None, (None, None)),
    ],
)
def test_vectors_are_read_from_a_schema(fields: JSON, vectors: tuple[str | None, int]) -> None:
    found = read("describe_index", {"name": "docs", "schema": {"fields": fields}})
    assert (found["vector_type"], found["dimension"]) == vectors


@pytest.mark.parametrize(
    ("where", "read_as"),
    [
        ({"spec": {"serverless": {"cloud": "gcp", "region": "r"}}}, ("serverless", "gcp", None)),
        ({"spec": {"pod": {"environment": "us-east1-gcp"}}}, ("pod", None, "us-east1-gcp")),
        ({"spec": {"byoc": {"environment": "ours"}}}, ("byoc", None, "ours")),
        (
            {"deployment": {"deployment_type": "managed", "cloud": "gcp", "environment": "cell"}},
            ("serverless", "gcp", None),
        ),
        (
            {"deployment": {"deployment_type": "pod", "environment": "us-east1-gcp"}},
            ("pod", None, "us-east1-gcp"),
        ),
        ({"spec": None}, (None, None, None)),
        ({"spec": {"pod": 7}, "deployment": []}, (None, None, None)),
    ],
)
def test_an_index_says_where_it_runs(where: dict[str, JSON], read_as: tuple[str, ...]) -> None:
    found = read("describe_index", {"name": "docs", **where})
    assert (found["deployment"], found["cloud"], found["environment"]) == read_as


@pytest.mark.parametrize("parameters", [None, []])
def test_a_model_may_have_no_parameters(parameters: JSON) -> None:
    found = read("get_model", {"model": "m", "supported_parameters": parameters})
    assert found["supported_parameters"] == []


def test_what_is_no_value_is_left_out_of_a_models_lists() -> None:
    found = read("get_model", {"model": "m", "supported_metrics": ["Cosine", 7, None, {}]})
    assert found["supported_metrics"] == ["cosine"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("END", "END"),
        (False, False),
        ({"StringValue": "END", "IntValue": None}, "END"),
        ({"StringValue": None, "IntValue": 0}, 0),
        ({"StringValue": "END", "IntValue": 7}, None),
        ({"StringValue": ["END"]}, None),
        ({}, None),
        (["END"], None),
    ],
)
def test_a_models_value_is_plain_or_names_its_type(written: JSON, value: JSON) -> None:
    parameters = [{"parameter": "truncate", "default": written, "allowed_values": [written]}]
    found = read("get_model", {"model": "m", "supported_parameters": parameters})
    assert found["supported_parameters"] == [
        {
            "parameter": "truncate",
            "type": None,
            "value_type": None,
            "required": False,
            "allowed_values": [] if value is None else [value],
            "min": None,
            "max": None,
            "default": value,
        }
    ]


@pytest.mark.parametrize(("operation", "key"), list(IDS.items()))
@pytest.mark.parametrize("broken", [None, "", 7, 1.0, True, [], {}])
def test_an_object_without_a_usable_id_is_unusable(operation: str, key: str, broken: JSON) -> None:
    with pytest.raises(WireError, match=key):
        read(operation, {key: broken})


@pytest.mark.parametrize("missing", ["restore_job_id", "index_id"])
def test_a_restore_needs_both_ids(missing: str) -> None:
    payload = {"restore_job_id": "j", "index_id": "i"}
    del payload[missing]
    with pytest.raises(WireError, match=missing):
        read("create_index_from_backup_operation", payload)


@pytest.mark.parametrize("payload", [None, True, 1, "x", [], [{"backup_id": "b"}]])
def test_an_answer_that_is_no_object_is_unusable(payload: JSON) -> None:
    with pytest.raises(WireError, match="not an object"):
        read("describe_backup", payload)


@pytest.mark.parametrize("operation", ["delete_backup", "delete_index", "cancelBulkImport"])
@pytest.mark.parametrize("payload", [{}, None, {"anything": 1}])
def test_answers_of_which_nothing_is_read_are_empty(operation: str, payload: JSON) -> None:
    assert read(operation, payload) == {}


@pytest.mark.parametrize(
    ("payload", "records", "namespaces"),
    [
        ({"totalVectorCount": 20, "namespaces": {"": {"vectorCount": 20}}}, 20, 1),
        ({"namespaces": {"a": {"vectorCount": "7"}, "b": {"vectorCount": 3}}}, 10, 2),
        ({"totalVectorCount": 5, "namespaces": {"a": {"vector_count": 5}, "b": {}}}, 5, 1),
        ({"totalVectorCount": 0, "namespaces": {}}, 0, 0),
        ({"totalVectorCount": 0}, 0, 0),
        ({"total_vector_count": 0, "namespaces": None}, 0, 0),
        ({"namespaces": {}}, 0, 0),
        ({"namespaces": {"a": None, "b": 3, "c": {"vectorCount": -1}}}, 0, 0),
    ],
)
def test_counts_of_an_index(payload: dict[str, JSON], records: int, namespaces: int) -> None:
    found = read("describeIndexStats", payload)
    assert (found["record_count"], found["namespace_count"]) == (records, namespaces)


@pytest.mark.parametrize(
    "payload", [{}, {"namespaces": None}, {"namespaces": []}, {"totalVectorCount": -1}]
)
def test_counts_that_are_not_there_are_not_zero(payload: dict[str, JSON]) -> None:
    with pytest.raises(WireError, match="totalVectorCount"):
        read("describeIndexStats", payload)


@pytest.mark.parametrize(
    "pagination", [None, {}, {"next": None}, {"next": ""}, {"next": None, "previous": "x"}]
)
def test_a_missing_or_empty_next_is_the_end(pagination: JSON) -> None:
    page = read_page("list_restore_jobs", {"data": [], "pagination": pagination})
    assert page.next_token is None
    assert read_page("list_restore_jobs", {"data": []}).next_token is None


def test_a_next_is_kept_as_it_is() -> None:
    payload = {"data": [], "pagination": {"next": "eyJsaW1pdCI6Mn0=="}}
    assert read_page("list_restore_jobs", payload).next_token == "eyJsaW1pdCI6Mn0=="  # noqa: S105


@pytest.mark.parametrize("pagination", [[], "x", 1, {"next": 1}, {"next": {}}, {"next": False}])
def test_pagination_of_another_shape_makes_the_page_unusable(pagination: JSON) -> None:
    with pytest.raises(WireError):
        read_page("list_restore_jobs", {"data": [], "pagination": pagination})


@pytest.mark.parametrize(("operation", "named"), list(LISTS.items()))
def test_one_item_without_an_id_makes_the_page_unusable(
    operation: str, named: tuple[str, str]
) -> None:
    key, name = named
    payload: dict[str, Any] = {key: [{name: "one"}, {"status": "Ready"}]}
    with pytest.raises(WireError, match=name):
        read_page(operation, payload)
    assert id_of(operation) == name
    assert is_paged(operation) is (key == "data")
    assert [item[name] for item in read_page(operation, {key: [{name: "one"}]}).items] == ["one"]
