"""Any body on the data plane is answered in a documented way."""

import json
from collections.abc import Mapping

from emulator.driver import KEY, Driver
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RIGHT: Mapping[str, object] = {
    "id": "sample-000001",
    "ids": ["sample-000001"],
    "values": [0.5] * 8,
    "vector": [0.5] * 8,
    "vectors": [{"id": "a", "values": [0.5] * 8}],
    "sparseValues": {"indices": [1], "values": [1.0]},
    "sparseVector": {"indices": [1], "values": [1.0]},
    "setMetadata": {"a": 1},
    "filter": {"position": {"$gt": 1}},
    "deleteAll": True,
    "topK": 3,
    "includeValues": True,
    "includeMetadata": True,
    "namespace": "fr",
    "name": "new",
    "limit": 2,
    "paginationToken": "e30=",
    "dryRun": True,
}
BODIES = st.dictionaries(st.sampled_from(sorted(RIGHT)), JSON, max_size=3).flatmap(
    lambda wrong: st.sets(st.sampled_from(sorted(RIGHT)), max_size=4).map(
        lambda right: {**{key: RIGHT[key] for key in right}, **wrong}
    )
)
PATHS = (
    "/vectors/upsert",
    "/vectors/update",
    "/vectors/delete",
    "/vectors/fetch_by_metadata",
    "/query",
    "/namespaces",
    "/describe_index_stats",
    "/bulk/imports",
)


@settings(deadline=None)
@given(path=st.sampled_from(PATHS), body=BODIES, last=st.booleans())
def test_every_body_is_answered_as_documented(path: str, body: object, *, last: bool) -> None:
    project = Driver()
    project.seed("docs")
    headers = {"Api-Key": KEY, "X-Pinecone-Api-Version": "2026-07" if last else "2025-10"}
    reply = project.send("POST", project.host("docs") + path, body, headers)
    assert reply.status in {200, 400, 404, 409}
    answer = json.loads(reply.body)
    assert reply.status == 200 or answer.keys() == {"code", "message", "details"}
