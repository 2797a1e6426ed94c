"""One file per kind; a new kind is a file here and a schema, nothing else."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from reconciler.model.kind import Kind


@cache
def load_kinds() -> Mapping[str, Kind]:
    """Find every sibling's `KIND`, by name; raises ValueError when two share a name or key."""
    kinds: dict[str, Kind] = {}
    keys: set[str] = set()
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        if module.name.startswith("_"):
            continue
        kind: Kind = import_module(f"{__name__}.{module.name}").KIND
        if kind.name in kinds or kind.key in keys:
            raise ValueError(f"two kinds are called {kind.name!r} or {kind.key!r}")
        kinds[kind.name] = kind
        keys.add(kind.key)
    return MappingProxyType(kinds)
