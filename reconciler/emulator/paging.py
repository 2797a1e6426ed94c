"""Pages of a list: the limit, the opaque token, and the slice that they mean.

Tokens hold an offset, as the real ones do, so that objects which come or go between two pages
shift the rest: a client must survive seeing one twice. A token carries its own page size, which
wins over a `limit` sent beside it.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.emulator.bodies import whole_number
from reconciler.emulator.errors import Refusal, invalid
from reconciler.emulator.rolls import Roll
from reconciler.emulator.wire import Version

_Item = TypeVar("_Item")
_LARGEST_LIMIT = 100
_FEW, _MANY = 10, 100
_DIGITS = re.compile(r"[0-9]{1,4}")
_LARGEST_OFFSET = 2**53


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for."""

    limit: int
    offset: int


def window(query: Mapping[str, Sequence[str]], default_limit: int) -> Window:
    """Read `limit` and `paginationToken` of a query; raises Refusal for either being bad."""
    limit = _limit(query, default_limit)
    tokens = query.get("paginationToken")
    return _read_token(tokens[0]) if tokens else Window(limit, 0)


def page_size(version: Version) -> int:
    """Return how many objects the control plane puts on a page unless told otherwise."""
    return _MANY if version.is_last else _FEW


def page(items: Sequence[_Item], part: Window) -> tuple[Sequence[_Item], Mapping[str, object]]:
    """Cut a page; the second value holds `pagination`, and is empty on the last page."""
    end = part.offset + part.limit
    if end >= len(items):
        return items[part.offset :], {}
    return items[part.offset : end], {"pagination": {"next": _token(Window(part.limit, end))}}


def newest_page(roll: Roll, until: int, part: Window) -> tuple[Sequence[str], Mapping[str, object]]:
    """Cut a page of the ids that were added until a time, the newest first."""
    count, end = roll.count(until), part.offset + part.limit
    ids = roll.newest(count, part.offset, end)
    return ids, {} if end >= count else {"pagination": {"next": _token(Window(part.limit, end))}}


def _limit(query: Mapping[str, Sequence[str]], default: int) -> int:
    sent = query.get("limit")
    if not sent:
        return default
    # A number of a thousand digits is no limit either, and int() refuses it in its own way.
    value = int(sent[0]) if _DIGITS.fullmatch(sent[0]) else 0
    return whole_number(value, "limit", 1, _LARGEST_LIMIT)


def _token(part: Window) -> str:
    written = json.dumps({"limit": part.limit, "offset": part.offset}, separators=(",", ":"))
    return base64.b64encode(written.encode("ascii")).decode("ascii")


def _read_token(token: str) -> Window:
    try:
        read = json.loads(base64.b64decode(token.encode("ascii"), validate=True))
        return Window(
            whole_number(read["limit"], "limit", 1, _LARGEST_LIMIT),
            whole_number(read["offset"], "offset", 0, _LARGEST_OFFSET),
        )
    except (ValueError, TypeError, LookupError, RecursionError, Refusal):
        raise invalid("Invalid pagination token.") from None
