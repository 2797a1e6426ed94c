"""Run the official Python SDK 7, 8 or 9 against a project with an index `docs` and a pod `pod`."""

import sys

from pinecone import Pinecone

url = sys.argv[1]
client = Pinecone(api_key="any", host=url)

made = [client.create_backup(index_name="docs", backup_name=f"night-{n}") for n in range(3)]
page = client.list_backups(index_name="docs", limit=2)
assert [each.name for each in page] == ["night-2", "night-1"], page
rest = client.list_backups(index_name="docs", pagination_token=page.pagination.next)
assert [each.name for each in rest] == ["night-0"], rest
assert len(list(client.list_backups())) == 3
backup = client.describe_backup(backup_id=made[0].backup_id)
assert (backup.status, backup.record_count) == ("Ready", 200), backup

client.create_index_from_backup(
    backup_id=backup.backup_id, name="again", tags={"a": "b"}, deletion_protection="enabled"
)
described = client.describe_index("again")
assert described.status.ready, described
assert dict(described.tags.to_dict()) == {"a": "b"}, described
jobs = client.list_restore_jobs(limit=5)
job = client.describe_restore_job(job_id=jobs[0].restore_job_id)
assert (job.status, job.target_index_name) == ("Completed", "again"), job
client.configure_index("again", deletion_protection="disabled")
client.delete_index("again")
client.delete_backup(backup_id=backup.backup_id)
assert "again" not in client.list_indexes().names()

index = client.Index("docs")
started = index.start_import(uri="s3://b/more", error_mode="ABORT", integration_id="one")
load = index.describe_import(id=started.id)
assert (load.status, load.records_imported) == ("Completed", 1000), load
index.start_import(uri="s3://b/other")
assert sorted(each.id for each in index.list_imports(limit=10)) == ["1", "2"]
index.cancel_import(id="2")

vectors = [{"id": f"v{n}", "values": [n + 1.0] + [0.5] * 7} for n in range(3)]
assert index.upsert(vectors=vectors, namespace="mine").upserted_count == 3
assert list(index.fetch(ids=["v0", "none"], namespace="mine").vectors) == ["v0"]
found = index.query(vector=vectors[2]["values"], top_k=2, namespace="mine")
assert [each.id for each in found.matches] == ["v2", "v1"], found
# 9 lists objects with an id, those before it ids.
listed = [each for page in index.list(namespace="mine", limit=2) for each in page]
assert [getattr(each, "id", each) for each in listed] == ["v0", "v1", "v2"], listed
index.delete(ids=["v0"], namespace="mine")
stats = index.describe_index_stats()
assert stats.namespaces["mine"].vector_count == 2, stats

client.create_collection("kept", "pod")
assert client.list_collections().names() == ["kept"]
assert client.describe_collection("kept")["status"] == "Ready"
client.delete_collection("kept")

models = client.inference.list_models(type="embed")
assert "llama-text-embed-v2" in [each.model for each in models], models
assert client.inference.get_model(model_name="llama-text-embed-v2").default_dimension == 1024
embedded = client.inference.embed(
    model="llama-text-embed-v2", inputs=["a text"], parameters={"input_type": "query"}
)
assert len(embedded.data[0].values) == 1024
