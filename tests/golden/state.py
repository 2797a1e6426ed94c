"""The state of a golden case: what the case leaves out is as an apply would have written it."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.desired import Configuration
from reconciler.model.kind import Kind
from reconciler.model.state import State
from reconciler.model.state_json import state_from_json
from reconciler.model.values import Fields
from reconciler.wire.tolerant import parse_time

KINDS = {
    name: kind
    for name, kind in load_kinds().items()
    if name in {"backup", "restore", "import", "collection", "policy"}
}
LINEAGE = "5eed0001-0000-4000-8000-000000000001"
API_BASE = "https://api.pinecone.io"
PROJECT = "abc1234"
EARLIER = "2026-11-20T00:00:00Z"


def moment(text: str) -> int:
    found = parse_time(text)
    assert found is not None, text
    return found


def state_of(
    brief: Mapping[str, Any] | None, configuration: Configuration, kinds: Mapping[str, Kind]
) -> State:
    """Fill a state in: an entry's fields default to what is declared, and it is Ready and old."""
    if brief is None:
        return State()
    binding = {
        "lineage": LINEAGE,
        "api_base": API_BASE,
        "configuration": configuration.name,
        "project": PROJECT,
        **brief.get("binding", {}),
    }

    def whole(address: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Fields:
        parsed = Address.parse(address)
        kind, declared = kinds[parsed.kind], configuration.desired.get(parsed)
        fields = declared.fields if declared else {}
        fields = kind.complete(parsed.name, given["fields"]) if "fields" in given else fields
        lifecycle = {
            "prevent_destroy": False,
            "on_remove": kind.rules.on_remove.value,
            "on_change": "refuse",
            **given.get("lifecycle", {}),
        }
        times = {
            key: moment(given.get(key, EARLIER)) for key in ("recorded_at", "written_at", "at")
        }
        given = {"depends_on": _depends_on(kind, parsed, fields, configuration), **given}
        return {
            **defaults,
            "address": address,
            **given,
            **times,
            "fields": fields,
            "lifecycle": lifecycle,
        }

    return state_from_json(
        {
            "format": 1,
            "binding": None if brief.get("binding", 1) is None else binding,
            "entries": [whole(key, item, _ENTRY) for key, item in brief.get("entries", {}).items()],
            "intents": [
                whole(key, item, _INTENT) for key, item in brief.get("intents", {}).items()
            ],
            "ledger": [whole(item["address"], item, _ITEM) for item in brief.get("ledger", [])],
            "last_plan": None,
        }
    )


def _depends_on(
    kind: Kind, address: Address, fields: Fields, configuration: Configuration
) -> list[str]:
    """Name what an apply would have written down: declared, needed, and making a needed index."""
    makers = {
        one.fields[kind_.rules.makes_index]: one.address
        for one in configuration.desired.values()
        for kind_ in [KINDS.get(one.address.kind, kind)]
        if kind_.rules.makes_index
    }
    declared = configuration.desired.get(address)
    needs = kind.needs(fields)
    found = {*needs.addresses, *(makers[index] for index in needs.indexes if index in makers)}
    found |= set() if declared is None else set(declared.depends_on)
    return sorted(str(one) for one in found if one in configuration.desired)


_COMMON: Fields = {
    "facts": {},
    "pins": {},
    "marker": None,
    "depends_on": [],
    "owner": None,
}
_ENTRY: Fields = {
    **_COMMON,
    "phase": "ready",
    "handle": None,
    "verification": "none",
    "deposed": [],
}
_INTENT: Fields = {
    **_COMMON,
    "ulid": "01JD0000000000000000000000",
    "marker": "",
    "before": [],
    "attempt": 1,
    "deposes": None,
    "step": None,
}
_ITEM: Fields = {
    **_COMMON,
    "phase": "ready",
    "verification": "none",
    "reason": "forgotten",
}
