"""Names what files declare, unchecked and in no time: for whoever presses the tab key."""

from collections.abc import Mapping, Sequence

from reconciler.config.files import read_files
from reconciler.config.yaml_events import parse
from reconciler.model.address import Address
from reconciler.model.kind import Kind
from reconciler.model.values import mapping


def declared_names(paths: Sequence[str], kinds: Mapping[str, Kind]) -> frozenset[Address]:
    """Give the addresses that the files seem to declare; what cannot be read declares nothing."""
    found: set[Address] = set()
    for name, data in read_files(paths).files:
        document = parse(name, data).document
        blocks = mapping(None if document is None else document.value)
        for kind in kinds.values():
            found.update(Address(kind.name, key) for key in mapping(blocks.get(kind.key)))
    return frozenset(found)
