"""Runs of a state machine, each held to what it was told and to what is there.

A plan is judged address by address before anything of it is done, a run by what it has made and by
what is so once it has ended; a world in bad weather, or that somebody changes meanwhile, is not.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from simulation.boundaries import CrashError
from simulation.claiming import untrue
from simulation.creating import Before, unmade
from simulation.declaring import Declaring
from simulation.expecting import Rest, blocks
from simulation.saving import changes
from simulation.story import choose, unaccounted
from simulation.world import PROCESS

from reconciler.engine.run import StoppedError
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.change import planned
from reconciler.model.plan import Permissions, Plan
from reconciler.workflow.apply import Applied, exit_code


class Running(Declaring):
    """A life with the program; `wrong` collects, in sentences, what must never be."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = Permissions()
        self.wrong: list[str] = []
        self.did: Counter[str] = Counter()  # how often things came to what, for those who count
        self.world.judge = self._judge
        self._disturbed = False  # whether something came between a plan and this look at it

    def _attempt(self, work: Callable[[], Applied]) -> Applied | BaseException:
        """Let a process end in one of the ways that are documented; any other one is a bug."""
        try:
            found = work()
        except (CrashError, StoppedError) as end:
            self.did[type(end).__name__] += 1
            return end
        except ReconcilerError as error:
            if error.exit_code is ExitCode.BUG:
                self.wrong.append(f"a bug: {error}")
            self.did[f"error {error.diagnostics[0].reference}"] += 1
            return error
        self.did.update(f"{one.operation.value} {one.outcome.value}" for one in found.results)
        self.did[f"exit {exit_code(found).value}"] += 1
        return found

    def _run(
        self,
        work: Callable[[], Applied],
        disk: int | None = None,
        *,
        alone: bool = False,
        told: tuple[str, Permissions] | None = None,
        runs: int = 1,
    ) -> Applied | None:
        """Run what was told, beside nobody or another of its kind, and hold it to that."""
        yaml, allowed = told or (self.yaml, self.allowed)
        sent, self._disturbed = len(changes(self.world)), False
        oracle = self.world.oracle
        before = Before.of(oracle, PROCESS, self.world.state(), yaml, allowed)
        found = self._attempt(work)
        if isinstance(found, CrashError) and disk is not None:
            self.world.disk = choose(self.world.disk, disk)
        self._count(before, runs)
        if not isinstance(found, Applied):
            return None
        self.wrong.extend(unaccounted(found))
        self.wrong.extend(unmade(found, oracle.made))
        if found.plan.is_refused and found.results:
            self.wrong.append("a refused plan was carried out")
        if alone and not found.results and len(changes(self.world)) > sent:
            self.wrong.append("it sent something and told of nothing")
        if alone and exit_code(found) == 0 and self._sees_all():
            self.wrong.extend(self._unkept(yaml, found))
        return found

    def _count(self, before: Before, runs: int) -> None:
        """Only what was called for was made; an import that was to run again counts once more."""
        self.wrong.extend(before.uncalled(runs))
        for address, count in before.new().items():
            if address.kind == "import" and address in before.allowed.replace:
                self.world.oracle.imports_allowed[f"s3://b/{address.name}"] += count
                self.world.oracle.touched.add(address)  # it fails over what it loaded before

    def _sees_all(self) -> bool:
        """Whether lists show all there is, and nothing is under way that nobody waits for."""
        hides = self.world.weather or self.world.emulator.knobs.list_lag_seconds
        return not (hides or self.world.late or self._disturbed)

    def _rest(self) -> Rest:
        return Rest(self.world.oracle, PROCESS, self.world.state(), self.world.now())

    def _judge(self, yaml: str, allowed: Permissions, plan: Plan) -> None:
        """Hold every decision of a plan against what is there, where nothing hides that."""
        if self._sees_all():
            self.did["plan judged"] += 1
            self.wrong.extend(untrue(self._rest(), yaml, plan, allowed))

    def _unkept(self, yaml: str, found: Applied) -> Iterator[str]:
        """What a plan was to do is really so once its run has ended well."""
        rest, declared = self._rest(), blocks(yaml)
        for change in planned(found.plan.changes):
            if change.address in declared:
                for lack in rest.missing(change.address, declared[change.address]):
                    yield f"exit 0, but {change.address} {lack}"

    def _only_reads(self, work: Callable[[], object]) -> None:
        """Plans send nothing that changes anything, and leave no trace on the disk."""
        files = {name: inode.live for name, inode in self.world.disk.names.items()}
        sent, self._disturbed = changes(self.world), False
        try:
            work()
        except ReconcilerError as error:
            if error.exit_code is ExitCode.BUG:
                self.wrong.append(f"a bug: {error}")
        if changes(self.world) != sent:
            self.wrong.append("a plan sent something that changes")
        if {name: inode.live for name, inode in self.world.disk.names.items()} != files:
            self.wrong.append("a plan wrote something")
