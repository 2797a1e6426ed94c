"""Strategies: plans and runs in which every text of somebody else is an attack.

What ours is cannot be one: addresses, references, hashes and codes are of a few letters.
"""

from typing import Any

from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Reason, Standing
from reconciler.model.diagnostic import Diagnostic, Severity, SourceSpan
from reconciler.model.drift import Drift, Drifted, How, Pending, Unapplied, Unseen
from reconciler.model.event import Cause, Event, Outcome, StepResult
from reconciler.model.event import Phase as EventPhase
from reconciler.model.observed import Phase
from reconciler.model.plan import Care, Header, Operation, Ownership, Plan, Quota, Step, Unmanaged
from reconciler.model.state import Entry, Intent, LedgerItem, LedgerReason, State, Verification

_ATTACKS = (
    "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\r- nothing to delete",
    "\n::set-output name=plan_id::0",
    "::add-mask::delete",
    "  ::stop-commands::x",
    "##[add-mask]delete",
    "##vso[task.setvariable variable=a]b",
    "section_start:1:x\r\x1b[0K",
    "\u202e\u2066detrevni\u2069",
    "pay\u200bload\ufeff\u00ad\u3164\u115f",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356algo",
    "\U000e0041\ufe0f",
    "\u0085\u2028\u2029\u00a0",
    "\ud800",
    "```\n# heading\n```` ``",
    "~~~",
    "</details></summary><img src=https://evil.example/x.png><script>x</script>",
    "![x](https://evil.example/x.png) [y](javascript:z) <https://evil.example>",
    "@everyone @octo/team #1 GH-1 https://evil.example",
    "| a | b |\n|---|---|\n",
    "&lt;&#64;&amp; $`x`$ \\` `",
    "* _b_ **c** - [ ] d",
    "%0A::error::x %25",
    "[bold red]rich[/]",
    "",
    " ",
)
HOSTILE = st.lists(
    st.one_of(st.sampled_from(_ATTACKS), st.text(max_size=6)), min_size=1, max_size=4
).map("".join)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), HOSTILE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(HOSTILE, inner, max_size=2)
    ),
    max_leaves=3,
)
_FIELDS = st.dictionaries(HOSTILE, VALUES, max_size=2)
_NUMBERS = st.integers(0, 2**50)
_FACTS = st.fixed_dictionaries(
    {"index_records": _NUMBERS, "index_namespaces": _NUMBERS, "other": VALUES},
    optional={"record_count": _NUMBERS, "created_at": _NUMBERS, "percent": st.floats(0, 100)},
)
ADDRESSES = st.builds(
    Address,
    st.sampled_from(["backup", "restore", "import"]),
    st.from_regex(r"[a-z]{1,3}", fullmatch=True),
)
PLACES = st.builds(SourceSpan, HOSTILE, st.integers(1, 9), st.integers(1, 9))
DIAGNOSTICS = st.builds(
    Diagnostic,
    st.just("some-reference"),
    HOSTILE,
    HOSTILE,
    st.none() | PLACES,
    st.sampled_from(Severity),
)
CHANGES = st.builds(
    Change,
    address=ADDRESSES,
    action=st.sampled_from(Action),
    standing=st.sampled_from(Standing),
    reason=st.sampled_from(Reason),
    because=HOSTILE,
    fields=st.lists(st.builds(FieldChange, HOSTILE, VALUES, VALUES), max_size=2).map(tuple),
    wanted=st.fixed_dictionaries({"index": HOSTILE}, optional={"tags": _FIELDS, "uri": HOSTILE}),
    before=st.none() | _FIELDS,
    pins=st.fixed_dictionaries({}, optional={"backup_id": HOSTILE}),
    remote_id=st.none() | HOSTILE,
    facts=_FACTS,
    notes=st.lists(HOSTILE, max_size=2).map(tuple),
    way_out=HOSTILE,
    source=st.none() | PLACES,
)


def _steps(changes: list[Change]) -> tuple[Step, ...]:
    return tuple(
        Step(f"create {change.address} {change.remote_id}", change.address, Operation.CREATE)
        for change in changes
    )


