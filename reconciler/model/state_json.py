"""The JSON form of state: one writer and one reader for each of its values.

Readers insist on every key and type: a state that does not read whole is an error, never a guess.
Keys that came later may be missing, where their absence says what it always said.
"""

from reconciler.model.address import Address
from reconciler.model.desired import Held, Lifecycle, OnChange, OnRemove
from reconciler.model.observed import Phase
from reconciler.model.require import (
    maybe_address,
    maybe_number,
    maybe_text,
    require_addresses,
    require_fields,
    require_flag,
    require_items,
    require_number,
    require_text,
    require_texts,
)
from reconciler.model.state import (
    Binding,
    Entry,
    Intent,
    LastPlan,
    LedgerItem,
    LedgerReason,
    PlanStep,
    State,
    Verification,
)
from reconciler.model.values import Fields, mapping

FORMAT = 1
"""The format of state; another one is refused, not guessed at."""


def state_json(state: State) -> Fields:
    """Write a whole state as JSON, sorted so that equal states give equal bytes."""
    return {
        "format": FORMAT,
        "binding": None if state.binding is None else binding_json(state.binding),
        "entries": [entry_json(entry) for _, entry in sorted(state.entries.items())],
        "intents": [intent_json(intent) for _, intent in sorted(state.intents.items())],
        "ledger": [item_json(item) for _, item in sorted(state.ledger.items())],
        "last_plan": None if state.last_plan is None else _last_plan_json(state.last_plan),
    }


