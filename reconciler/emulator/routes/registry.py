"""The registry: every operation of the API that the emulator answers, and how a path finds it.

The names are the operation ids of the published description, both spellings of it: snake_case on
the control plane, camelCase on the data plane, whose paths live below one prefix per index host
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from reconciler.emulator.errors import Plane
from reconciler.emulator.routes import (
    backups,
    collections,
    configure,
    imports,
    indexes,
    restore_jobs,
    vectors,
)
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Answer, Ask, Version

_DATA_PREFIX = "/ix/"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its id, the function that answers, and since which version it is there.

    `malformed` is the status for a body that does not have the shape of the request.
    """

    operation: str
    answer: Callable[[Store, Ask], Answer]
    since: Version = Version.V2025_04
    malformed: int = 400


@dataclass(frozen=True, slots=True)
class Found:
    """What a path means: a route, or none, and then the methods that would have been right."""

    route: Route | None
    parameters: Mapping[str, str]
    plane: Plane
    allowed: tuple[str, ...] = ()

    @property
    def operation(self) -> str | None:
        """The operation id, or None for a path that is none."""
        return None if self.route is None else self.route.operation


ROUTES: Mapping[tuple[str, str], Route] = MappingProxyType(
    {
        ("GET", "/indexes"): Route("list_indexes", indexes.list_indexes),
        ("POST", "/indexes"): Route("create_index", indexes.create_index, malformed=422),
        ("POST", "/indexes/create-for-model"): Route(
            "create_index_for_model", indexes.create_index_for_model, malformed=422
        ),
        ("GET", "/indexes/{index_name}"): Route("describe_index", indexes.describe_index),
        ("PATCH", "/indexes/{index_name}"): Route(
            "configure_index", configure.configure_index, malformed=422
        ),
        ("DELETE", "/indexes/{index_name}"): Route("delete_index", indexes.delete_index),
        ("GET", "/indexes/{index_name}/backups"): Route(
            "list_index_backups", backups.list_index_backups
        ),
        ("POST", "/indexes/{index_name}/backups"): Route(
            "create_backup", backups.create_backup, malformed=422
        ),
        ("GET", "/backups"): Route("list_project_backups", backups.list_project_backups),
        ("GET", "/backups/{backup_id}"): Route("describe_backup", backups.describe_backup),
        ("DELETE", "/backups/{backup_id}"): Route("delete_backup", backups.delete_backup),
        ("POST", "/backups/{backup_id}/create-index"): Route(
            "create_index_from_backup_operation",
            restore_jobs.create_index_from_backup,
            malformed=422,
        ),
        ("GET", "/restore-jobs"): Route("list_restore_jobs", restore_jobs.list_restore_jobs),
        ("GET", "/restore-jobs/{job_id}"): Route(
            "describe_restore_job", restore_jobs.describe_restore_job
        ),
        ("GET", "/collections"): Route("list_collections", collections.list_collections),
        ("POST", "/collections"): Route(
            "create_collection", collections.create_collection, malformed=422
        ),
        ("GET", "/collections/{collection_name}"): Route(
            "describe_collection", collections.describe_collection
        ),
        ("DELETE", "/collections/{collection_name}"): Route(
            "delete_collection", collections.delete_collection
        ),
        ("POST", "/ix/{host}/bulk/imports"): Route("startBulkImport", imports.start_import),
        ("GET", "/ix/{host}/bulk/imports"): Route("listBulkImports", imports.list_imports),
        ("GET", "/ix/{host}/bulk/imports/{id}"): Route(
            "describeBulkImport", imports.describe_import
        ),
        ("DELETE", "/ix/{host}/bulk/imports/{id}"): Route(
            "cancelBulkImport", imports.cancel_import
        ),
        ("POST", "/ix/{host}/describe_index_stats"): Route(
            "describeIndexStats", vectors.describe_stats
        ),
        ("POST", "/ix/{host}/vectors/upsert"): Route("upsertVectors", vectors.upsert_vectors),
        ("GET", "/ix/{host}/vectors/fetch"): Route("fetchVectors", vectors.fetch_vectors),
    }
)


_SPLIT = tuple(
    (method, tuple(template.split("/")), route) for (method, template), route in ROUTES.items()
)


def operations() -> frozenset[str]:
    """Return the ids of all operations that the emulator answers."""
    return frozenset(route.operation for route in ROUTES.values())


def find(method: str, path: str) -> Found:
    """Return what a request line means; a path that is no operation is found as no route."""
    segments = path.split("/")
    plane = Plane.DATA if path.startswith(_DATA_PREFIX) else Plane.CONTROL
    allowed: list[str] = []
    for route_method, template, route in _SPLIT:
        parameters = _match(template, segments)
        if parameters is None:
            continue
        if route_method == method:
            return Found(route, parameters, plane)
        allowed.append(route_method)
    return Found(None, {}, plane, tuple(allowed))


def _match(template: tuple[str, ...], segments: list[str]) -> Mapping[str, str] | None:
    if len(template) != len(segments):
        return None
    parameters: dict[str, str] = {}
    for part, segment in zip(template, segments, strict=True):
        if part.startswith("{"):
            parameters[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return parameters if all(parameters.values()) else None
