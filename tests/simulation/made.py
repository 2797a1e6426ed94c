"""What the oracle notes of each object that somebody made."""

from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.observed import Marker


@dataclass(frozen=True, slots=True)
class Made:
    """One object that somebody's create made; `marker` is empty where the kind carries none."""

    who: str
    operation: str
    key: str  # of the object, unique for ever, but for collections, which have a name only
    marker: str
    subject: str  # the name, or the uri of an import
    at: int

    @property
    def held_as(self) -> str:
        """The id by which a state holds it: of an index, its name."""
        by_name = "index" in self.operation or "collection" in self.operation
        return self.subject if by_name else self.key

    @property
    def address(self) -> Address | None:
        """What it was made for, where its marker says so."""
        marker = Marker.parse_tag(self.marker)
        return None if marker is None else marker.address
