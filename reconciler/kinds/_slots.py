"""How the backups of a policy are called: after policy, index and slot, and short enough for both.

An address is `<policy>--<index>--<slot>`. What is too long is cut, and ends with letters of its
SHA-256 then, so that the same index always has the same place and no two share one.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.model.address import Address
from reconciler.model.values import Micros

BACKUP: Final = "backup"
"""The kind that policies make."""

BETWEEN: Final = "--"
"""What parts policy, index and slot in an address."""

LONGEST: Final = 45
"""Characters of a declared name, and of a backup's name in the project."""

SLOT_LETTERS: Final = 15
"""Characters of the longest slot, `c20261124020000` or `20261124-0200-2`."""

_HASH_LETTERS: Final = 8
_ROOM: Final = LONGEST - SLOT_LETTERS - 4  # for policy and index, with `--` behind each
_LEAST: Final = 10  # that a policy keeps beside a long index name
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = r"(\d{4})(\d{2})(\d{2})"
_SLOT: Final = re.compile(rf"{_DAY}-(\d{{2}})(\d{{2}})(?:-([2-9]))?", re.ASCII)
_CLAIMED: Final = re.compile(rf"c{_DAY}(\d{{2}})(\d{{2}})(\d{{2}})", re.ASCII)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A due time and which attempt at it; `claimed` ones are when an older backup was taken."""

    due: Micros
    attempt: int = 1
    claimed: bool = False

    def __str__(self) -> str:
        """Write it as it stands in addresses, in UTC."""
        when = _EPOCH + timedelta(microseconds=self.due)
        if self.claimed:
            return f"c{when:%Y%m%d%H%M%S}"
        again = "" if self.attempt == 1 else f"-{self.attempt}"
        return f"{when:%Y%m%d-%H%M}{again}"

    @classmethod
    def parse(cls, written: str) -> "Slot | None":
        """Read what ends an address; None where it is no slot."""
        claimed = _CLAIMED.fullmatch(written)
        found = claimed or _SLOT.fullmatch(written)
        if found is None:
            return None
        numbers = [int(part) for part in found.groups() if part is not None]
        year, month, day, hour, minute = numbers[:5]
        second = numbers[5] if claimed else 0
        try:
            when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            return None
        due = (when - _EPOCH) // timedelta(microseconds=1)
        attempt = numbers[5] if claimed is None and found[6] else 1
        return cls(due, attempt, claimed is not None)


def stem(policy: str, index: str) -> str:
    """Give what the addresses of a policy's backups of an index begin with."""
    mine = shortened(policy, max(_LEAST, _ROOM - len(index)))
    return f"{mine}--{shortened(index, _ROOM - len(mine))}"


def address(policy: str, index: str, slot: Slot) -> Address:
    """Give the place of the backup of one slot."""
    return Address(BACKUP, f"{stem(policy, index)}--{slot}")


def slot_of(name: str) -> Slot | None:
    """Read the slot of a backup of a policy from the name in its address."""
    return Slot.parse(name.rpartition("--")[2])


def shortened(name: str, room: int) -> str:
    """Cut a name that is too long, and tell it from others that begin alike by its hash."""
    if len(name) <= room:
        return name
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:5], "big")
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_HASH_LETTERS))
    return f"{name[: room - _HASH_LETTERS - 1]}-{letters}".lstrip("-")
