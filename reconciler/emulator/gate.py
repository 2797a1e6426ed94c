"""The gate: what every request must bring before an operation looks at it, and what it hears else.

The order is that of the real service as far as it shows: the key first, so that nobody without one
learns which paths exist, then the path, the version and the size of the body.
"""

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import parse_qs

from reconciler.emulator.errors import Code, Malformed, Refusal, error_body, invalid, not_found
from reconciler.emulator.routes.registry import Found, Route
from reconciler.emulator.spoil import refusal_reply
from reconciler.emulator.wire import (
    BODY_LIMIT_BYTES,
    Ask,
    Call,
    Reply,
    Site,
    Version,
    json_reply,
)

_UNAUTHENTICATED = 401
_UNPROCESSABLE = 422
_VERSIONS = frozenset(version.value for version in Version)


def let_in(call: Call, found: Found, now: int, site: Site, bad_keys: Collection[str]) -> Ask:
    """Check a call and return what its operation needs; raises Refusal."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    _check_key(headers.get("api-key", "").strip(), bad_keys)
    _check_route(call, found)
    version = headers.get("x-pinecone-api-version", Version.V2025_04.value)
    if version not in _VERSIONS:
        raise invalid(f"Unknown API version; supported are {', '.join(sorted(_VERSIONS))}.")
    if len(call.body) > BODY_LIMIT_BYTES:
        message = f"The request body is larger than {BODY_LIMIT_BYTES} bytes."
        raise Refusal(413, Code.OUT_OF_RANGE, message)
    if not Version(version).has(route_of(found).since):
        raise not_found(f"There is no such operation in version {version}.")
    query = parse_qs(call.query, keep_blank_values=True)
    return Ask(found.parameters, query, call.body, Version(version), now, site)


def route_of(found: Found) -> Route:
    """Return the route of a call that was let in; raises Refusal 404."""
    if found.route is None:
        raise not_found("There is no such operation.")
    return found.route


def turned_away(refusal: Refusal, found: Found, now: int) -> Reply:
    """Return the answer to a call that the gate, or its operation, has refused."""
    if refusal.status == _UNAUTHENTICATED:
        return refusal_reply(found.plane, refusal.status, refusal.message, now)
    as_documented = found.route is not None and found.route.malformed == _UNPROCESSABLE
    if isinstance(refusal, Malformed) and as_documented:
        refusal = refusal.as_unprocessable()
    payload = error_body(found.plane, refusal.status, refusal.code, refusal.message)
    reply = json_reply(refusal.status, payload, now)
    if refusal.code is Code.UNIMPLEMENTED:
        return replace(reply, headers=(*reply.headers, ("allow", ", ".join(found.allowed))))
    return reply


def _check_key(key: str, bad_keys: Collection[str]) -> None:
    if not key:
        raise Refusal(401, Code.UNAUTHENTICATED, "Unauthorized")
    if key in bad_keys:
        raise Refusal(401, Code.UNAUTHENTICATED, "Invalid API key")


def _check_route(call: Call, found: Found) -> None:
    if found.allowed:
        message = f"{call.method} is not allowed here; allowed is {', '.join(found.allowed)}."
        raise Refusal(405, Code.UNIMPLEMENTED, message)
    route_of(found)
