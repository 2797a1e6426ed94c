"""The official Python SDK, as it is installed by everybody, with nothing but its host set."""

from collections.abc import Iterator

import pytest
from pinecone import ApiError, ConflictError, ForbiddenError, Index, NotFoundError, Pinecone


@pytest.fixture
def client(url: str) -> Iterator[Pinecone]:
    with Pinecone(api_key="any", host=url) as made:
        yield made


@pytest.fixture
def docs(client: Pinecone) -> Iterator[Index]:
    index = client.index("docs")
    yield index
    index.close()


def test_backups_are_made_listed_described_and_deleted(client: Pinecone) -> None:
    made = [
        client.backups.create(index_name="docs", name=f"night-{n}", description="d")
        for n in range(3)
    ]
    described = client.backups.describe(backup_id=made[0].backup_id)
    assert (described.status, described.record_count, described.namespace_count) == (
        "Ready",
        200,
        2,
    )
    assert (described.name, described.description) == ("night-0", "d")
    first = client.backups.list(index_name="docs", limit=2)
    assert [each.name for each in first] == ["night-2", "night-1"]
    rest = client.backups.list(index_name="docs", pagination_token=first.pagination.next)
    assert [each.name for each in rest] == ["night-0"]
    client.backups.delete(backup_id=made[0].backup_id)
    assert len(list(client.backups.list())) == 2
    with pytest.raises(NotFoundError):
        client.backups.describe(backup_id=made[0].backup_id)


def test_a_restore_makes_an_index_with_the_records_of_the_backup(client: Pinecone) -> None:
    backup = client.backups.create(index_name="docs")
    started = client.create_index_from_backup(
        name="again", backup_id=backup.backup_id, tags={"a": "b"}, deletion_protection="enabled"
    )
    described = client.indexes.describe("again")
    assert (described.name, described.tags) == ("again", {"a": "b"})
    assert described.status.ready
    jobs = list(client.restore_jobs.list(limit=5))
    assert [each.target_index_name for each in jobs] == ["again"]
    job = client.restore_jobs.describe(job_id=jobs[0].restore_job_id)
    assert (job.status, job.backup_id) == ("Completed", backup.backup_id)
    with client.index("again") as index:
        assert index.describe_index_stats().total_vector_count == 200
    with pytest.raises(ForbiddenError):
        client.indexes.delete("again")
    with pytest.raises(ConflictError):
        client.create_index_from_backup(name="again", backup_id=backup.backup_id, timeout=-1)
    client.indexes.configure("again", deletion_protection="disabled")
    client.indexes.delete("again")
    assert not client.indexes.exists("again")
    assert started


def test_imports_are_started_listed_described_and_cancelled(docs: Index) -> None:
    started = docs.start_import(uri="s3://b/more", error_mode="abort", integration_id="one")
    described = docs.describe_import(started.id)
    assert (described.status, described.uri, described.records_imported) == (
        "Completed",
        "s3://b/more",
        1000,
    )
    docs.start_import(uri="s3://b/other")
    assert [each.id for each in docs.list_imports(limit=1)] == ["1", "2"]
    docs.cancel_import("2")
    assert docs.describe_index_stats().total_vector_count == 2200


def test_vectors_are_written_read_searched_and_removed(docs: Index) -> None:
    vectors = [
        {"id": f"v{n}", "values": [n + 1.0] + [0.5] * 7, "metadata": {"n": n}} for n in range(3)
    ]
    assert docs.upsert(vectors=vectors, namespace="mine").upserted_count == 3
    fetched = docs.fetch(ids=["v0", "none"], namespace="mine")
    assert list(fetched.vectors) == ["v0"]
    assert fetched.vectors["v0"].values[0] == 1.0
    found = docs.query(
        vector=vectors[2]["values"],
        top_k=2,
        namespace="mine",
        filter={"n": {"$gte": 1}},
        include_metadata=True,
    )
    assert [(each.id, each.metadata) for each in found.matches] == [
        ("v2", {"n": 2}),
        ("v1", {"n": 1}),
    ]
    pages = list(docs.list(namespace="mine", prefix="v", limit=2))
    assert [vector.id for page in pages for vector in page.vectors] == ["v0", "v1", "v2"]
    docs.update(id="v0", set_metadata={"new": True}, namespace="mine")
    assert docs.fetch(ids=["v0"], namespace="mine").vectors["v0"].metadata["new"] is True
    docs.delete(ids=["v0"], namespace="mine")
    assert docs.describe_index_stats().namespaces["mine"].vector_count == 2
    docs.delete_namespace(name="mine")
    names = [each.name for page in docs.list_namespaces() for each in page.namespaces]
    assert names == ["__default__", "fr"]


def test_indexes_are_made_listed_and_configured(client: Pinecone) -> None:
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    client.create_index(name="new", dimension=3, metric="cosine", spec=spec)
    client.indexes.configure("new", tags={"team": "docs"})
    assert client.indexes.describe("new").tags == {"team": "docs"}
    assert sorted(each.name for each in client.indexes.list()) == ["docs", "new", "pod"]
    client.indexes.create_for_model(
        name="texts",
        cloud="aws",
        region="us-east-1",
        embed={"model": "llama-text-embed-v2", "field_map": {"text": "body"}},
    )
    assert client.indexes.describe("texts").status.ready
    with pytest.raises(ConflictError):
        client.create_index(name="new", dimension=3, metric="cosine", spec=spec)


def test_collections_of_a_pod_index_are_made_listed_described_and_deleted(
    client: Pinecone,
) -> None:
    client.collections.create(name="kept", source="pod")
    assert [each.name for each in client.collections.list()] == ["kept"]
    described = client.collections.describe("kept")
    assert (described.status, described.dimension, described.vector_count) == ("Ready", 2, 0)
    assert client.indexes.describe("pod").status.ready
    client.collections.delete("kept")
    with pytest.raises(NotFoundError):
        client.collections.describe("kept")
    with pytest.raises(ApiError):
        client.collections.create(name="kept", source="docs")


def test_schedules_are_made_changed_and_removed(client: Pinecone) -> None:
    made = client.backup_schedules.create(
        index_name="docs", name="nightly", frequency="daily", retention_days=7
    )
    assert made.enabled
    changed = client.backup_schedules.update(schedule_id=made.schedule_id, retention_days=9)
    assert changed.retention_expire_after_days == 9
    assert [each.name for each in client.backup_schedules.list(index_name="docs")] == ["nightly"]
    assert client.backup_schedules.history(schedule_id=made.schedule_id) is not None
    client.backup_schedules.delete(schedule_id=made.schedule_id)
    assert list(client.backup_schedules.list(index_name="docs")) == []


def test_models_are_listed_and_texts_embedded(client: Pinecone) -> None:
    models = client.inference.list_models(type="embed", vector_type="dense")
    assert [each.model for each in models.models] == [
        "llama-text-embed-v2",
        "multilingual-e5-large",
    ]
    model = client.inference.get_model(model="llama-text-embed-v2")
    assert model.supported_dimensions == [384, 512, 768, 1024, 2048]
    embedded = client.inference.embed(
        model="llama-text-embed-v2",
        inputs=["one text", "another"],
        parameters={"input_type": "passage", "dimension": 384},
    )
    assert [len(each.values) for each in embedded.data] == [384, 384]
    sparse = client.inference.embed(
        model="pinecone-sparse-english-v0", inputs="words", parameters={"input_type": "query"}
    )
    assert len(sparse.data[0].sparse_indices) == 1
