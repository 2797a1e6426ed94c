"""Writes down what is there: reads state and the whole project, and can never change anything."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.config.fitting import misfits
from reconciler.config.merge import DEFAULT_NAME
from reconciler.config.suggest import did_you_mean
from reconciler.engine.observe import observe
from reconciler.errors import GuardError, ReconcilerError
from reconciler.model.address import Address
from reconciler.model.desired import Configuration
from reconciler.model.export import Export, LeftOut, Selection
from reconciler.model.kind import Kind
from reconciler.model.state import State
from reconciler.model.values import Fields, text
from reconciler.planning.exporting import export as declare
from reconciler.planning.given import Given
from reconciler.planning.guards import binding_refusals
from reconciler.workflow.hold import read_state
from reconciler.workflow.meanwhile import note
from reconciler.workflow.session import Session


async def export(session: Session, selection: Selection) -> Export:
    """Declare what is live and not in this state; raises ReconcilerError.

    Without a state nothing is managed. A state of another project would hide what is not its own,
    and is refused.
    """
    note(session)
    state = read_state(session.store().load())
    session = replace(session, configuration=Configuration(name=_name(state)))
    chosen = selection.kinds or frozenset(session.kinds)
    subject = replace(session.subject(state), surveyed=chosen, about=selection.indexes)
    observation = await observe(session.api(), subject, session.ports.clock.now())
    given = session.given(state, observation.world, observation.project)
    refusals = () if state.binding is None else binding_refusals(given)
    if refusals:
        raise GuardError(*refusals)
    _insist_on_known(given, selection)
    return fitting(declare(given, selection), session.kinds)


def _name(state: State) -> str:
    """Name the configuration as the state knows it, so that the file can stand beside its own."""
    return DEFAULT_NAME if state.binding is None else state.binding.configuration


def _insist_on_known(given: Given, selection: Selection) -> None:
    """Refuse a name that is no index and that nothing is of: it is a slip."""
    if given.world.indexes is None:
        return
    known = set(given.world.indexes)
    for seen in given.world.seen.values():
        known |= {text(one.fields.get("index")) for one in seen.objects}
    for name in sorted(selection.indexes - known):
        near = did_you_mean(name, sorted(known - {""}))
        hint = f"{near}`reconciler get indexes` lists what there is"
        raise ReconcilerError.of("no-such-object", f"there is no index {name!r}", hint)


def fitting(found: Export, kinds: Mapping[str, Kind]) -> Export:
    """Leave out what no configuration may hold, whatever the API takes."""
    objects: dict[Address, Fields] = {
        block.address: {**block.fields, "adopt": block.remote_id} for block in found.blocks
    }
    whys = misfits(objects, kinds)
    unfit = [block for block in found.blocks if block.address in whys]
    left = (
        LeftOut(one.address.kind, one.remote_id, "", f"cannot be declared: {whys[one.address]}")
        for one in unfit
    )
    return replace(
        found,
        blocks=tuple(block for block in found.blocks if block.address not in whys),
        left_out=(*found.left_out, *left),
    )
