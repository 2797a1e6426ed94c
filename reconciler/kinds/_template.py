"""What backups of a policy are called in the project: a template, filled in for index and slot."""

import re
from typing import Final

from reconciler.kinds._slots import LONGEST, SLOT_LETTERS, Slot, shortened

INDEX, SLOT, POLICY = "{index}", "{slot}", "{policy}"
"""The places to fill; an index name that is too long is cut as in addresses."""

_LEAST: Final = 10  # characters that tell a long index name from another
_ANY: Final = re.compile(r"\{[a-z]+\}")


def fill(template: str, policy: str, index: str, slot: Slot) -> str:
    """Give the name of one backup."""
    found = template.replace(POLICY, policy).replace(SLOT, str(slot))
    places = found.count(INDEX)
    if not places:
        return found
    room = (LONGEST - len(found) + places * len(INDEX)) // places
    return found.replace(INDEX, shortened(index, room))


def longest(template: str, policy: str) -> int:
    """Give the characters of the longest name, with index names cut as far as they may be."""
    found = template.replace(POLICY, policy)
    letters = found.count(SLOT) * SLOT_LETTERS + found.count(INDEX) * _LEAST
    return len(_ANY.sub("", found)) + letters
