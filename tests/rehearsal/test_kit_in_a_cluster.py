"""The CronJob of examples/gitops: its command line is run on the emulator, twice."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rehearsal.kit import KIT
from rehearsal.stage import Stage


def cron_job() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give the specifications of the CronJob and of its pod."""
    text = (KIT / "kubernetes" / "cronjob.yaml").read_text(encoding="utf-8")
    claim, cron = yaml.safe_load_all(text)
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    wanted = volumes["state"]["persistentVolumeClaim"]["claimName"]
    assert wanted == claim["metadata"]["name"]
    return cron["spec"], pod


def mount(stage: Stage, pod: Mapping[str, Any]) -> dict[str, Path]:
    """Lay the volumes out below the stage's folder, the configuration as the kubelet does."""
    (container,) = pod["containers"]
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
    folders = {one["mountPath"]: stage.folder / one["name"] for one in container["volumeMounts"]}
    for folder in folders.values():
        folder.mkdir()
    stamp = folders["/configuration"] / "..2026_11_24_09_00_00.1"
    stamp.mkdir()
    shutil.copy(KIT / "pinecone" / "docs.yaml", stamp)
    (stamp.parent / "..data").symlink_to(stamp.name)
    (stamp.parent / "docs.yaml").symlink_to("..data/docs.yaml")
    return folders


def placed(text: str, folders: Mapping[str, Path]) -> str:
    """Put the place of a volume where its mount path begins a text."""
    for path, folder in folders.items():
        if text == path or text.startswith(f"{path}/"):
            return f"{folder}{text.removeprefix(path)}"
    return text


def test_cron_job_applies_and_finds_nothing_to_do_the_next_night(stage: Stage) -> None:
    _, pod = cron_job()
    folders = mount(stage, pod)
    (container,) = pod["containers"]
    program, *arguments = (placed(one, folders) for one in container["command"])
    assert program == "reconciler"
    secret, state = container["env"]
    assert secret["name"] == "PINECONE_API_KEY"
    assert secret["valueFrom"]["secretKeyRef"] == {"name": "pinecone", "key": "api-key"}
    stage.variables = {state["name"]: placed(state["value"], folders)}
    first, second = stage.run(*arguments), stage.run(*arguments)
    assert (first.code, second.code) == (0, 0), first.err
    assert "Apply complete! Resources: 2 added" in first.out
    assert "No changes." in second.out
    assert [path.name for path in folders["/state"].iterdir() if path.suffix == ".json"] == [
        "default.json"
    ]
    assert list((stage.folder / "tmp").iterdir()) == []
    assert len(list(folders["/configuration"].iterdir())) == 3


def test_cron_job_runs_alone_and_deletes_nothing() -> None:
    cron, pod = cron_job()
    (container,) = pod["containers"]
    assert cron["concurrencyPolicy"] == "Forbid"
    assert "--auto-approve" in container["command"]
    assert [one for one in container["command"] if one.startswith("--allow")] == []


def test_pod_has_no_rights_that_it_does_not_need() -> None:
    _, pod = cron_job()
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
