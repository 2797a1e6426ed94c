"""What declarations stand for: most for themselves, a policy or drill for its children."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.desired import Desired, Ensure, Lifecycle
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Expansion, World
from reconciler.model.state import Entry
from reconciler.planning.given import Given

Expansions = Mapping[Address, Expansion]
"""What the declarations of kinds without a remote part stand for."""


def nothing_kept(given: Given) -> Given:
    """Where all is to be destroyed, put the absence of every entry in the declarations' place.

    What a declared owner says of its children holds, whether an apply has recorded it or not.
    """
    if not given.permissions.destroy:
        return given
    declared, world = given.configuration.desired, world_of(given)
    owners = {
        address: given.kinds[address.kind].expand(desired, world)
        for address, desired in declared.items()
        if given.kinds[address.kind].remote is None
    }
    made = {child.address: child for expansion in owners.values() for child in expansion.make}
    absent = {
        address: replace(
            declared.get(address) or made.get(address) or _remembered(entry, owners),
            ensure=Ensure.ABSENT,
            adopt=None,
        )
        for address, entry in given.state.entries.items()
    }
    return replace(given, configuration=replace(given.configuration, desired=absent))


def ends_refused(given: Given) -> Mapping[Address, tuple[Diagnostic, ...]]:
    """Say what each declared owner has against the end of what it has, if all is to be destroyed.

    As if it were declared to be absent: a slip of the pen in a hold must not cost what it meant.
    """
    if not given.permissions.destroy:
        return {}
    world = world_of(given)
    return {
        address: given.kinds[address.kind]
        .expand(replace(one, ensure=Ensure.ABSENT), world)
        .refusals
        for address, one in given.configuration.desired.items()
        if given.kinds[address.kind].remote is None
    }


def _remembered(entry: Entry, owners: Expansions) -> Desired:
    return Desired(
        address=entry.address,
        fields=entry.fields,
        depends_on=entry.depends_on,
        lifecycle=cared(entry, owners),
        owner=entry.owner,
    )


def cared(entry: Entry, owners: Expansions) -> Lifecycle:
    """Say how an object without a declaration of its own is looked after from now on."""
    expansion = None if entry.owner is None else owners.get(entry.owner)
    return entry.lifecycle if expansion is None else cared_by(entry, expansion)


def cared_by(entry: Entry, expansion: Expansion) -> Lifecycle:
    """Look after a child as its owner says, and hold it as long as that does."""
    if expansion.lifecycle is None:
        return entry.lifecycle
    return replace(expansion.lifecycle, held=expansion.held.get(entry.address))


def world_of(given: Given) -> World:
    """Give the world with what state and configuration say of it, as kinds look at it."""
    world = replace(
        given.world,
        lineage=given.state.lineage8,
        declared=given.configuration.desired,
        ledger=given.state.ledger,
    )
    if given.review is None:
        return world
    return replace(world, now=given.review.plan.header.now)  # what became due since was not in it


def expand(given: Given) -> tuple[Given, Expansions, tuple[Diagnostic, ...]]:
    """Put what every declaration stands for in its place, and say what that refuses."""
    world = world_of(given)
    wanted: dict[Address, Desired] = {}
    expansions: dict[Address, Expansion] = {}
    taken: list[Diagnostic] = []
    adopted = {(one.kind, item.adopt) for one, item in given.configuration.desired.items()}
    for address, desired in sorted(given.configuration.desired.items()):
        expansion = given.kinds[address.kind].expand(desired, world)
        if given.kinds[address.kind].remote is None:
            expansions[address] = expansion
        for child in expansion.make:
            owned = child if child.address == address else replace(child, owner=address)
            if child.address != address and child.adopt is not None:
                if (child.address.kind, child.adopt) in adopted:
                    continue  # a block, or another policy before, takes it over
                adopted.add((child.address.kind, child.adopt))
            if child.address != address and _is_taken(given, wanted, owned):
                taken.append(_taken(desired, child.address))
                continue
            wanted[child.address] = owned
    configuration = replace(given.configuration, desired=_after_children(wanted, expansions))
    refused = tuple(one for expansion in expansions.values() for one in expansion.refusals)
    return replace(given, configuration=configuration), expansions, (*taken, *refused)


def told(expansions: Expansions) -> tuple[Diagnostic, ...]:
    """Give what people should know of declarations that stand for others."""
    return tuple(one for expansion in expansions.values() for one in expansion.warnings)


def _after_children(
    wanted: Mapping[Address, Desired], expansions: Expansions
) -> Mapping[Address, Desired]:
    """Let what hangs on an owner hang on all that this plan makes for it."""
    if not expansions:
        return wanted
    children: dict[Address, list[Address]] = {}
    for address, desired in wanted.items():
        if desired.owner is not None:
            children.setdefault(desired.owner, []).append(address)
    return {
        address: desired
        if expansions.keys().isdisjoint(desired.depends_on)
        else replace(desired, depends_on=_replaced(desired.depends_on, children))
        for address, desired in wanted.items()
    }


def _replaced(
    depends_on: tuple[Address, ...], children: Mapping[Address, Sequence[Address]]
) -> tuple[Address, ...]:
    return tuple(one for address in depends_on for one in children.get(address, (address,)))


def _is_taken(given: Given, wanted: Mapping[Address, Desired], child: Desired) -> bool:
    """Tell whether a child would take over what is declared by name, or is somebody else's."""
    entry = given.state.entries.get(child.address)
    return (
        child.address in given.configuration.desired
        or child.address in wanted
        or (entry is not None and entry.owner != child.owner)
    )


def _taken(owner: Desired, child: Address) -> Diagnostic:
    return Diagnostic(
        "address-taken",
        f"{owner.address} would make {child}, which is declared or managed by itself already",
        "rename one of the two",
        owner.source,
    )
