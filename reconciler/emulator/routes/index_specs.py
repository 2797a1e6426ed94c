"""What an index shall be, in the words of the versions until 2026-04: dimension, metric, spec."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reconciler.emulator.bodies import as_object, choice, required_text, text, whole_number
from reconciler.emulator.errors import invalid, malformed, not_found
from reconciler.emulator.routes.read_capacity import read_capacity

METRICS = ("cosine", "euclidean", "dotproduct")
MOST_DIMENSIONS = 20_000
# The regions of the published list and of the examples in the specifications.
_REGIONS = MappingProxyType(
    {
        "aws": frozenset({"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"}),
        "gcp": frozenset({"us-central1", "us-east1", "europe-west4"}),
        "azure": frozenset({"eastus2"}),
    }
)
_KINDS = frozenset({"serverless", "pod", "byoc"})
_POD_TYPE = re.compile(r"(s1|p1|p2)\.x([1248])")
_MOST_PODS = 10_000
_MOST_FILTERABLE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an index shall be, whichever version asks for it."""

    spec: Mapping[str, Mapping[str, object]]
    dimension: int | None
    metric: str
    vector_type: str
    read_capacity: Mapping[str, object] | None = None
    embed: Mapping[str, object] | None = None
    fields: Mapping[str, Mapping[str, object]] | None = None
    cmek_id: str | None = None

    @property
    def settings(self) -> Mapping[str, object]:
        """The settings of the one kind in its spec."""
        return next(iter(self.spec.values()))


def wanted_by_spec(fields: Mapping[str, object]) -> Wanted:
    """Read what is wanted of a new index until 2026-04; raises Refusal."""
    vector_type = choice(fields, "vector_type", ("dense", "sparse"), "dense")
    metric, dimension = _measure(fields, vector_type)
    sent = as_object(fields.get("spec"), "spec")
    if len(sent) != 1 or not sent.keys() <= _KINDS:
        raise invalid("spec must hold exactly one of serverless, pod and byoc.")
    kind = next(iter(sent))
    settings = as_object(sent[kind], f"spec.{kind}")
    match kind:
        case "serverless":
            known = serverless(settings)
        case "pod":
            known = _pod(settings)
        case _:
            known = {"environment": required_text(settings, "environment"), **_schema(settings)}
    source = text(settings, "source_collection")
    if source is not None and kind != "byoc":
        known = {**known, "source_collection": source}
    capacity = None if kind == "pod" else read_capacity(settings)
    return Wanted({kind: known}, dimension, metric, vector_type, capacity)


def serverless(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Read where a serverless index shall be and what is filterable in it.

    Raises Refusal, which is a 404 for a cloud or region that is not there.
    """
    cloud, region = required_text(fields, "cloud"), required_text(fields, "region")
    if region not in _REGIONS.get(cloud, ()):
        raise not_found(f"Resource cloud: {cloud} region: {region} not found.")
    return {"cloud": cloud, "region": region, **_schema(fields)}


def pod_type(fields: Mapping[str, object]) -> tuple[str, int]:
    """Read a pod type and return its family and its size; raises Refusal."""
    sent = required_text(fields, "pod_type")
    read = _POD_TYPE.fullmatch(sent)
    if read is None:
        raise invalid("pod_type must be s1, p1 or p2 with .x1, .x2, .x4 or .x8.")
    return read[1], int(read[2])


def pod_count(value: object, what: str) -> int:
    """Read a number of pods; raises Refusal."""
    return whole_number(value, what, 1, _MOST_PODS)


def _measure(fields: Mapping[str, object], vector_type: str) -> tuple[str, int | None]:
    if vector_type == "sparse":
        if "dimension" in fields:
            raise invalid("dimension must not be given for a sparse index.")
        if choice(fields, "metric", METRICS, "dotproduct") != "dotproduct":
            raise invalid("metric must be dotproduct for a sparse index.")
        return "dotproduct", None
    if "dimension" not in fields:
        raise invalid("dimension is required for a dense index.")
    dimension = whole_number(fields["dimension"], "dimension", 1, MOST_DIMENSIONS)
    return choice(fields, "metric", METRICS, "cosine"), dimension


def _schema(settings: Mapping[str, object]) -> Mapping[str, object]:
    if "schema" not in settings:
        return {}
    fields = as_object(as_object(settings["schema"], "schema").get("fields"), "schema.fields")
    if len(fields) > _MOST_FILTERABLE:
        raise invalid(f"A schema can have at most {_MOST_FILTERABLE} fields.")
    # Taken apart and put together again: an answer must not hold whatever somebody sent.
    for name, field in fields.items():
        if as_object(field, f"schema.fields.{name}") != {"filterable": True}:
            raise invalid(
                f"Field '{name}' is set to filterable: false. Only filterable: true is supported."
            )
        if name.startswith("$"):
            raise invalid(f"The field name {name} must not begin with '$'.")
    return {"schema": {"fields": {name: {"filterable": True} for name in fields}}}


def _pod(settings: Mapping[str, object]) -> Mapping[str, object]:
    environment = required_text(settings, "environment")
    pod_type(settings)
    replicas = pod_count(settings.get("replicas", 1), "replicas")
    fitting = pod_count(settings.get("pods", replicas), "pods") // replicas
    shards = pod_count(settings.get("shards", fitting), "shards")
    pods = shards * replicas
    if settings.get("pods", pods) != pods:
        raise invalid("pods must be shards times replicas.")
    return {
        "environment": environment,
        "pod_type": settings["pod_type"],
        "replicas": replicas,
        "shards": shards,
        "pods": pods,
        **_metadata_config(settings),
    }


def _metadata_config(settings: Mapping[str, object]) -> Mapping[str, object]:
    if "metadata_config" not in settings:
        return {}
    config = as_object(settings["metadata_config"], "metadata_config")
    indexed = config.get("indexed", [])
    if not isinstance(indexed, list) or not all(isinstance(each, str) for each in indexed):
        raise malformed("metadata_config.indexed must be a list of strings.")
    return {"metadata_config": {"indexed": indexed}}
