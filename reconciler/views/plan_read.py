"""Reads a plan back from the document of a saved one; every key and type is insisted on.

What plan JSON leaves out for machines stands in the block `saved`, item by item.
"""

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Precondition, Reason, Standing
from reconciler.model.diagnostic import Diagnostic, Severity, SourceSpan
from reconciler.model.observed import Phase
from reconciler.model.plan import (
    Care,
    Header,
    Operation,
    Ownership,
    Permissions,
    Plan,
    Quota,
    Step,
    Unmanaged,
    When,
)
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
from reconciler.model.state_json import lifecycle_from
from reconciler.model.values import JSON, Fields


def read_plan(document: Fields) -> Plan:
    """Read a saved plan's document; raises KeyError, TypeError or ValueError for anything else."""
    saved = require_fields(document["saved"])
    diagnostics = [_diagnostic(item) for item in require_items(document["diagnostics"])]
    changes = zip(
        require_items(document["resource_changes"]), require_items(saved["changes"]), strict=True
    )
    steps = zip(require_items(document["steps"]), require_items(saved["steps"]), strict=True)
    moved = [require_fields(item) for item in require_items(document["moved"])]
    return Plan(
        header=_header(document, saved),
        changes=tuple(_change(require_fields(a), require_fields(b)) for a, b in changes),
        steps=tuple(_step(require_fields(a), require_fields(b)) for a, b in steps),
        refusals=tuple(one for one in diagnostics if one.severity is Severity.ERROR),
        warnings=tuple(one for one in diagnostics if one.severity is Severity.WARNING),
        unmanaged=tuple(_unmanaged(item) for item in require_items(document["unmanaged"])),
        moves={_address(item["from"]): _address(item["to"]) for item in moved},
        care=tuple(_care(item) for item in require_items(document["care"])),
        quota=_quota(document["quota"]),
        all_seen=require_flag(document["all_seen"]),
        left_out=require_number(require_fields(document["scope"])["left_out"]),
        permissions=_permissions(require_fields(saved["permissions"])),
    )


def _header(document: Fields, saved: Fields) -> Header:
    configuration = require_fields(document["configuration"])
    return Header(
        id=require_text(document["plan_id"]),
        tool=require_text(document["reconciler_version"]),
        api_base=require_text(document["api_base"]),
        lineage=maybe_text(document["lineage"]),
        configuration=require_text(configuration["name"]),
        configuration_digest=require_text(configuration["digest"]),
        now=require_number(saved["made_at"]),
        state_file=maybe_text(saved.get("state_file")),
    )


def _change(shown: Fields, saved: Fields) -> Change:
    before, held = saved["before"], saved["precondition"]
    body = require_fields(shown["change"])
    return Change(
        address=_address(shown["address"]),
        action=Action(shown["action"]),
        standing=Standing(shown["standing"]),
        reason=Reason(shown["action_reason"]),
        because=require_text(shown["reason"]),
        fields=tuple(_difference(item) for item in require_items(shown["differences"])),
        wanted=require_fields(saved["wanted"]),
        before=None if before is None else require_fields(before),
        pins=require_fields(saved["pins"]),
        awaits=tuple(require_fields(body["after_unknown"])),
        remote_id=maybe_text(shown["id"]),
        precondition=None if held is None else _precondition(require_fields(held)),
        facts=require_fields(shown["facts"]),
        notes=require_texts(shown["notes"]),
        way_out=require_text(shown["hint"]),
        lifecycle=lifecycle_from(require_fields(saved["lifecycle"])),
        depends_on=require_addresses(shown["depends_on"]),
        owner=maybe_address(shown["owner"]),
        transient=require_flag(shown["transient"]),
        forgets=require_flag(saved["forgets"]),
        source=_source(saved["range"]),
        digest=require_text(shown["digest"]),
    )


def _difference(value: JSON) -> FieldChange:
    item = require_fields(value)
    return FieldChange(require_text(item["path"]), item["before"], item["after"])


def _precondition(item: Fields) -> Precondition:
    return Precondition(
        remote_id=require_text(item["id"]),
        created_at=maybe_number(item["created_at"]),
        marker=maybe_text(item["marker"]),
        phase=Phase(item["phase"]),
        traits=require_fields(item.get("traits", {})),
    )


def _step(shown: Fields, saved: Fields) -> Step:
    return Step(
        id=require_text(shown["id"]),
        address=_address(shown["address"]),
        operation=Operation(shown["operation"]),
        after=require_texts(shown["after"]),
        when=When(shown["when"]),
        remote_id=maybe_text(saved["id"]),
    )


def _diagnostic(value: JSON) -> Diagnostic:
    item = require_fields(value)
    return Diagnostic(
        reference=require_text(item["reference"]),
        summary=require_text(item["summary"]),
        hint=require_text(item["hint"]),
        source=_source(item["range"]),
        severity=Severity(item["severity"]),
    )


def _source(value: JSON) -> SourceSpan | None:
    if value is None:
        return None
    item = require_fields(value)
    line, column = require_number(item["line"]), require_number(item["column"])
    return SourceSpan(require_text(item["filename"]), line, column)


def _unmanaged(value: JSON) -> Unmanaged:
    item = require_fields(value)
    return Unmanaged(
        kind=require_text(item["kind"]),
        remote_id=require_text(item["id"]),
        name=require_text(item["name"]),
        ownership=Ownership(item["owner"]),
    )


def _care(value: JSON) -> Care:
    item = require_fields(value)
    path = require_text(item["path"])
    return Care(_address(item["address"]), path, item["before"], item["after"])


def _quota(value: JSON) -> Quota | None:
    if value is None:
        return None
    item = require_fields(value)
    now, after = require_number(item["now"]), require_number(item["after"])
    return Quota(now, after, maybe_number(item["allowed"]))


def _permissions(item: Fields) -> Permissions:
    return Permissions(
        deletes=require_flag(item["deletes"]),
        max_removals=maybe_number(item["max_removals"]),
        last_backups=frozenset(require_addresses(item["last_backups"])),
        replace=frozenset(require_addresses(item["replace"])),
        missing=maybe_number(item["missing"]),
        take_over=require_flag(item["take_over"]),
        empty=require_flag(item["empty"]),
        new_state=require_flag(item["new_state"]),
        backup_quota=maybe_number(item["backup_quota"]),
        targets=frozenset(require_texts(item["targets"])),
        excludes=frozenset(require_texts(item["excludes"])),
        destroy=require_flag(item["destroy"]),
        expiry=require_flag(item.get("expiry", False)),
        max_expiries=maybe_number(item.get("max_expiries")),
    )


def _address(value: JSON) -> Address:
    return Address.parse(require_text(value))
