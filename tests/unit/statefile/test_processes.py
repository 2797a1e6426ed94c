"""Real processes on one lock: they exclude each other, and a killed one leaves it free."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from unit.clock import FakeClock
from unit.statefile.fakes import HOLDER, CountedRandom

import reconciler
from reconciler.errors import LockedError
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import Lease

PRELUDE = """
import asyncio, os, sys, time
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import Holder

class Clock:
    def now(self): return 0
    def steady(self): return time.monotonic_ns() // 1000
    async def sleep(self, seconds): time.sleep(0.002)

class Random:
    def take(self, count): return os.urandom(count)

store = LocalStore(sys.argv[1], LocalDisk(), Clock(), Random())
holder = Holder("lock-1", "ann", "ci-7", os.getpid(), "apply", "2026-11-20T08:00:00Z", "", "0")
"""
HOLD = """
lease = asyncio.run(store.acquire(holder, 0))
position = store.append(store.load().position, [{"n": 1}])
print("held", flush=True)
sys.stdin.readline()
"""
FORK = """
lease = asyncio.run(store.acquire(holder, 0))
child = os.fork()
if child == 0:
    store.release(lease)
    os._exit(0)
os.waitpid(child, 0)
print("held", flush=True)
sys.stdin.readline()
store.release(lease)
print("free", flush=True)
"""
COUNT = """
for _ in range(int(sys.argv[2])):
    lease = asyncio.run(store.acquire(holder, 60))
    loaded = store.load()
    store.append(loaded.position, [{"n": len(loaded.records), "by": os.getpid()}])
    store.release(lease)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    root = str(Path(reconciler.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def take(path: Path) -> tuple[LocalStore, Lease]:
    store = LocalStore(str(path), LocalDisk(), FakeClock(), CountedRandom())
    return store, asyncio.run(store.acquire(HOLDER, 0))


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_process_that_holds_the_lock_excludes_others_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "default.json"
    with start(HOLD, str(path)) as process:
        assert line(process) == "held"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            take(path)
        process.kill()
        process.wait()
        store, _ = take(path)
        assert store.load().records == ({"n": 1},)


def test_a_killed_holders_lock_can_be_taken_over_by_its_id(tmp_path: Path) -> None:
    path = tmp_path / "default.json"
    with start(HOLD, str(path)) as process:
        assert line(process) == "held"
        process.kill()
        process.wait()
    store = LocalStore(str(path), LocalDisk(), FakeClock(), CountedRandom())
    asyncio.run(store.take_over("lock-1", HOLDER, []))
    assert store.load().position.sequence == 2


def test_a_forked_child_that_releases_does_not_free_its_parents_lock(tmp_path: Path) -> None:
    path = tmp_path / "default.json"
    with start(FORK, str(path)) as process:
        assert line(process) == "held"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            take(path)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert line(process) == "free"
        take(path)


def test_processes_that_write_at_once_lose_no_record(tmp_path: Path) -> None:
    path = tmp_path / "default.json"
    rounds, count = 8, 4
    processes = [start(COUNT, str(path), str(rounds)) for _ in range(count)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    loaded = LocalStore(str(path), LocalDisk(), FakeClock(), CountedRandom()).load()
    assert [record["n"] for record in loaded.records] == list(range(rounds * count))
    assert len({record["by"] for record in loaded.records}) == count
