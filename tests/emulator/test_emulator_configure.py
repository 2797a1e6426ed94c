"""Changes of the size of an index: pods, read capacity, and how long they take."""

from typing import Any

import pytest
from emulator.driver import Driver

from reconciler.emulator.service import Knobs

POD = {"environment": "us-east1-gcp", "pod_type": "p1.x2", "shards": 2}
PODS = {"name": "pods", "dimension": 2, "spec": {"pod": POD}}
DEDICATED = {"node_type": "b1", "scaling": "Manual", "manual": {"replicas": 1, "shards": 1}}
DOCS = "/indexes/docs"


@pytest.fixture
def scaling() -> Driver:
    """A project with `docs`, serverless, and `pods`, whose changes take a minute."""
    driver = Driver()
    driver.seed("docs")
    driver.ask("POST", "/indexes", PODS, expect=201)
    driver.ask("POST", "/_emulator/knobs", {"index_seconds": 60})
    return driver


def patch(
    project: Driver, target: str, body: object, expect: int = 202, version: str = "2025-10"
) -> Any:  # noqa: ANN401
    return project.ask("PATCH", target, body, expect, version)


def serverless(capacity: object) -> object:
    return {"spec": {"serverless": {"read_capacity": capacity}}}


@pytest.mark.parametrize(
    ("sent", "state", "after"),
    [
        ({"replicas": 3}, "ScalingUp", {"replicas": 3, "pods": 6}),
        ({"pod_type": "p1.x4"}, "ScalingUpPodSize", {"pod_type": "p1.x4"}),
        ({"replicas": 1}, "Ready", {}),
    ],
)
def test_pods_are_scaled_and_stay_ready_meanwhile(
    scaling: Driver, sent: dict[str, object], state: str, after: dict[str, object]
) -> None:
    changed = patch(scaling, "/indexes/pods", {"spec": {"pod": sent}})
    assert changed["status"] == {"ready": True, "state": state}
    assert changed["spec"]["pod"] == {**POD, "replicas": 1, "pods": 2, **after}
    scaling.sleep(60)
    assert scaling.ask("GET", "/indexes/pods")["status"]["state"] == "Ready"


def test_last_version_scales_pods_by_their_deployment(scaling: Driver) -> None:
    body = {"deployment": {"replicas": 2}}
    changed = patch(scaling, "/indexes/pods", body, expect=200, version="2026-07")
    assert changed["deployment"]["replicas"] == 2
    patch(scaling, DOCS, body, expect=400, version="2026-07")
    patch(scaling, "/indexes/pods", {"deployment": {"shards": 3}}, expect=422, version="2026-07")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"spec": {"pod": {"pod_type": "p1.x1"}}}, 400),
        ({"spec": {"pod": {"pod_type": "p2.x4"}}}, 400),
        ({"spec": {"pod": {"replicas": 0}}}, 400),
        ({"spec": {"pod": {"replicas": "2"}}}, 422),
        ({"spec": {"pod": {"replicas": 51}}}, 403),
        ({"spec": {"serverless": {}}}, 400),
        ({"spec": {}}, 400),
        ({"spec": 1}, 422),
    ],
)
def test_impossible_change_of_pods_is_refused_and_changes_nothing(
    scaling: Driver, body: object, status: int
) -> None:
    before = scaling.ask("GET", "/indexes/pods")
    patch(scaling, "/indexes/pods", body, expect=status)
    assert scaling.ask("GET", "/indexes/pods") == before


