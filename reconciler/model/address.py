"""Addresses name declared objects: `kind.name`, the same word in YAML, state, plan and output."""

import re
from dataclasses import dataclass

NAME_PATTERN = r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?"
"""What a declared name may look like; the same rule that the API has for index names."""

_ADDRESS = re.compile(rf"([a-z]+(?:_[a-z]+)*)\.({NAME_PATTERN})")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """The place of one declared object; ordered by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Give `kind.name`, the inverse of `parse`."""
        return f"{self.kind}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `kind.name`; raises ValueError where the text is anything else."""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not an address; addresses look like backup.nightly")
        return cls(found[1], found[2])
