"""Reading a namespace page by page: the ids in it, and the records that a filter matches.

A page goes on after the last id of the one before, so that nothing is seen twice when records come
and go; and ids are in the order of their bytes.
"""

import base64
import heapq
import json
import re
from collections.abc import Iterable, Mapping

from reconciler.emulator.bodies import as_object, read_object, text, whole_number
from reconciler.emulator.errors import invalid
from reconciler.emulator.filters import read_filter
from reconciler.emulator.routes.hosts import asked_namespace, hosted, namespace_of, serverless
from reconciler.emulator.shapes.vectors import ONE_READ, stored
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Answer, Ask

_DEFAULT_LIMIT = 100
_MOST_IDS = 100
_MOST_RECORDS = 10_000
_DIGITS = re.compile(r"[0-9]{1,4}")


def list_vectors(store: Store, ask: Ask) -> Answer:
    """List ids, with a prefix if one is given. API: listVectors, GET /vectors/list."""
    index = serverless(store, ask)
    sent, namespace = asked_namespace(ask)
    prefix = ask.query.get("prefix", ("",))[0]
    limit = query_limit(ask, _DEFAULT_LIMIT, _MOST_IDS)
    tokens = ask.query.get("paginationToken")
    table = store.vectors[index.id].namespace(namespace)
    ids = (each for each in table if each.startswith(prefix))
    shown, pagination = page_after(ids, limit, tokens[0] if tokens else None)
    vectors = [{"id": each} for each in shown]
    return Answer(200, {"vectors": vectors, **pagination, "namespace": sent, "usage": ONE_READ})


def fetch_by_metadata(store: Store, ask: Ask) -> Answer:
    """Read the records that a filter matches.

    API: fetch_vectors_by_metadata, POST /vectors/fetch_by_metadata.
    """
    index = hosted(store, ask)
    fields = read_object(ask.body)
    sent, namespace = namespace_of(fields)
    limit = whole_number(fields.get("limit", _DEFAULT_LIMIT), "limit", 1, _MOST_RECORDS)
    conditions = as_object(fields.get("filter"), "filter")
    if not conditions:
        raise invalid("filter must hold at least one condition.")
    test = read_filter(conditions)
    table = store.vectors[index.id].namespace(namespace)
    ids = (each.id for each in table.values() if test(each.metadata or {}))
    shown, pagination = page_after(ids, limit, text(fields, "paginationToken"))
    found = {each: stored(table[each]) for each in shown}
    return Answer(200, {"vectors": found, "namespace": sent, "usage": ONE_READ, **pagination})


def query_limit(ask: Ask, default: int, most: int) -> int:
    """Return the `limit` of a query string; raises Refusal."""
    sent = ask.query.get("limit")
    if not sent:
        return default
    # A number of a thousand digits is no limit either, and int() refuses it in its own way.
    value = int(sent[0]) if _DIGITS.fullmatch(sent[0]) else 0
    return whole_number(value, "limit", 1, most)


def page_after(
    names: Iterable[str], limit: int, token: str | None
) -> tuple[list[str], Mapping[str, object]]:
    """Cut the page that follows a token; raises Refusal for a token that is none.

    The second value holds `pagination`, and is empty on the last page.
    """
    if token:
        passed = _read_token(token)
        names = (each for each in names if each > passed)
    shown = heapq.nsmallest(limit + 1, names)
    if len(shown) <= limit:
        return shown, {}
    return shown[:limit], {"pagination": {"next": _token(shown[limit - 1])}}


def _token(passed: str) -> str:
    return base64.b64encode(json.dumps({"skip_past": passed}).encode("ascii")).decode("ascii")


def _read_token(token: str) -> str:
    try:
        read = json.loads(base64.b64decode(token.encode("ascii"), validate=True))
        return str(read["skip_past"])
    except (ValueError, TypeError, LookupError, RecursionError):
        raise invalid("Invalid pagination token.") from None