@st.composite
def plans(draw: st.DrawFn, most: int = 5) -> Plan:
    """Draw a plan, with more in it than one plan ever has."""
    changes = draw(st.lists(CHANGES, max_size=most, unique_by=lambda change: change.address))
    others = st.builds(Unmanaged, st.just("backup"), HOSTILE, HOSTILE, st.sampled_from(Ownership))
    return Plan(
        header=Header("0" * 64, "0.1.0", draw(HOSTILE), None, draw(HOSTILE), "1" * 64, 0),
        changes=tuple(changes),
        steps=_steps(changes),
        refusals=tuple(draw(st.lists(DIAGNOSTICS, max_size=2))),
        warnings=tuple(draw(st.lists(DIAGNOSTICS, max_size=2))),
        unmanaged=tuple(draw(st.lists(others, max_size=2))),
        moves={draw(ADDRESSES): draw(ADDRESSES)},
        care=tuple(draw(st.lists(st.builds(Care, ADDRESSES, HOSTILE, VALUES, VALUES), max_size=1))),
        quota=draw(st.none() | st.builds(Quota, _NUMBERS, _NUMBERS, st.none() | _NUMBERS)),
    )


RESULTS = st.builds(
    StepResult,
    step_id=HOSTILE,  # it ends in an object's id where one address has several
    address=ADDRESSES,
    operation=st.sampled_from(Operation),
    outcome=st.sampled_from(Outcome),
    message=HOSTILE,
    hint=HOSTILE,
    cause=st.none() | st.sampled_from(Cause),
    reference=st.sampled_from(["", "some-reference"]),
    remote_id=st.none() | HOSTILE,
)
EVENTS = st.builds(
    Event,
    phase=st.sampled_from(EventPhase),
    message=HOSTILE,
    address=st.none() | ADDRESSES,
    operation=st.none() | st.sampled_from(Operation),
    outcome=st.none() | st.sampled_from(Outcome),
    percent=st.none() | st.floats(0, 100),
    records=st.none() | _NUMBERS,
    seconds=st.none() | st.floats(0, 1e6),
    remote_id=st.none() | HOSTILE,
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[StepResult], State]:
    """Draw how the steps of a run ended, and the state that it left."""
    results = draw(st.lists(RESULTS, max_size=3))
    facts: dict[str, Any] = {"host": draw(HOSTILE), "index_id": draw(HOSTILE)}
    entries = {
        result.address: Entry(
            result.address, draw(HOSTILE), {}, Phase.READY, recorded_at=0, facts=facts
        )
        for result in results
    }
    return results, State(entries=entries)


_KNOWN_FIELDS = st.fixed_dictionaries({"index": HOSTILE, "tags": _FIELDS}) | _FIELDS
_KNOWN_FACTS = st.fixed_dictionaries({"host": HOSTILE, "created_at": _NUMBERS}) | _FIELDS
ENTRIES = st.builds(
    Entry,
    address=ADDRESSES,
    remote_id=HOSTILE,
    fields=_KNOWN_FIELDS,
    phase=st.sampled_from(Phase),
    recorded_at=_NUMBERS,
    facts=_KNOWN_FACTS,
    pins=_FIELDS,
    handle=st.none() | _FIELDS,
    marker=st.none() | HOSTILE,
    verification=st.sampled_from(Verification),
    deposed=st.lists(HOSTILE, max_size=2).map(tuple),
)
INTENTS = st.builds(
    Intent,
    ulid=HOSTILE,
    address=ADDRESSES,
    fields=_KNOWN_FIELDS,
    pins=_FIELDS,
    marker=HOSTILE,
    written_at=_NUMBERS,
    before=st.lists(HOSTILE, max_size=2).map(tuple),
)
LEDGER = st.builds(
    LedgerItem,
    address=ADDRESSES,
    remote_id=HOSTILE,
    fields=_KNOWN_FIELDS,
    facts=_KNOWN_FACTS,
    reason=st.sampled_from(LedgerReason),
    at=_NUMBERS,
    marker=st.none() | HOSTILE,
)
_PATHS = st.lists(HOSTILE, max_size=2).map(tuple)
_DRIFTED = st.builds(
    Drifted,
    address=ADDRESSES,
    remote_id=HOSTILE,
    how=st.sampled_from(How),
    because=HOSTILE,
    fields=st.lists(st.builds(FieldChange, HOSTILE, VALUES, VALUES), max_size=2).map(tuple),
    facts=_FACTS,
)
DRIFTS = st.builds(
    Drift,
    now=_NUMBERS,
    found=st.lists(_DRIFTED, max_size=2).map(tuple),
    pending=st.lists(
        st.builds(Pending, ADDRESSES, st.sampled_from(Unapplied), _PATHS), max_size=2
    ).map(tuple),
    unseen=st.lists(st.builds(Unseen, ADDRESSES, HOSTILE), max_size=2).map(tuple),
    as_recorded=_NUMBERS,
    ignored=_NUMBERS,
)
