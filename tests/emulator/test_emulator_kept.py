"""Projects that are kept in a folder: what was answered is there after the process has gone."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from emulator.driver import Driver, headers_of
from emulator.test_emulator_control import SNAPSHOT, lived_in, seen

from reconciler.emulator.keeping import KeepingError
from reconciler.emulator.project_folder import ProjectFolder
from reconciler.emulator.service import Emulator

__all__ = ["lived_in"]  # a fixture


PLACE = {"cloud": "aws", "region": "us-east-1"}


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Callable[[Driver | None], Driver]]:
    """Give a driver of the project in a folder, after the one before has been closed."""
    folders: list[ProjectFolder] = []

    def close() -> None:
        while folders:
            folders.pop().close()

    def opened(before: Driver | None = None) -> Driver:
        close()
        driver = Driver()
        driver.now = before.now if before else driver.now
        # With random ids, since those that count would begin anew.
        driver.emulator = Emulator(now=lambda: driver.now)
        folders.append(ProjectFolder(tmp_path / "kept"))
        driver.emulator.keep_in(folders[-1])
        return driver

    yield opened
    close()


def test_a_project_is_the_same_after_a_restart(
    again: Callable[[Driver | None], Driver], lived_in: Driver
) -> None:
    kept = again(lived_in)
    kept.ask("PUT", SNAPSHOT, lived_in.ask("GET", SNAPSHOT))
    document = kept.ask("GET", SNAPSHOT)
    restarted = again(kept)
    assert restarted.ask("GET", SNAPSHOT)["objects"] == document["objects"]
    assert _contents(restarted) == _contents_of(document)
    assert seen(restarted) == seen(lived_in)
    for each in (restarted, lived_in):
        each.sleep(60)
    assert seen(again(restarted)) == seen(lived_in)


def test_whatever_is_done_and_wherever_it_ends_nothing_is_lost(
    again: Callable[[Driver | None], Driver],
) -> None:
    chance, project = random.Random(4), again(None)  # noqa: S311 - not for secrets
    project.seed("docs")
    names = ["docs"]
    for step in range(60):
        _do_something(project, chance, names, step)
        project.sleep(3)
        if step % 12 == 0:
            project.ask("GET", "/indexes")
            document = project.ask("GET", SNAPSHOT)
            project = again(project)
            assert project.ask("GET", SNAPSHOT)["objects"] == document["objects"]
            assert _contents(project) == _contents_of(document)


def _do_something(project: Driver, chance: random.Random, names: list[str], step: int) -> None:
    name = chance.choice(names)
    match chance.randrange(6):
        case 0:
            project.backup(name)
        case 1 if backups := project.backups():
            backup = chance.choice(backups)["backup_id"]
            project.restore(backup, f"again-{step}")
            names.append(f"again-{step}")
        case 2 if len(names) > 1:
            project.ask("DELETE", f"/indexes/{names.pop()}", expect=202)
        case 3 if backups := project.backups():
            path = f"/backups/{chance.choice(backups)['backup_id']}"
            project.ask("DELETE", path, expect=202)
        case 4:
            body = {"ids": [f"sample-{chance.randrange(60):06}"], "namespace": ""}
            project.ask("POST", project.host(name) + "/vectors/delete", body)
        case _:
            vectors = [
                {"id": f"v{chance.randrange(2000)}", "values": [chance.random() + 1] * 8}
                for _ in range(chance.randrange(1, 200))
            ]
            body = {"vectors": vectors, "namespace": chance.choice(["", "mine"])}
            project.ask("POST", project.host(name) + "/vectors/upsert", body)


def _contents(project: Driver) -> object:
    return _contents_of(project.ask("GET", SNAPSHOT))


def _contents_of(document: dict[str, object]) -> object:
    """Return all records by who holds them; the order of records within a table does not matter."""
    objects, tables = document["objects"], document["tables"]
    assert isinstance(objects, dict)
    assert isinstance(tables, list)
    holders = {**objects["records"], **{k: b["snapshot"] for k, b in objects["backups"].items()}}
    return {
        holder: {
            name: sorted(tables[number], key=lambda record: str(record["id"]))
            for name, number in held["namespaces"].items()
        }
        for holder, held in holders.items()
    }


def test_backups_share_records_with_their_index_in_the_folder_too(
    again: Callable[[Driver | None], Driver], tmp_path: Path
) -> None:
    project = again(None)
    project.seed("docs")
    for n in range(5):
        project.restore(project.ready_backup(), f"again-{n}")
    project.sleep(60)
    project.ask("GET", "/indexes")
    project = again(project)
    stats = [project.stats(f"again-{n}")["totalVectorCount"] for n in range(5)]
    assert stats == [200] * 5
    again(project)
    assert _rows(tmp_path) == 200


def test_what_was_deleted_is_gone_from_the_folder(
    again: Callable[[Driver | None], Driver], tmp_path: Path
) -> None:
    project = again(None)
    project.seed("docs")
    backup = project.ready_backup()
    project.ask("DELETE", "/indexes/docs", expect=202)
    project.ask("DELETE", f"/backups/{backup}", expect=202)
    again(project)
    assert _rows(tmp_path) == 0


def _rows(tmp_path: Path) -> int:
    source = (tmp_path / "kept" / "project.sqlite3").read_bytes()
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(source)
    journal = tmp_path / "kept" / "project.sqlite3-wal"
    if journal.exists():
        (tmp_path / "copy.sqlite3-wal").write_bytes(journal.read_bytes())
    with closing(sqlite3.connect(copy)) as db:
        return int(db.execute("SELECT count(*) FROM records").fetchone()[0])


def test_ten_thousand_vectors_are_kept_without_rewriting_those_before(
    again: Callable[[Driver | None], Driver], tmp_path: Path
) -> None:
    project = again(None)
    project.seed("docs")
    host = project.host("docs")
    for start in range(0, 10_000, 1_000):
        vectors = [{"id": f"v{start + n}", "values": [n + 1.0] * 8} for n in range(1_000)]
        project.ask("POST", f"{host}/vectors/upsert", {"vectors": vectors})
    assert again(project).stats("docs")["totalVectorCount"] == 10_200
    assert (tmp_path / "kept" / "project.sqlite3").stat().st_size < 4_000_000


def test_time_goes_on_from_where_it_had_been_advanced_to(
    again: Callable[[Driver | None], Driver],
) -> None:
    project = again(None)
    then = project.ask("POST", "/_emulator/clock", {"advance_seconds": 86_400})["now"]
    restarted = again(project)
    assert restarted.ask("POST", "/_emulator/clock", {"advance_seconds": 0})["now"] == then


def test_a_folder_is_for_one_process_at_a_time(
    again: Callable[[Driver | None], Driver], tmp_path: Path
) -> None:
    again(None)
    with pytest.raises(KeepingError, match="locked"):
        ProjectFolder(tmp_path / "kept")


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_project_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "project.sqlite3").write_bytes(content)
    with pytest.raises(KeepingError):
        ProjectFolder(tmp_path)


def test_a_later_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "project.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(KeepingError, match="format 9"):
        ProjectFolder(tmp_path)


def test_a_project_that_cannot_be_kept_any_more_answers_with_a_500(
    again: Callable[[Driver | None], Driver], tmp_path: Path
) -> None:
    project = again(None)
    project.seed("docs")
    folder = ProjectFolder(tmp_path / "other")
    project.emulator.keep_in(folder)
    folder.close()
    made = {"name": "new", "dimension": 2, "spec": {"serverless": PLACE}}
    for path, body in (("/indexes", made), ("/_emulator/reset", None)):
        reply = project.send("POST", path, body)
        assert reply.status == 500
        assert b"cannot be kept" in reply.body
        assert headers_of(reply)["content-type"] == "application/json"
