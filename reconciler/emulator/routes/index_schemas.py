"""What an index shall be, in the words of 2026-07: a typed schema and a deployment.

A schema of the reserved names alone makes the index that earlier versions made from a dimension
and a metric. Any other is an index of documents; to earlier versions it shows its dense vector
field, else it looks like a sparse one, since these know no index without either.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import (
    as_object,
    choice,
    refuse_unknown,
    required_text,
    switch,
    text,
    whole_number,
)
from reconciler.emulator.errors import invalid
from reconciler.emulator.routes.index_specs import METRICS, MOST_DIMENSIONS, Wanted, serverless
from reconciler.emulator.routes.read_capacity import read_capacity
from reconciler.emulator.shapes.schemas import DENSE_FIELD, SPARSE_FIELD

_KEYS = frozenset(
    {"name", "deployment", "schema", "cmek_id", "read_capacity", "tags", "deletion_protection"}
)
_RESERVED = {DENSE_FIELD: "dense_vector", SPARSE_FIELD: "sparse_vector"}
_TYPES = ("dense_vector", "sparse_vector", "string")
_LONGEST_NAME_BYTES = 64
_LONGEST_DESCRIPTION_BYTES = 256
_MOST_TEXT_FIELDS = 100
_LONGEST_GRAM = 10


def wanted_by_schema(fields: Mapping[str, object]) -> Wanted:
    """Read what is wanted of a new index since 2026-07; raises Refusal."""
    refuse_unknown(fields, _KEYS, "The request body")
    spec = _spec(fields)
    capacity = read_capacity(fields)
    if "byoc" in spec and capacity is None:
        raise invalid("A BYOC index needs read_capacity of mode Dedicated.")
    schema = as_object(fields.get("schema"), "schema")
    typed = _fields(as_object(schema.get("fields"), "schema.fields"))
    cmek_id = text(fields, "cmek_id")
    if cmek_id is not None and any(field["type"] == "string" for field in typed.values()):
        raise invalid("Encrypted indexes cannot have full_text_search fields.")
    dense = next((each for each in typed.values() if each["type"] == "dense_vector"), None)
    return Wanted(
        spec=spec,
        dimension=None if dense is None else int(str(dense["dimension"])),
        metric="dotproduct" if dense is None else str(dense["metric"]),
        vector_type="sparse" if dense is None else "dense",
        read_capacity=capacity,
        fields=None if typed.keys() <= _RESERVED.keys() else typed,
        cmek_id=cmek_id,
    )


def _spec(fields: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    if "deployment" not in fields:
        return {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    sent = as_object(fields["deployment"], "deployment")
    required_text(sent, "deployment_type")
    if choice(sent, "deployment_type", ("managed", "byoc"), "managed") == "byoc":
        refuse_unknown(sent, {"deployment_type", "environment"}, "deployment")
        return {"byoc": {"environment": required_text(sent, "environment")}}
    refuse_unknown(sent, {"deployment_type", "cloud", "region"}, "deployment")
    return {"serverless": serverless(sent)}


def _fields(sent: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    if not sent:
        raise invalid("schema.fields must hold at least one field.")
    reserved = sent.keys() <= _RESERVED.keys()
    typed = {
        name: _field(name, as_object(each, f"schema.fields.{name}"), reserved=reserved)
        for name, each in sent.items()
    }
    kinds = [field["type"] for field in typed.values()]
    if kinds.count("dense_vector") > 1 or kinds.count("sparse_vector") > 1:
        raise invalid("A schema can have one dense_vector and one sparse_vector field.")
    if kinds.count("string") > _MOST_TEXT_FIELDS:
        raise invalid(f"A schema can have at most {_MOST_TEXT_FIELDS} full_text_search fields.")
    return typed


def _field(name: str, field: Mapping[str, object], *, reserved: bool) -> Mapping[str, object]:
    required_text(field, "type")
    kind = choice(field, "type", _TYPES, "")
    if reserved:
        if kind != _RESERVED[name]:
            raise invalid(f"The field {name} must be of type {_RESERVED[name]}.")
        if "description" in field:
            raise invalid(f"The reserved field {name} takes no description.")
        return _typed(kind, field)
    if not 1 <= len(name.encode("utf-8", "replace")) <= _LONGEST_NAME_BYTES:
        raise invalid(f"A field name must be 1 to {_LONGEST_NAME_BYTES} bytes long.")
    if name.startswith(("$", "_")):
        raise invalid(f"The field name {name} must not begin with '$' or '_'.")
    return {**_typed(kind, field), "description": _description(field)}


def _description(field: Mapping[str, object]) -> str | None:
    if field.get("description") is None:
        return None
    said = required_text(field, "description")
    if len(said.encode("utf-8", "replace")) > _LONGEST_DESCRIPTION_BYTES:
        raise invalid(f"A description must be at most {_LONGEST_DESCRIPTION_BYTES} bytes long.")
    return said


def _typed(kind: str, field: Mapping[str, object]) -> Mapping[str, object]:
    match kind:
        case "dense_vector":
            required_text(field, "metric")
            return {
                "type": kind,
                "dimension": whole_number(field.get("dimension"), "dimension", 1, MOST_DIMENSIONS),
                "metric": choice(field, "metric", METRICS, ""),
            }
        case "sparse_vector":
            return {"type": kind}
        case _:
            return {"type": kind, "full_text_search": _full_text_search(field)}


def _full_text_search(field: Mapping[str, object]) -> Mapping[str, object]:
    if "full_text_search" not in field:
        raise invalid("A string field needs full_text_search; metadata is not declared.")
    sent = as_object(field["full_text_search"], "full_text_search")
    refuse_unknown(sent, {"language", "stemming", "stop_words", "ngram"}, "full_text_search")
    stemming = switch(sent.get("stemming", False), "stemming")
    stop_words = switch(sent.get("stop_words", False), "stop_words")
    if stop_words and not stemming:
        raise invalid("stop_words needs stemming.")
    if "ngram" in sent and (stemming or stop_words):
        raise invalid("ngram cannot be combined with stemming or stop_words.")
    return {
        "language": text(sent, "language") or "en",
        "stemming": stemming,
        "stop_words": stop_words,
        **({"ngram": _ngram(as_object(sent["ngram"], "ngram"))} if "ngram" in sent else {}),
    }


def _ngram(sent: Mapping[str, object]) -> Mapping[str, object]:
    refuse_unknown(sent, {"min_gram", "max_gram", "prefix_only"}, "ngram")
    longest = whole_number(sent.get("max_gram"), "max_gram", 1, _LONGEST_GRAM)
    shortest = whole_number(sent.get("min_gram"), "min_gram", 1, _LONGEST_GRAM)
    if shortest > longest:
        raise invalid("min_gram must not be greater than max_gram.")
    prefix_only = switch(sent.get("prefix_only", False), "prefix_only")
    return {"min_gram": shortest, "max_gram": longest, "prefix_only": prefix_only}
