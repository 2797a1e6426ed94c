"""Changes of an index: tags, protection, pods, read capacity, embedding.

A change of size is accepted at once and takes its time; what is asked for is shown from the
beginning, what there is only when it is done.
"""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.emulator.bodies import (
    as_object,
    merged_tags,
    protection,
    read_object,
    refuse_unknown,
    tags,
)
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import Code, Refusal, invalid
from reconciler.emulator.routes.index_specs import pod_count, pod_type
from reconciler.emulator.routes.indexes import existing
from reconciler.emulator.routes.integrated import embed_changed
from reconciler.emulator.routes.quotas import refuse_pods_beyond_quota
from reconciler.emulator.routes.read_capacity import read_capacity
from reconciler.emulator.shapes.indexes import index_model
from reconciler.emulator.shapes.schemas import text_field_name
from reconciler.emulator.store import Index, Scaling, Store
from reconciler.emulator.wire import Answer, Ask

_LAST_KEYS = frozenset({"deployment", "schema", "read_capacity", "tags", "deletion_protection"})
_POD_KEYS = frozenset({"replicas", "pod_type"})
_TEXT_KEYS = frozenset({"type", "model", "read_parameters", "write_parameters"})


def configure_index(store: Store, ask: Ask) -> Answer:
    """Change an index. API: configure_index, PATCH /indexes/{index_name}."""
    index = existing(store, ask)
    fields = read_object(ask.body)
    after = replace(
        index,
        protected=protection(fields, "enabled" if index.protected else "disabled"),
        tags=merged_tags(index.tags, tags(fields, open_values=ask.version.is_last) or {}),
    )
    change = _changed_by_schema if ask.version.is_last else _changed_by_spec
    after = change(after, fields, ask)
    if after.kind == "pod":
        more = pod_count(after.settings["pods"], "pods") - pod_count(index.settings["pods"], "pods")
        refuse_pods_beyond_quota(store, more, ask)
    store.indexes[index.name] = after
    model = index_model(after, ask.version, ask.site, ask.now)
    status = 200 if ask.version.is_last else 202
    return Answer(status, model, changed=None if after == index else index.name)


def _changed_by_spec(index: Index, fields: Mapping[str, object], ask: Ask) -> Index:
    if "embed" in fields:
        index = replace(index, embed=embed_changed(index, as_object(fields["embed"], "embed")))
    if "spec" not in fields:
        return index
    spec = as_object(fields["spec"], "spec")
    if spec.keys() != {index.kind}:
        raise invalid(f"spec must hold {index.kind}, as the index does, and nothing else.")
    settings = as_object(spec[index.kind], f"spec.{index.kind}")
    if index.kind == "pod":
        return _repodded(index, settings, ask)
    if ask.version.is_first:
        raise invalid("Only pod indexes can be scaled in version 2025-04.")
    return _recapacitated(index, settings, ask)


def _changed_by_schema(index: Index, fields: Mapping[str, object], ask: Ask) -> Index:
    refuse_unknown(fields, _LAST_KEYS, "The request body")
    if "schema" in fields:
        schema = as_object(fields["schema"], "schema")
        index = _retexted(index, as_object(schema.get("fields"), "schema.fields"))
    if "deployment" in fields:
        deployment = as_object(fields["deployment"], "deployment")
        refuse_unknown(deployment, _POD_KEYS, "deployment")
        if index.kind != "pod":
            raise invalid("Only the deployment of a pod index can be changed.")
        index = _repodded(index, deployment, ask)
    if "read_capacity" in fields and index.kind == "pod":
        raise invalid("A pod index has no read capacity.")
    return _recapacitated(index, fields, ask)


def _retexted(index: Index, fields: Mapping[str, object]) -> Index:
    if index.embed is None or fields.keys() != {text_field_name(index.embed)}:
        raise invalid("Only the semantic_text field of an index can be changed.")
    sent = as_object(next(iter(fields.values())), "The field")
    refuse_unknown(sent, _TEXT_KEYS, "A semantic_text field")
    if sent.get("type") != "semantic_text":
        raise invalid("The type of the field must be semantic_text.")
    return replace(index, embed=embed_changed(index, sent))


def _repodded(index: Index, sent: Mapping[str, object], ask: Ask) -> Index:
    settings = dict(index.settings)
    state = None
    if "pod_type" in sent:
        (family, size), (family_before, size_before) = pod_type(sent), pod_type(settings)
        if family != family_before or size < size_before:
            raise invalid("A pod can only be given a larger size of its own type.")
        settings["pod_type"] = sent["pod_type"]
        state = "ScalingUpPodSize" if size > size_before else None
    if "replicas" in sent:
        replicas = pod_count(sent["replicas"], "replicas")
        before = pod_count(settings["replicas"], "replicas")
        settings["replicas"] = replicas
        settings["pods"] = replicas * pod_count(settings["shards"], "shards")
        if replicas != before:
            state = "ScalingUp" if replicas > before else "ScalingDown"
    return _scaled(replace(index, spec={"pod": settings}), state, ask)


def _recapacitated(index: Index, sent: Mapping[str, object], ask: Ask) -> Index:
    if "read_capacity" not in sent:
        return index
    if index.is_scaling(ask.now):
        message = f"The read capacity of index {index.name} is not Ready."
        raise Refusal(403, Code.FORBIDDEN, message)
    after = read_capacity(sent, index.read_capacity)
    if after is None and index.kind == "byoc":
        raise invalid("A BYOC index does not support mode OnDemand.")
    types = [each["node_type"] for each in (index.read_capacity, after) if each is not None]
    state = "Migrating" if len(set(types)) > 1 else "Scaling"
    changed = after != index.read_capacity
    return _scaled(replace(index, read_capacity=after), state if changed else None, ask)


def _scaled(index: Index, state: str | None, ask: Ask) -> Index:
    if state is None:
        return index
    ends_at = ask.now + microseconds(ask.site.knobs.index_seconds)
    return replace(index, scaling=Scaling(state, ends_at))