def state_from_json(value: Fields) -> State:
    """Read what `state_json` wrote; raises ValueError for any other shape or format."""
    if value.get("format") != FORMAT:
        raise ValueError(f"state format {value.get('format')!r} is not {FORMAT}")
    try:
        binding, last_plan = value["binding"], value["last_plan"]
        entries = [entry_from(mapping(item)) for item in require_items(value["entries"])]
        intents = [intent_from(mapping(item)) for item in require_items(value["intents"])]
        ledger = [item_from(mapping(item)) for item in require_items(value["ledger"])]
        return State(
            binding=None if binding is None else binding_from(mapping(binding)),
            entries={entry.address: entry for entry in entries},
            intents={intent.ulid: intent for intent in intents},
            ledger={item.key: item for item in ledger},
            last_plan=None if last_plan is None else _last_plan(require_fields(last_plan)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"malformed state: {error!r}") from error


def binding_json(binding: Binding) -> Fields:
    """Write a binding."""
    return {
        "lineage": binding.lineage,
        "api_base": binding.api_base,
        "configuration": binding.configuration,
        "project": binding.project,
    }


def binding_from(value: Fields) -> Binding:
    """Read a binding."""
    return Binding(
        lineage=require_text(value["lineage"]),
        api_base=require_text(value["api_base"]),
        configuration=require_text(value["configuration"]),
        project=maybe_text(value["project"]),
    )


def _last_plan_json(last_plan: LastPlan) -> Fields:
    return {
        "plan_id": last_plan.plan_id,
        "done": sorted(last_plan.done),
        "complete": last_plan.complete,
    }


def _last_plan(value: Fields) -> LastPlan:
    done = frozenset(require_texts(value["done"]))
    return LastPlan(require_text(value["plan_id"]), done, require_flag(value["complete"]))


def step_json(step: PlanStep) -> Fields:
    """Write a step of a saved plan."""
    return {"plan_id": step.plan_id, "step_id": step.step_id}


def step_from(value: Fields) -> PlanStep:
    """Read a step of a saved plan."""
    return PlanStep(require_text(value["plan_id"]), require_text(value["step_id"]))


def lifecycle_json(lifecycle: Lifecycle) -> Fields:
    """Write how an object is looked after; a hold only where there is one."""
    held = lifecycle.held
    return {
        "prevent_destroy": lifecycle.prevent_destroy,
        "on_remove": lifecycle.on_remove.value,
        "on_change": lifecycle.on_change.value,
        **({} if held is None else {"held": {"reason": held.reason, "until": held.until}}),
    }


def lifecycle_from(value: Fields) -> Lifecycle:
    """Read how an object is looked after."""
    held = require_fields(value["held"]) if "held" in value else None
    return Lifecycle(
        prevent_destroy=value["prevent_destroy"] is True,
        on_remove=OnRemove(value["on_remove"]),
        on_change=OnChange(value["on_change"]),
        held=None
        if held is None
        else Held(require_text(held["reason"]), maybe_number(held["until"])),
    )


def entry_json(entry: Entry) -> Fields:
    """Write an entry."""
    return {
        "address": str(entry.address),
        "remote_id": entry.remote_id,
        "fields": entry.fields,
        "phase": entry.phase.value,
        "recorded_at": entry.recorded_at,
        "facts": entry.facts,
        "pins": entry.pins,
        "handle": entry.handle,
        "marker": entry.marker,
        "verification": entry.verification.value,
        "deposed": list(entry.deposed),
        "depends_on": [str(address) for address in entry.depends_on],
        "lifecycle": lifecycle_json(entry.lifecycle),
        "owner": None if entry.owner is None else str(entry.owner),
    }


def entry_from(value: Fields) -> Entry:
    """Read an entry."""
    handle = value["handle"]
    return Entry(
        address=Address.parse(require_text(value["address"])),
        remote_id=require_text(value["remote_id"]),
        fields=require_fields(value["fields"]),
        phase=Phase(value["phase"]),
        recorded_at=require_number(value["recorded_at"]),
        facts=require_fields(value["facts"]),
        pins=require_fields(value["pins"]),
        handle=None if handle is None else require_fields(handle),
        marker=maybe_text(value["marker"]),
        verification=Verification(value["verification"]),
        deposed=require_texts(value["deposed"]),
        depends_on=require_addresses(value["depends_on"]),
        lifecycle=lifecycle_from(require_fields(value["lifecycle"])),
        owner=maybe_address(value["owner"]),
    )


def intent_json(intent: Intent) -> Fields:
    """Write an intent."""
    return {
        "ulid": intent.ulid,
        "address": str(intent.address),
        "fields": intent.fields,
        "pins": intent.pins,
        "marker": intent.marker,
        "written_at": intent.written_at,
        "before": list(intent.before),
        "attempt": intent.attempt,
        "deposes": intent.deposes,
        "depends_on": [str(address) for address in intent.depends_on],
        "lifecycle": lifecycle_json(intent.lifecycle),
        "owner": None if intent.owner is None else str(intent.owner),
        "step": None if intent.step is None else step_json(intent.step),
    }


def intent_from(value: Fields) -> Intent:
    """Read an intent."""
    step = value["step"]
    return Intent(
        ulid=require_text(value["ulid"]),
        address=Address.parse(require_text(value["address"])),
        fields=require_fields(value["fields"]),
        pins=require_fields(value["pins"]),
        marker=require_text(value["marker"]),
        written_at=require_number(value["written_at"]),
        before=require_texts(value["before"]),
        attempt=require_number(value["attempt"]),
        deposes=maybe_text(value["deposes"]),
        depends_on=require_addresses(value["depends_on"]),
        lifecycle=lifecycle_from(require_fields(value["lifecycle"])),
        owner=maybe_address(value["owner"]),
        step=None if step is None else step_from(require_fields(step)),
    )


def item_json(item: LedgerItem) -> Fields:
    """Write an item of the ledger."""
    return {
        "address": str(item.address),
        "remote_id": item.remote_id,
        "fields": item.fields,
        "facts": item.facts,
        "reason": item.reason.value,
        "at": item.at,
        "marker": item.marker,
        "pins": item.pins,
        "phase": item.phase.value,
        "verification": item.verification.value,
        "unowned": item.unowned,
    }


def item_from(value: Fields) -> LedgerItem:
    """Read an item of the ledger."""
    return LedgerItem(
        address=Address.parse(require_text(value["address"])),
        remote_id=require_text(value["remote_id"]),
        fields=require_fields(value["fields"]),
        facts=require_fields(value["facts"]),
        reason=LedgerReason(value["reason"]),
        at=require_number(value["at"]),
        marker=maybe_text(value["marker"]),
        pins=require_fields(value["pins"]),
        phase=Phase(value["phase"]),
        verification=Verification(value["verification"]),
        unowned=require_flag(value.get("unowned", False)),
    )
