"""Read capacity: on demand, or dedicated nodes of a type with replicas and shards.

What is not sent when it is changed keeps its value, so a change is read on top of what there is.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, choice, required_text, whole_number
from reconciler.emulator.errors import invalid

_NODE_TYPES = ("b1", "t1")
_MOST = 2**31 - 1
_LEAST = {"replicas": 0, "shards": 1}


def read_capacity(
    fields: Mapping[str, object], before: Mapping[str, object] | None = None
) -> Mapping[str, object] | None:
    """Return the dedicated capacity that is asked for, or None on demand; raises Refusal."""
    if "read_capacity" not in fields:
        return before
    sent = as_object(fields["read_capacity"], "read_capacity")
    required_text(sent, "mode")
    if choice(sent, "mode", ("OnDemand", "Dedicated"), "OnDemand") == "OnDemand":
        return None
    return _dedicated(as_object(sent.get("dedicated"), "read_capacity.dedicated"), before or {})


def _dedicated(sent: Mapping[str, object], before: Mapping[str, object]) -> Mapping[str, object]:
    if ("scaling" in sent) != ("manual" in sent):
        raise invalid("scaling and manual must be sent together.")
    wanted = {**before, **sent}
    missing = sorted({"node_type", "scaling", "manual"} - wanted.keys())
    if missing:
        raise invalid(f"Dedicated read capacity needs {', '.join(missing)}.")
    choice(wanted, "node_type", _NODE_TYPES, "")
    choice(wanted, "scaling", ("Manual",), "")
    return {
        "node_type": wanted["node_type"],
        "scaling": "Manual",
        "manual": _manual(wanted["manual"], before.get("manual")),
    }


def _manual(sent: object, before: object) -> Mapping[str, object]:
    known = before if isinstance(before, Mapping) else {}
    wanted = {**known, **as_object(sent, "manual")}
    return {key: whole_number(wanted.get(key), key, low, _MOST) for key, low in _LEAST.items()}
