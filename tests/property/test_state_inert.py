"""What state holds, what drifted and why policies keep: shown whole, and without harm."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from property.hostile import ADDRESSES, CHANGES, DRIFTS, ENTRIES, HOSTILE, INTENTS, LEDGER, plans
from property.test_inert import FEW, WIDTHS, is_inert, painted
from property.test_objects_inert import PAPERS

from reconciler.config.schemas import load_schema
from reconciler.model.address import Address
from reconciler.model.change import Change, Reason, Standing
from reconciler.model.drift import Drift
from reconciler.model.kept import Known, Workspace
from reconciler.model.plan import Plan
from reconciler.model.state import Entry, State
from reconciler.views import drift, keeping, state
from reconciler.views.inert import document
from reconciler.views.tables import Paper, cells

STATES = st.builds(
    State,
    entries=st.lists(ENTRIES, max_size=3).map(lambda found: {one.address: one for one in found}),
    intents=st.lists(INTENTS, max_size=2).map(lambda found: {one.ulid: one for one in found}),
    ledger=st.lists(LEDGER, max_size=2).map(lambda found: {one.key: one for one in found}),
)
KNOWN = st.builds(
    Known,
    ADDRESSES,
    st.none() | ENTRIES,
    st.lists(INTENTS, max_size=2).map(tuple),
    st.lists(LEDGER, max_size=2).map(tuple),
)
WORKSPACES = st.builds(Workspace, HOSTILE, HOSTILE, st.integers(0, 9), st.just("") | HOSTILE)
KEPT = CHANGES.map(lambda one: replace(one, reason=Reason.KEPT, standing=Standing.UNCHANGED))
SCHEMA = Draft202012Validator(load_schema("drift"))


@FEW
@given(STATES, PAPERS)
def test_list_of_state_is_one_inert_line_for_each_object(found: State, paper: Paper) -> None:
    lines = list(state.entry_lines(found, paper))
    assert len(lines) == len(found.entries) + len(found.intents)
    assert all(is_inert(line) and "\n" not in line for line in lines)
    assert all(cells(line) <= paper.width for line in lines[: len(found.entries)])
    assert is_inert(document(state.entries_json(found), indent=2))


@FEW
@given(KNOWN, PAPERS)
def test_what_state_knows_of_an_address_is_inert(known: Known, paper: Paper) -> None:
    shown = painted(state.known_lines(known, paper))
    assert is_inert(shown)
    assert shown.isascii() or not paper.ascii_only
    told = document(state.known_json(known), indent=2)
    assert is_inert(told)
    assert (json.loads(told)["entry"] is None) == (known.entry is None)


@FEW
@given(st.lists(ENTRIES, max_size=2), st.lists(st.tuples(ADDRESSES, HOSTILE), max_size=2))
def test_what_a_rebuild_found_is_one_inert_line_for_each_object(
    recovered: list[Entry], candidates: list[tuple[Address, str]]
) -> None:
    lines = list(state.rebuilt_lines(recovered, candidates))
    assert len(lines) == len(recovered) + len(candidates) + 1
    assert all(is_inert(line) and "\n" not in line for line in lines)


@FEW
@given(ENTRIES, WORKSPACES)
def test_what_is_forgotten_and_where_states_are_is_inert(entry: Entry, place: Workspace) -> None:
    for line in (*state.forgotten_lines(entry), state.workspace_line(place)):
        assert is_inert(line)
        assert "\n" not in line
    assert is_inert(document(state.workspaces_json([place]), indent=2))


@FEW
@given(DRIFTS, WIDTHS)
def test_drift_is_inert_and_names_all_that_drifted(found: Drift, width: int) -> None:
    shown = painted(drift.render(found, width))
    assert is_inert(shown)
    assert len(shown.split("\n")) > len(found.found) + len(found.unseen)
    told = document(drift.drift_json(found), indent=2)
    assert is_inert(told)
    SCHEMA.validate(json.loads(told))


@FEW
@given(plans(), st.lists(KEPT, min_size=1, max_size=3), WIDTHS)
def test_reasons_to_keep_are_inert_and_stand_at_their_backups(
    plan: Plan, kept: list[Change], width: int
) -> None:
    shown = painted(keeping.explain(replace(plan, changes=tuple(kept)), width))
    assert is_inert(shown)
    for change in kept:
        assert str(change.address) in shown
