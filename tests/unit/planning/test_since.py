"""What a saved plan was made for must be what it is applied to, and not too long ago."""

from dataclasses import replace

import pytest
from golden.state import KINDS
from unit.planning.reviewed import GIVEN, HEADER

from reconciler.config.build import build
from reconciler.model.desired import Configuration
from reconciler.model.plan import Header
from reconciler.model.values import SECOND
from reconciler.planning.planner import make_plan
from reconciler.planning.since import (
    declared_apart,
    misfits,
    too_old,
)


def configuration(backups: str) -> Configuration:
    return build([("main.yaml", f"version: 1\nbackups:\n{backups}".encode())], KINDS)


@pytest.mark.parametrize(
    "now",
    [
        replace(HEADER, tool="1.0.0"),
        replace(HEADER, api_base="https://other.pinecone.io"),
        replace(HEADER, configuration="other"),
        replace(HEADER, configuration_digest="ef" * 32),
        replace(HEADER, lineage="0ff"),
        replace(HEADER, lineage=None),
    ],
)
def test_each_part_of_the_header_must_match(now: Header) -> None:
    assert [one.reference for one in misfits(HEADER, now, resumed=True)] == ["plan-mismatch"]
    assert misfits(now, now, resumed=False) == ()


def test_only_its_own_run_may_have_begun_the_state_of_a_plan_without_one() -> None:
    first = replace(HEADER, lineage=None)
    assert misfits(first, HEADER, resumed=True) == ()
    assert len(misfits(first, HEADER, resumed=False)) == 1


def test_states_without_lineage_are_told_apart_by_the_names_of_their_files() -> None:
    first = replace(HEADER, lineage=None, state_file="default.json")
    assert misfits(first, first, resumed=False) == ()
    (told,) = misfits(first, replace(first, state_file="prod.json"), resumed=False)
    assert "the state file default.json, this run is for prod.json" in told.summary
    # Once there is a lineage, the file may be renamed.
    assert misfits(HEADER, replace(HEADER, state_file="prod.json"), resumed=False) == ()


def test_other_declarations_are_named_five_of_each() -> None:
    extra = "".join(f"  n{number}: {{index: docs-prod}}\n" for number in range(7))
    then = configuration("  a: {index: docs-prod}\n  b: {index: docs-prod}\n  c: {index: x}\n")
    plan = make_plan(replace(GIVEN, configuration=then))
    now = configuration(
        "  b: {index: docs-prod, lifecycle: {prevent_destroy: true}}\n  c: {index: y}\n" + extra
    )
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    assert apart == (
        "declared only then: backup.a; declared only now: backup.n0, backup.n1, backup.n2,"
        " backup.n3, backup.n4 and 2 more; declared differently: backup.b, backup.c"
    )
    header = replace(plan.header, configuration_digest=now.digest)
    (told,) = misfits(plan.header, header, resumed=False, apart=apart)
    assert told.summary.endswith(f"this run is for {now.digest[:12]} ({apart})")
    assert misfits(plan.header, plan.header, resumed=False, apart=apart) == ()


def test_a_field_that_is_now_called_like_its_key_is_declared_differently() -> None:
    plan = make_plan(replace(GIVEN, configuration=configuration("  docs: {index: other}\n")))
    now = configuration("  docs: {index: docs}\n")
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    assert apart == "declared differently: backup.docs"


NIGHTLY = "backup_policies: {p: {indexes: {glob: [x]}, every: 24h, retention: {keep_last: 2}}}\n"


@pytest.mark.parametrize(
    "block",
    [
        "  a: {index: x}\n  b: {index: x, depends_on: [backup.a]}\n",
        "  a: {index: x}\n  b: {index: x, ensure: absent}\n",
        "  a: {index: x}\n  b: {index: x, adopt: 8c85e612}\n",
        "  a: {index: x}\n  b: {index: x}\nmoved: [{from: backup.c, to: backup.b}]\n",
        "  a: {index: x}\n  b: {index: x}\n" + NIGHTLY,
    ],
)
def test_what_is_no_field_of_an_object_is_said_to_be_none(block: str) -> None:
    then = configuration("  a: {index: x}\n  b: {index: x}\n")
    plan = make_plan(replace(GIVEN, configuration=then))
    now = configuration(block)
    assert now.digest != then.digest
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    header = replace(plan.header, configuration_digest=now.digest)
    (told,) = misfits(plan.header, header, resumed=False, apart=apart)
    assert told.summary.endswith(
        "(no field or lifecycle: a policy, adopt, ensure, depends_on, moved or a name)"
    )


def test_plan_of_a_part_names_no_declarations() -> None:
    then = configuration("  a: {index: docs-prod}\n  b: {index: docs-prod}\n")
    permissions = replace(GIVEN.permissions, targets=frozenset({"backup.a"}))
    plan = make_plan(replace(GIVEN, configuration=then, permissions=permissions))
    assert declared_apart(plan, then.desired, GIVEN.kinds) == ""


def test_minutes_and_patch_versions_do_not_matter() -> None:
    assert misfits(HEADER, replace(HEADER, tool="0.9.3", now=9), resumed=False) == ()


def test_age_has_both_its_ends() -> None:
    day = 86_400 * SECOND
    assert too_old(HEADER, day, day) == ()
    assert too_old(HEADER, -300 * SECOND, day) == ()
    assert len(too_old(HEADER, day + 1, day)) == 1
    assert "clocks" in too_old(HEADER, -301 * SECOND, day)[0].summary
