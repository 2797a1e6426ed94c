"""A policy and a drill for tests: pure, and all that planning may ask of such kinds."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from golden.case import Case, given_of
from golden.state import KINDS

from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.diagnostic import SourceSpan
from reconciler.model.kind import Expansion, Kind, World
from reconciler.model.rules import Rules, WhenGone
from reconciler.model.values import SECOND, Fields, integer, mapping, text
from reconciler.planning.given import Given

DAY: Final = 86400 * SECOND


class Policy(Kind):
    """A snapshot a day of one index, of which the newest `keep_last` stay."""

    name: Final = "policy"
    key: Final = "policies"
    rules: Final = Rules(fields={}, when_gone=WhenGone.ATTENTION)
    remote: Final = None

    def expand(self, desired: Desired, world: World) -> Expansion:
        children = [
            address
            for address, entry in world.entries.items()
            if entry.owner == desired.address and address.kind == "backup"
        ]
        due = datetime.fromtimestamp(world.now // DAY * DAY / SECOND, UTC).strftime("%Y-%m-%d")
        slot = Address("backup", f"{desired.address.name}-{due}")
        make = () if slot in children else (self._child(desired, slot),)
        last = integer(desired.fields["keep_last"]) or 0
        newest = sorted({*children, slot}, reverse=True)[:last]
        return Expansion(
            make=make,
            keep={one: (f"keep_last: {last}",) for one in children if one in newest},
            expire={one: f"keep_last: {last}" for one in children if one not in newest},
        )

    def _child(self, desired: Desired, slot: Address) -> Desired:
        fields = KINDS["backup"].complete(slot.name, {"index": desired.fields["index"]})
        return Desired(slot, fields, source=desired.source)


class Drill(Kind):
    """A restore that is compared with its backup and removed again, while it is due."""

    name: Final = "drill"
    key: Final = "drills"
    rules: Final = Rules(fields={}, when_gone=WhenGone.ATTENTION)
    remote: Final = None

    def expand(self, desired: Desired, world: World) -> Expansion:
        child = Address("restore", f"drill-{desired.address.name}")
        if not desired.fields["due"] and child not in world.entries:
            return Expansion()
        fields = {
            "from": mapping(desired.fields["from"]),
            "deletion_protection": text(desired.fields.get("protection")) or "disabled",
        }
        restore = KINDS["restore"].complete(child.name, fields)
        return Expansion(make=(Desired(child, restore, source=desired.source, transient=True),))


EXPANDING: Final = {**KINDS, "policy": Policy(), "drill": Drill()}


def given_with(case: Case, **declared: Fields) -> Given:
    """Put together what planning is given; `policy_nightly={...}` declares policy.nightly."""
    given = given_of(case, KINDS)
    more: dict[Address, Desired] = {}
    for name, fields in declared.items():
        address = Address(*name.split("_", 1))
        more[address] = Desired(address, fields, source=SourceSpan("config.yaml", 1, 1))
    configuration = replace(given.configuration, desired={**given.configuration.desired, **more})
    return replace(given, configuration=configuration, kinds=EXPANDING)
