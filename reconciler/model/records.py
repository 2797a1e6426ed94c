"""Records: the JSON in which state changes are written, and the fold that reads them back.

A record holds a whole new value, never a difference, so folding one twice changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from reconciler.model.address import Address
from reconciler.model.require import require_text
from reconciler.model.state import (
    Binding,
    Entry,
    Intent,
    LastPlan,
    LedgerItem,
    PlanStep,
    State,
)
from reconciler.model.state_json import (
    binding_from,
    binding_json,
    entry_from,
    entry_json,
    intent_from,
    intent_json,
    item_from,
    item_json,
    step_from,
    step_json,
)
from reconciler.model.values import Fields, mapping, text

_K = TypeVar("_K")
_V = TypeVar("_V")


def bind(binding: Binding) -> Fields:
    """Record what the state belongs to."""
    return {"type": "bind", "binding": binding_json(binding)}


def put(entry: Entry) -> Fields:
    """Record an entry's new value."""
    return {"type": "put", "entry": entry_json(entry)}


def drop(address: Address) -> Fields:
    """Record that an entry is gone from state."""
    return {"type": "drop", "address": str(address)}


def intend(intent: Intent) -> Fields:
    """Record a create that is about to be sent."""
    return {"type": "intend", "intent": intent_json(intent)}


def settle(ulid: str) -> Fields:
    """Record that a create is settled: its object is known, or surely does not exist."""
    return {"type": "settle", "ulid": ulid}


def remember(item: LedgerItem) -> Fields:
    """Record an item of the ledger."""
    return {"type": "remember", "item": item_json(item)}


def unremember(key: str) -> Fields:
    """Record that the ledger need not keep an item."""
    return {"type": "unremember", "key": key}


def move(before: Address, after: Address) -> Fields:
    """Record that an entry goes by another address."""
    return {"type": "move", "from": str(before), "to": str(after)}


def begin(plan_id: str) -> Fields:
    """Record that a saved plan is carried out from now on, and no other one any more."""
    return {"type": "begin", "plan_id": plan_id}


def done(step: PlanStep) -> Fields:
    """Record that a step of the saved plan is done, in the append that records its effect."""
    return {"type": "done", "step": step_json(step)}


def complete(plan_id: str) -> Fields:
    """Record that all steps of a saved plan are done, so that they need not be named any more."""
    return {"type": "complete", "plan_id": plan_id}


def supersede() -> Fields:
    """Record that something else was begun since: the saved plan counts as a new one."""
    return {"type": "supersede"}


def is_ahead(record: Fields) -> bool:
    """Whether a record is written before what it tells of: unsaved, it tells of nothing done."""
    return record.get("type") in {"bind", "begin", "intend", "supersede"}


def fold(state: State, records: Sequence[Fields]) -> State:
    """Apply records in order; raises ValueError for one that is unknown or malformed."""
    for record in records:
        reader = _FOLDS.get(text(record.get("type")))
        if reader is None:
            raise ValueError(f"unknown record type {record.get('type')!r}")
        try:
            state = reader(state, record)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"malformed {record['type']} record: {error!r}") from error
    return state


def _with(table: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    return {**table, key: value}


def _without(table: Mapping[_K, _V], key: _K) -> Mapping[_K, _V]:
    return {other: value for other, value in table.items() if other != key}


def _fold_bind(state: State, record: Fields) -> State:
    return replace(state, binding=binding_from(mapping(record["binding"])))


def _fold_put(state: State, record: Fields) -> State:
    entry = entry_from(mapping(record["entry"]))
    return replace(state, entries=_with(state.entries, entry.address, entry))


def _fold_drop(state: State, record: Fields) -> State:
    return replace(
        state, entries=_without(state.entries, Address.parse(require_text(record["address"])))
    )


def _fold_intend(state: State, record: Fields) -> State:
    intent = intent_from(mapping(record["intent"]))
    return replace(state, intents=_with(state.intents, intent.ulid, intent))


def _fold_settle(state: State, record: Fields) -> State:
    return replace(state, intents=_without(state.intents, require_text(record["ulid"])))


def _fold_remember(state: State, record: Fields) -> State:
    item = item_from(mapping(record["item"]))
    return replace(state, ledger=_with(state.ledger, item.key, item))


def _fold_unremember(state: State, record: Fields) -> State:
    return replace(state, ledger=_without(state.ledger, require_text(record["key"])))


def _fold_move(state: State, record: Fields) -> State:
    before, after = (
        Address.parse(require_text(record["from"])),
        Address.parse(require_text(record["to"])),
    )
    entry = state.entries.get(before)
    if entry is None:
        return state
    entries = _with(_without(state.entries, before), after, replace(entry, address=after))
    return replace(state, entries=entries)


def _fold_begin(state: State, record: Fields) -> State:
    return replace(state, last_plan=LastPlan(require_text(record["plan_id"])))


def _fold_done(state: State, record: Fields) -> State:
    """A step of a plan that was superseded says nothing about the one that took its place."""
    step, plan = step_from(mapping(record["step"])), state.last_plan
    if plan is None or plan.plan_id != step.plan_id:
        return state
    return replace(state, last_plan=replace(plan, done=plan.done | {step.step_id}))


def _fold_complete(state: State, record: Fields) -> State:
    return replace(state, last_plan=LastPlan(require_text(record["plan_id"]), complete=True))


def _fold_supersede(state: State, record: Fields) -> State:
    del record
    return replace(state, last_plan=None)


def _fold_nothing(state: State, record: Fields) -> State:
    del record  # a takeover moves the position, not the state
    return state


_FOLDS: Mapping[str, Callable[[State, Fields], State]] = {
    "bind": _fold_bind,
    "put": _fold_put,
    "drop": _fold_drop,
    "intend": _fold_intend,
    "settle": _fold_settle,
    "remember": _fold_remember,
    "unremember": _fold_unremember,
    "move": _fold_move,
    "begin": _fold_begin,
    "done": _fold_done,
    "complete": _fold_complete,
    "supersede": _fold_supersede,
    "take-over": _fold_nothing,
}
