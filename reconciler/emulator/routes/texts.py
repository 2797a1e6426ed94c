"""Texts on an index's host: written and searched for as texts, which the emulator embeds itself.

Only an index with integrated embedding takes texts; a search by vector or id works on every index.
What a field map names is embedded, and all fields of a record are its metadata.
"""

from collections.abc import Mapping, Sequence

from reconciler.emulator.bodies import (
    as_object,
    read_json,
    read_object,
    required_text,
    whole_number,
)
from reconciler.emulator.embedding import MADE_UP, dense_embedding, sparse_embedding, tokens
from reconciler.emulator.errors import invalid, malformed
from reconciler.emulator.filters import Test, read_filter
from reconciler.emulator.records import Record, Sparse, Table, pack, pack_sparse
from reconciler.emulator.routes.hosts import hosted
from reconciler.emulator.routes.vectors import most_sparse_values
from reconciler.emulator.search import Wanted, search
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import (
    LONGEST_ID,
    check_query,
    namespace_name,
    read_dense,
    read_metadata,
    read_sparse,
    record_id,
)
from reconciler.emulator.vectors import stored_namespace
from reconciler.emulator.wire import Answer, Ask

_MOST_RECORDS = 96
_MOST_RESULTS = 10_000
_MOST_FIELDS = 100
_MATCHING_MODEL = "pinecone-sparse-english-v0"


def upsert_records(store: Store, ask: Ask) -> Answer:
    """Write texts. API: upsertRecordsNamespace, POST /records/namespaces/{namespace}/upsert."""
    index = hosted(store, ask)
    field = _text_field(index)
    namespace = stored_namespace(namespace_name(ask.parameters["namespace"]))
    lines = [line for line in ask.body.splitlines() if line.strip()]
    if not 1 <= len(lines) <= _MOST_RECORDS:
        raise invalid(f"The body must hold 1 to {_MOST_RECORDS} records, each on its line.")
    records = [_record(as_object(read_json(line), "A record"), field, index) for line in lines]
    store.vectors[index.id].put(namespace, records)
    return Answer(201, changed=index.name, headers=MADE_UP)


def search_records(store: Store, ask: Ask) -> Answer:
    """Find the records nearest to a text, a vector or a record.

    API: searchRecordsNamespace, POST /records/namespaces/{namespace}/search.
    """
    index = hosted(store, ask)
    fields = read_object(ask.body)
    if "rerank" in fields:
        raise invalid("The emulator does not rerank.")
    query = as_object(fields.get("query"), "query")
    top_k = whole_number(query.get("top_k"), "query.top_k", 1, _MOST_RESULTS)
    shown = _shown_fields(fields)
    name = ask.parameters["namespace"]
    table = store.vectors[index.id].namespace(stored_namespace(name))
    near, used = _near(query, table, index, most_sparse_values(ask.version))
    test = _test(query, index)
    found = () if near is None else search(table, Wanted(*near, test, top_k), index.metric)
    hits = [_hit(record, score, shown) for score, record in found]
    usage = {"read_units": 1} if used is None else {"read_units": 1, "embed_total_tokens": used}
    where = {"namespace": name} if ask.version.is_last else {}
    payload = {**where, "result": {"hits": hits}, "usage": usage}
    return Answer(200, payload, headers=() if used is None else MADE_UP)


def _text_field(index: Index) -> str:
    if index.embed is None:
        raise invalid("Integrated inference is not configured for this index")
    return str(next(iter(as_object(index.embed["field_map"], "field_map").values())))


def _record(fields: Mapping[str, object], field: str, index: Index) -> Record:
    key = "_id" if "_id" in fields else "id"
    identifier = record_id(required_text(fields, key, LONGEST_ID))
    dense, sparse = _embedded(tokens(required_text(fields, field)), index)
    metadata = read_metadata({name: each for name, each in fields.items() if name != key})
    return Record(identifier, dense, sparse, metadata)


def _embedded(words: list[str], index: Index) -> tuple[bytes, Sparse | None]:
    if index.dimension is not None:
        return pack(dense_embedding(words, index.dimension)), None
    weighed = sparse_embedding(words)
    if not weighed:
        raise invalid("A text of a sparse index must hold at least one word.")
    return b"", pack_sparse(tuple(weighed), tuple(weight for _, weight in weighed.values()))


def _near(
    query: Mapping[str, object], table: Table, index: Index, most_sparse: int
) -> tuple[tuple[bytes, Sparse | None] | None, int | None]:
    """Return what the search is near to, None for an id that is not there, and the tokens used."""
    if sum(key in query for key in ("inputs", "vector", "id")) != 1:
        raise invalid("Exactly one of query.inputs, query.vector and query.id must be given.")
    if "id" in query:
        held = table.get(required_text(query, "id", LONGEST_ID))
        return None if held is None else (held.dense, held.sparse), None
    if "vector" in query:
        return _vector(as_object(query["vector"], "query.vector"), index, most_sparse), None
    _text_field(index)
    words = tokens(required_text(as_object(query["inputs"], "query.inputs"), "text"))
    return _embedded(words, index), len(words)


def _vector(
    sent: Mapping[str, object], index: Index, most_sparse: int
) -> tuple[bytes, Sparse | None]:
    dense = read_dense(sent["values"], "query.vector.values") if "values" in sent else b""
    sparse = None
    if "sparse_values" in sent or "sparse_indices" in sent:
        parts = {"indices": sent.get("sparse_indices"), "values": sent.get("sparse_values")}
        sparse = read_sparse(parts, most_sparse)
    check_query(dense, sparse, index)
    return dense, sparse


def _test(query: Mapping[str, object], index: Index) -> Test | None:
    passes = read_filter(as_object(query["filter"], "query.filter")) if "filter" in query else None
    if "match_terms" not in query:
        return passes
    if index.embed is None or index.embed["model"] != _MATCHING_MODEL:
        raise invalid(f"match_terms is only supported for indexes with {_MATCHING_MODEL}.")
    sent = as_object(query["match_terms"], "query.match_terms")
    terms = _strings(sent.get("terms"), "query.match_terms.terms")
    if required_text(sent, "strategy") != "all":
        raise invalid("query.match_terms.strategy must be all.")
    wanted = {word for term in terms for word in tokens(term)}
    field = _text_field(index)

    def matches(metadata: Mapping[str, object]) -> bool:
        there = wanted <= set(tokens(str(metadata.get(field, ""))))
        return there and (passes is None or passes(metadata))

    return matches


def _shown_fields(fields: Mapping[str, object]) -> Sequence[str] | None:
    if "fields" not in fields:
        return None
    shown = _strings(fields["fields"], "fields")
    if len(shown) > _MOST_FIELDS:
        raise invalid(f"fields must name at most {_MOST_FIELDS} fields.")
    return shown


def _strings(sent: object, what: str) -> list[str]:
    if not isinstance(sent, list) or not all(isinstance(each, str) for each in sent):
        raise malformed(f"{what} must be a list of strings.")
    return sent


def _hit(record: Record, score: float, shown: Sequence[str] | None) -> Mapping[str, object]:
    held = record.metadata or {}
    fields = {name: each for name, each in held.items() if shown is None or name in shown}
    return {"_id": record.id, "_score": score, "fields": fields}
