"""API calls as values: kinds build them, the one client sends them."""

from dataclasses import dataclass
from enum import Enum

from reconciler.model.values import JSON


class Effect(Enum):
    """What a request does to the project; this, not the method, decides what may be repeated."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Request:
    """One API call: the specification's operationId, and an index by name where it lives there."""

    operation: str
    method: str
    path: str
    effect: Effect = Effect.READ
    index: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    body: JSON = None