def test_read_capacity_is_scaled_then_ready_and_can_only_then_be_changed_again(
    scaling: Driver,
) -> None:
    wanted = {"mode": "Dedicated", "dedicated": DEDICATED}
    changed = patch(scaling, DOCS, serverless(wanted))
    assert changed["status"]["ready"] is True
    capacity = changed["spec"]["serverless"]["read_capacity"]
    assert capacity == {**wanted, "status": {"state": "Scaling"}}
    refused = patch(scaling, DOCS, serverless({"mode": "OnDemand"}), expect=403)
    assert refused["error"]["code"] == "FORBIDDEN"
    scaling.sleep(60)
    status = {"state": "Ready", "current_replicas": 1, "current_shards": 1}
    shown = scaling.ask("GET", DOCS, version="2026-07")["read_capacity"]
    assert shown == {**wanted, "status": status}
    back = patch(scaling, DOCS, {"read_capacity": {"mode": "OnDemand"}}, 200, "2026-07")
    assert back["read_capacity"] == {"mode": "OnDemand", "status": {"state": "Scaling"}}


def test_what_is_not_sent_of_read_capacity_stays_as_it_is() -> None:
    project = Driver(Knobs(index_seconds=0))
    project.seed("docs")
    patch(project, DOCS, serverless({"mode": "Dedicated", "dedicated": DEDICATED}))
    more = {"scaling": "Manual", "manual": {"replicas": 4}}
    patch(project, DOCS, serverless({"mode": "Dedicated", "dedicated": more}))
    moved = patch(
        project, DOCS, serverless({"mode": "Dedicated", "dedicated": {"node_type": "t1"}})
    )
    assert moved["spec"]["serverless"]["read_capacity"]["dedicated"] == {
        "node_type": "t1",
        "scaling": "Manual",
        "manual": {"replicas": 4, "shards": 1},
    }


@pytest.mark.parametrize(
    ("capacity", "status"),
    [
        ({}, 422),
        ({"mode": "Fast"}, 400),
        ({"mode": "Dedicated"}, 422),
        ({"mode": "Dedicated", "dedicated": {"node_type": "t1"}}, 400),
        ({"mode": "Dedicated", "dedicated": {**DEDICATED, "node_type": "z9"}}, 400),
        ({"mode": "Dedicated", "dedicated": {**DEDICATED, "scaling": "Auto"}}, 400),
        ({"mode": "Dedicated", "dedicated": {"node_type": "b1", "scaling": "Manual"}}, 400),
        ({"mode": "Dedicated", "dedicated": {**DEDICATED, "manual": {"replicas": 1}}}, 422),
    ],
)
def test_impossible_read_capacity_is_refused(
    scaling: Driver, capacity: object, status: int
) -> None:
    before = scaling.ask("GET", DOCS, version="2025-10")
    patch(scaling, DOCS, serverless(capacity), expect=status)
    assert scaling.ask("GET", DOCS, version="2025-10") == before


def test_read_capacity_is_not_for_pods_nor_for_the_first_version(scaling: Driver) -> None:
    patch(scaling, DOCS, serverless({"mode": "OnDemand"}), expect=400, version="2025-04")
    body = {"read_capacity": {"mode": "OnDemand"}}
    patch(scaling, "/indexes/pods", body, expect=400, version="2026-07")


def test_byoc_index_cannot_be_put_on_demand(scaling: Driver) -> None:
    environment = {"environment": "aws-us-east-1-b921"}
    capacity = {"mode": "Dedicated", "dedicated": DEDICATED}
    spec = {"byoc": {**environment, "read_capacity": capacity}}
    body = {"name": "own", "dimension": 2, "spec": spec}
    scaling.ask("POST", "/indexes", body, expect=201, version="2025-10")
    wanted = {"spec": {"byoc": {"read_capacity": {"mode": "OnDemand"}}}}
    patch(scaling, "/indexes/own", wanted, expect=400)


def test_key_that_the_last_version_does_not_know_is_refused(project: Driver) -> None:
    spec = {"spec": {"serverless": {"read_capacity": {"mode": "OnDemand"}}}}
    patch(project, DOCS, spec, expect=422, version="2026-07")
    after = patch(project, DOCS, {"tags": {"team": ""}}, expect=200, version="2026-07")
    assert after["tags"] is None
