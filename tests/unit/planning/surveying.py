"""A whole project, seen as an export sees it: every list of every kind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from golden.case import Case, given_of
from golden.state import KINDS

from reconciler.model.observed import Seen
from reconciler.planning.given import Given
from reconciler.wire.read import read_page

Json = dict[str, Any]
HOST = "abc1234.svc.aped-4627-b74a.pinecone.io"


def index(name: str, **more: object) -> Json:
    return {
        "name": name,
        "host": f"{name}-{HOST}",
        "status": {"ready": True, "state": "Ready"},
        "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
        **more,
    }


def pod(name: str, dimension: int = 8) -> Json:
    return index(name, dimension=dimension, spec={"pod": {"environment": "e"}})


def backup(remote_id: str, **more: object) -> Json:
    return {
        "backup_id": remote_id,
        "source_index_name": "docs-prod",
        "status": "Ready",
        "record_count": 98,
        "namespace_count": 2,
        "created_at": "2026-11-20T00:00:00Z",
        **more,
    }


def load(number: int, uri: str, **more: object) -> Json:
    return {
        "id": str(number),
        "uri": uri,
        "status": "Completed",
        "createdAt": f"2026-11-{number:02}T00:00:00Z",
        **more,
    }


def survey(
    live: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    config: bytes = b"version: 1\n",
) -> Given:
    """Give what planning is given when all lists were read, those of all imports too."""
    live = {"indexes": [index("docs-prod")], **live}
    given = given_of(Case(config, live, state, options or {}))
    remote = KINDS["import"].remote
    assert remote is not None
    names = [name for name in live if name.startswith("imports:")]
    lists = {name: read_page("listBulkImports", {"data": live[name]}).items for name in names}
    imports = replace(given.world.seen.get("import", Seen()), objects=remote.decode(lists))
    seen = {**given.world.seen, "import": imports}
    return replace(given, world=replace(given.world, seen=seen))
