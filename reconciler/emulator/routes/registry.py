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
    backup_schedules,
    backups,
    collections,
    configure,
    imports,
    indexes,
    inference,
    listing,
    namespaces,
    query,
    restore_jobs,
    stats,
    texts,
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
        ("GET", "/indexes/{index_name}/backup-schedules"): Route(
            "list_backup_schedules", backup_schedules.list_backup_schedules, Version.V2026_07
        ),
        ("POST", "/indexes/{index_name}/backup-schedules"): Route(
            "create_backup_schedule",
            backup_schedules.create_backup_schedule,
            Version.V2026_07,
            malformed=422,
        ),
        ("GET", "/backup-schedules/{schedule_id}"): Route(
            "describe_backup_schedule", backup_schedules.describe_backup_schedule, Version.V2026_07
        ),
        ("PATCH", "/backup-schedules/{schedule_id}"): Route(
            "update_backup_schedule",
            backup_schedules.update_backup_schedule,
            Version.V2026_07,
            malformed=422,
        ),
        ("DELETE", "/backup-schedules/{schedule_id}"): Route(
            "delete_backup_schedule", backup_schedules.delete_backup_schedule, Version.V2026_07
        ),
        ("GET", "/backup-schedules/{schedule_id}/history"): Route(
            "list_backup_schedule_history",
            backup_schedules.list_backup_schedule_history,
            Version.V2026_07,
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
        ("GET", "/models"): Route("list_models", inference.list_models),
        ("GET", "/models/{model_name}"): Route("get_model", inference.get_model),
        ("POST", "/embed"): Route("embed", inference.embed),
        ("POST", "/ix/{host}/bulk/imports"): Route("startBulkImport", imports.start_import),
        ("GET", "/ix/{host}/bulk/imports"): Route("listBulkImports", imports.list_imports),
        ("GET", "/ix/{host}/bulk/imports/{id}"): Route(
            "describeBulkImport", imports.describe_import
        ),
        ("DELETE", "/ix/{host}/bulk/imports/{id}"): Route(
            "cancelBulkImport", imports.cancel_import
        ),
        ("POST", "/ix/{host}/describe_index_stats"): Route(
            "describeIndexStats", stats.describe_stats
        ),
        ("POST", "/ix/{host}/query"): Route("queryVectors", query.query_vectors),
        ("POST", "/ix/{host}/vectors/upsert"): Route("upsertVectors", vectors.upsert_vectors),
        ("GET", "/ix/{host}/vectors/fetch"): Route("fetchVectors", vectors.fetch_vectors),
        ("POST", "/ix/{host}/vectors/fetch_by_metadata"): Route(
            "fetch_vectors_by_metadata", listing.fetch_by_metadata, since=Version.V2025_10
        ),
        ("GET", "/ix/{host}/vectors/list"): Route("listVectors", listing.list_vectors),
        ("POST", "/ix/{host}/vectors/update"): Route("updateVector", vectors.update_vector),
        ("POST", "/ix/{host}/vectors/delete"): Route("deleteVectors", vectors.delete_vectors),
        ("POST", "/ix/{host}/records/namespaces/{namespace}/upsert"): Route(
            "upsertRecordsNamespace", texts.upsert_records
        ),
        ("POST", "/ix/{host}/records/namespaces/{namespace}/search"): Route(
            "searchRecordsNamespace", texts.search_records
        ),
        ("GET", "/ix/{host}/namespaces"): Route(
            "listNamespacesOperation", namespaces.list_namespaces
        ),
        ("POST", "/ix/{host}/namespaces"): Route(
            "createNamespace", namespaces.create_namespace, since=Version.V2025_10
        ),
        ("GET", "/ix/{host}/namespaces/{namespace}"): Route(
            "describeNamespace", namespaces.describe_namespace
        ),
        ("DELETE", "/ix/{host}/namespaces/{namespace}"): Route(
            "deleteNamespace", namespaces.delete_namespace
        ),
    }
)


def _by_length() -> Mapping[int, tuple[tuple[str, tuple[str, ...], Route], ...]]:
    split = [(method, tuple(path.split("/")), route) for (method, path), route in ROUTES.items()]
    lengths = {len(template) for _, template, _ in split}
    return MappingProxyType(
        {length: tuple(each for each in split if len(each[1]) == length) for length in lengths}
    )


# Every request looks for its route, and paths of another length cannot be it.
_SPLIT = _by_length()


def operations() -> frozenset[str]:
    """Return the ids of all operations that the emulator answers."""
    return frozenset(route.operation for route in ROUTES.values())


def find(method: str, path: str) -> Found:
    """Return what a request line means; a path that is no operation is found as no route."""
    segments = path.split("/")
    plane = Plane.DATA if path.startswith(_DATA_PREFIX) else Plane.CONTROL
    allowed: list[str] = []
    for route_method, template, route in _SPLIT.get(len(segments), ()):
        parameters = _match(template, segments)
        if parameters is None:
            continue
        if route_method == method:
            return Found(route, parameters, plane)
        allowed.append(route_method)
    return Found(None, {}, plane, tuple(allowed))


def _match(template: tuple[str, ...], segments: list[str]) -> Mapping[str, str] | None:
    parameters: dict[str, str] = {}
    for part, segment in zip(template, segments, strict=True):
        if part.startswith("{"):
            parameters[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return parameters if all(parameters.values()) else None
