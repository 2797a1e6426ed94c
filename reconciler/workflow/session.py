"""What every use case opens: the API, the state with or without its lock, and the binding."""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath

from reconciler import __version__
from reconciler.api.client import Api, Target
from reconciler.api.hosts import base_url
from reconciler.engine.observe import Subject
from reconciler.engine.recorder import Recorder
from reconciler.engine.run import Limits, Run, Stop
from reconciler.errors import StateError
from reconciler.model import records
from reconciler.model.desired import Configuration
from reconciler.model.event import Event
from reconciler.model.kind import Kind, World
from reconciler.model.plan import Permissions
from reconciler.model.ports import Ports
from reconciler.model.state import Binding, State
from reconciler.planning.given import Given
from reconciler.settings import Settings
from reconciler.statefile.local import LocalStore
from reconciler.statefile.rescue import rescue
from reconciler.statefile.store import Holder
from reconciler.workflow.hold import StateHold, read_state


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this, for whoever waits for the lock."""

    user: str
    host: str
    pid: int


UNKNOWN_OPERATOR = Operator("unknown", "unknown", 0)


@dataclass(frozen=True, slots=True)
class Session:
    """One run's surroundings; the use cases add what they do."""

    settings: Settings
    ports: Ports
    kinds: Mapping[str, Kind]
    configuration: Configuration
    permissions: Permissions
    on_event: Callable[[Event], None]
    stop: Stop
    operator: Operator = UNKNOWN_OPERATOR

    @property
    def base(self) -> str:
        """The API base URL, checked; raises GuardError."""
        return base_url(self.settings.api_url, self.settings.allow_hosts)

    @property
    def state_file(self) -> str:
        """The name of the state's file; its folder may be another on the next machine."""
        return PurePath(self.settings.state_path).name

    def api(self) -> Api:
        """Build the client."""
        settings = self.settings
        target = Target(
            self.base, settings.api_version, settings.allow_hosts, settings.request_seconds
        )
        return Api(target, self.ports)

    def store(self) -> LocalStore:
        """Open the store that the settings name."""
        ports = self.ports
        return LocalStore(self.settings.state_path, ports.disk, ports.clock, ports.random)

    def subject(self, state: State) -> Subject:
        """Say what is to be observed."""
        configuration = self.configuration
        if self.permissions.destroy:  # what is declared is not made, and need not be sized up
            configuration = replace(configuration, desired={})
        return Subject(self.kinds, configuration, state, self.permissions.replace)

    def given(self, state: State, world: World, project: str | None) -> Given:
        """Put together what planning is given."""
        return Given(
            configuration=self.configuration,
            state=state,
            world=world,
            kinds=self.kinds,
            permissions=self.permissions,
            api_base=self.base,
            tool=__version__,
            settle_window=self.settings.settle_window,
            project=project,
            state_file=self.state_file,
        )

    def run(self, api: Api, recorder: Recorder) -> Run:
        """Put together what the engine's steps are given."""
        settings = self.settings
        limits = Limits(
            settle_window=settings.settle_window,
            timeout_seconds=settings.timeout_seconds,
            verify_seconds=settings.verify_seconds,
            poll_seconds=settings.poll_seconds,
            parallelism=settings.parallelism,
            request_seconds=settings.request_seconds,
            wait=settings.wait,
            timeouts=settings.timeouts,
        )
        return Run(
            api=api,
            clock=self.ports.clock,
            random=self.ports.random,
            recorder=recorder,
            kinds=self.kinds,
            limits=limits,
            on_event=self.on_event,
            stop=self.stop,
        )

    @asynccontextmanager
    async def locked(self, operation: str) -> AsyncIterator[Recorder]:
        """Hold the state's lock, and leave one whole document behind at a clean end.

        Raises UnsavedError when something was done that could not be saved.
        """
        store = self.store()
        wait_seconds = self.settings.lock_seconds
        hold = StateHold(store, lambda: self.holder(operation), self.on_event, wait_seconds)
        try:
            recorder = Recorder(store, *await hold.begin(), hold)
            try:
                yield recorder
            finally:
                self._keep_unsaved(recorder)
            recorder.compact()
        except BaseException:
            with suppress(StateError):  # the first failure counts; the process's end frees the lock
                hold.give_back()
            raise
        hold.give_back()

    def _keep_unsaved(self, recorder: Recorder) -> None:
        if not isinstance(recorder.failure, StateError) or not recorder.unsaved:
            return
        path = PurePath(self.settings.state_path)
        name = f"unsaved-{self.ports.random.take(8).hex()}.json"
        elsewhere = PurePath(self.settings.temporary_folder) / f"reconciler-{path.name}.{name}"
        places = (f"{path}.{name}", str(elsewhere))
        raise rescue(self.ports.disk, recorder.failure, recorder.unsaved, places)

    def holder(self, operation: str) -> Holder:
        """Write the note for whoever waits for the lock."""
        since = datetime.fromtimestamp(self.ports.clock.now() / 1_000_000, UTC)
        return Holder(
            lock_id=str(uuid.UUID(bytes=self.ports.random.take(16), version=4)),
            who=self.operator.user,
            host=self.operator.host,
            pid=self.operator.pid,
            operation=operation,
            since=since.isoformat(timespec="seconds").replace("+00:00", "Z"),
            job=self.settings.job_url,
            version=__version__,
        )

    async def bind(self, recorder: Recorder, project: str | None) -> None:
        """Bind a new state to what it belongs to, and an unfinished binding to its project."""
        bound = recorder.state.binding
        if bound is None:
            lineage = str(uuid.UUID(bytes=self.ports.random.take(16), version=4))
            binding = Binding(lineage, self.base, self.configuration.name, project)
        elif bound.project is None and project is not None:
            binding = replace(bound, project=project)
        else:
            return
        await recorder.save(records.bind(binding))


def existing_state(session: Session) -> State:
    """Read a state that must be there; raises StateError, since a wrong path looks like calm."""
    loaded = session.store().load()
    if not loaded.position.sequence:
        path = session.settings.state_path
        hint = "--state FILE or -w NAME names another one; the first apply makes it"
        raise StateError.of("state-missing", f"there is no state at {path}", hint)
    return read_state(loaded)
