"""Bodies of the control plane: whatever is sent, the answer is one that is documented."""

import json

import pytest
from emulator.driver import Driver
from hypothesis import given
from hypothesis import strategies as st

DENSE = {"type": "dense_vector", "dimension": 2, "metric": "cosine"}
CAPACITY = {
    "mode": "Dedicated",
    "dedicated": {"node_type": "t1", "scaling": "Manual", "manual": {"replicas": 1, "shards": 1}},
}
PLACE = {"cloud": "aws", "region": "us-east-1", "read_capacity": CAPACITY}
POD = {
    "environment": "us-east1-gcp",
    "pod_type": "p1.x1",
    "replicas": 1,
    "shards": 1,
    "pods": 1,
    "metadata_config": {"indexed": ["genre"]},
}
EMBED = {"model": "llama-text-embed-v2", "field_map": {"text": "t"}, "read_parameters": {}}
SCHEDULE = {
    "name": "nightly",
    "schedule": {"type": "time-based", "frequency": "daily"},
    "retention": {"expire_after_days": 1},
}
TEXT = {"type": "string", "full_text_search": {"ngram": {"min_gram": 1, "max_gram": 2}}}
NEW = {"name": "new", "tags": {"a": "b"}, "deletion_protection": "disabled"}
TYPED = {**NEW, "schema": {"fields": {"v": DENSE, "t": TEXT}}, "read_capacity": CAPACITY}
MANAGED = {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"}
OLD, LAST = "2026-04", "2026-07"
REQUESTS = [
    ("POST", "/indexes", OLD, {**NEW, "dimension": 2, "spec": {"serverless": PLACE}}),
    ("POST", "/indexes", OLD, {**NEW, "dimension": 2, "metric": "cosine", "spec": {"pod": POD}}),
    ("POST", "/indexes", LAST, {**TYPED, "deployment": MANAGED}),
    ("POST", "/indexes/create-for-model", OLD, {**NEW, **PLACE, "embed": EMBED}),
    ("PATCH", "/indexes/docs", OLD, {"tags": {"a": ""}, "spec": {"serverless": PLACE}}),
    ("PATCH", "/indexes/docs", OLD, {"embed": EMBED}),
    ("PATCH", "/indexes/pods", OLD, {"spec": {"pod": {"replicas": 2, "pod_type": "p1.x2"}}}),
    ("PATCH", "/indexes/docs", LAST, {"read_capacity": CAPACITY}),
    ("PATCH", "/indexes/pods", LAST, {"deployment": {"replicas": 2}}),
    ("POST", "/indexes/docs/backups", LAST, {"name": "n", "description": "d"}),
    ("POST", "/backups/{backup}/create-index", LAST, {**NEW, "read_capacity": CAPACITY}),
    ("POST", "/collections", OLD, {"name": "copy", "source": "pods"}),
    ("POST", "/indexes/docs/backup-schedules", LAST, SCHEDULE),
]
DONE = {200, 201, 202}
REFUSED = {400, 403, 404, 409, 412, 422}
ODD = st.sampled_from(
    [None, True, 0, -1, 2**70, 1.5, "", "x", "\ud800", "é" * 200, [], [None], {}, {"a": None}]
)


def places(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of everything inside a body, itself included."""
    inner = value.items() if isinstance(value, dict) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def spoiled(value: object, path: tuple[str, ...], odd: object) -> object:
    """Return a body with something odd in one place."""
    if not path:
        return odd
    assert isinstance(value, dict)
    return {**value, path[0]: spoiled(value[path[0]], path[1:], odd)}


def project_with_a_backup() -> tuple[Driver, str]:
    project = Driver()
    project.seed("docs")
    body = {"name": "pods", "dimension": 2, "spec": {"pod": POD}}
    project.ask("POST", "/indexes", body, expect=201)
    return project, project.ready_backup()


@pytest.mark.parametrize(("method", "target", "version", "body"), REQUESTS)
def test_request_is_answered_unless_something_in_it_is_odd(
    method: str, target: str, version: str, body: object
) -> None:
    project, backup = project_with_a_backup()
    headers = {"Api-Key": "k", "X-Pinecone-Api-Version": version}
    reply = project.send(method, target.format(backup=backup), body, headers)
    embeds = method == "PATCH" and isinstance(body, dict) and "embed" in body
    # The model's vectors are longer than those of the index.
    assert reply.status in ({400} if embeds else DONE), reply


@given(request=st.sampled_from(REQUESTS), data=st.data(), odd=ODD)
def test_odd_value_anywhere_in_a_body_is_never_a_server_error(
    request: tuple[str, str, str, object], data: st.DataObject, odd: object
) -> None:
    method, target, version, body = request
    project, backup = project_with_a_backup()
    sent = spoiled(body, data.draw(st.sampled_from(places(body))), odd)
    headers = {"Api-Key": "k", "X-Pinecone-Api-Version": version}
    reply = project.send(method, target.format(backup=backup), sent, headers)
    answer = json.loads(reply.body)
    assert reply.status in DONE | REFUSED
    if reply.status in REFUSED:
        assert answer["status"] == reply.status
        assert answer["error"].keys() == {"code", "message"}
