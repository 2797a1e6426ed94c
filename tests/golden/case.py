"""Reads a golden case: plain files, so that a case says what is special about it and no more.

config.yaml   as people write it
live.json     what the API answers, by list: backups, indexes, restore_jobs, imports:INDEX,
              collections; `stats`
              holds the answer to describe_index_stats by index; in the shape of 2025-04
live-20*.json the same in the shape of another API version
state.json    what state holds, by address; what is left out is filled in by `state_of`
options.json  now, settle_window (seconds), unreadable lists, `unconfirmed` (the GET on a missing
              object failed), and any permission by its field name
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from golden.state import API_BASE, KINDS, PROJECT, moment, state_of

from reconciler.config.build import build
from reconciler.model.address import Address
from reconciler.model.desired import Configuration
from reconciler.model.kind import Kind, World
from reconciler.model.observed import Index, Phase, Seen
from reconciler.model.plan import Permissions
from reconciler.model.rules import WhenGone
from reconciler.model.state import State
from reconciler.model.values import SECOND, Fields
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan
from reconciler.views import diagnostics, plan_markdown, plan_text
from reconciler.views.lines import Line
from reconciler.views.plan_json import plan_json
from reconciler.wire.read import read, read_page

NOW = "2026-11-23T12:00:00Z"
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Case:
    """The files of one folder, parsed."""

    config: bytes
    live: Mapping[str, Any]
    state: Mapping[str, Any] | None
    options: Mapping[str, Any]


def load_case(folder: Path, since: str = "") -> Case:
    """Read a folder; with `-now` as it is by the time of the apply (`golden.later`)."""

    def maybe(name: str) -> Any:  # noqa: ANN401 - JSON of any shape
        file = folder / name
        return json.loads(file.read_text()) if file.exists() else None

    config = folder / f"config{since}.yaml"
    live, state = maybe(f"live{since}.json"), maybe(f"state{since}.json")
    return Case(
        config=(config if config.exists() else folder / "config.yaml").read_bytes(),
        live=maybe("live.json") if live is None else live,
        state=maybe("state.json") if state is None else state,
        options=maybe(f"options{since}.json") or {},
    )


def given_of(case: Case, kinds: Mapping[str, Kind] = KINDS) -> Given:
    """Put together what planning is given."""
    configuration = build([("config.yaml", case.config)], kinds)
    state = state_of(case.state, configuration, kinds)
    options = case.options
    return Given(
        configuration=configuration,
        state=state,
        world=world_of(case, configuration, state, kinds),
        kinds=kinds,
        permissions=permissions_of(options),
        api_base=options.get("api_base", API_BASE),
        tool=options.get("tool", "0.1.0"),
        settle_window=options.get("settle_window", 120) * SECOND,
        project=options.get("project", PROJECT),
    )


def rendered(given: Given) -> dict[str, str]:
    """Give what people read at 80 columns, machines, and reviewers of a pull request, by file."""
    plan = make_plan(given)
    told = diagnostics.render((*plan.warnings, *plan.refusals))
    lines = [*plan_text.render(plan, WIDTH), *([Line()] if told else []), *told]
    text = "".join(f"{line.text}\n" for line in lines)
    return {
        "plan.txt": text,
        "plan.json": json.dumps(plan_json(plan), indent=2, ensure_ascii=True) + "\n",
        "plan.md": plan_markdown.render(plan),
    }


def permissions_of(options: Mapping[str, Any]) -> Permissions:
    given: dict[str, Any] = {}
    for name in Permissions.__dataclass_fields__:
        if name in options:
            value = options[name]
            if name in {"targets", "excludes"}:
                value = frozenset(value)
            elif isinstance(value, list):
                value = frozenset(Address.parse(item) for item in value)
            given[name] = value
    return Permissions(**given)


def world_of(
    case: Case, configuration: Configuration, state: State, kinds: Mapping[str, Kind]
) -> World:
    """Read the payloads as an observation does; what no list shows is confirmed to be gone."""
    unreadable: Mapping[str, str] = case.options.get("unreadable", {})
    seen = {
        name: _seen(kind, case, _indexes_of(kind, configuration, state), state)
        for name, kind in kinds.items()
        if kind.remote is not None
    }
    indexes = {
        str(item["name"]): Index(
            str(item["name"]), str(item["host"]), item["phase"] == Phase.READY.value, item
        )
        for item in read_page("list_indexes", {"indexes": case.live.get("indexes", [])}).items
    }
    stats = {
        name: read("describeIndexStats", payload)
        for name, payload in case.live.get("stats", {}).items()
    }
    return World(
        now=moment(case.options.get("now", NOW)),
        seen=seen,
        indexes=None if "indexes" in unreadable else indexes,
        entries=state.entries,
        records={name: int(str(found["record_count"])) for name, found in stats.items()},
        namespaces={name: int(str(found["namespace_count"])) for name, found in stats.items()},
        server_now=moment(heard) if (heard := case.options.get("server_now")) else None,
    )


def _indexes_of(kind: Kind, configuration: Configuration, state: State) -> list[str]:
    declared = [(one.address.kind, one.fields) for one in configuration.desired.values()]
    held = [(one.address.kind, one.fields) for one in state.entries.values()]
    return sorted(
        {
            index
            for name, fields in (*declared, *held)
            if name == kind.name
            for index in kind.needs(fields).indexes
        }
    )


def _seen(kind: Kind, case: Case, indexes: list[str], state: State) -> Seen:
    remote = kind.remote
    assert remote is not None
    unreadable: Mapping[str, str] = case.options.get("unreadable", {})
    lists: dict[str, tuple[Fields, ...]] = {}
    failed: dict[str, str] = {}
    for listing in remote.listings(indexes):
        if listing.name in unreadable:
            failed[listing.name] = unreadable[listing.name]
            continue
        payload = {
            "data": case.live.get(listing.name, []),
            "indexes": case.live.get("indexes", []),
            "collections": case.live.get("collections", []),
        }
        lists[listing.name] = read_page(listing.request.operation, payload).items
    seen = Seen(remote.decode(lists), failed)
    doubtful = {Address.parse(key): why for key, why in case.options.get("unconfirmed", {}).items()}
    shown = {(item.listing, item.remote_id) for item in seen.objects}
    missing = frozenset(
        entry.address
        for entry in state.entries.values()
        if entry.address.kind == kind.name
        and not (kind.rules.when_gone is WhenGone.HISTORY and entry.phase is not Phase.RUNNING)
        and not set(remote.scope(entry.fields)) & set(failed)
        and not any((name, entry.remote_id) in shown for name in remote.scope(entry.fields))
    )
    return replace(
        seen,
        confirmed_gone=missing - doubtful.keys(),
        unconfirmed={key: why for key, why in doubtful.items() if key in missing},
    )
