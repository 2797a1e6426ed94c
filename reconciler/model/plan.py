"""The plan: changes, their steps in order, and everything that text, JSON and exit code need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Standing
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Micros

FORMAT_VERSION = "1.0"
"""Version of the plan document; a minor is additive, a major is refused."""


class Operation(Enum):
    """What one step does."""

    ADOPT = "adopt"
    CREATE = "create"
    WAIT = "wait"
    VERIFY = "verify"
    UPDATE = "update"
    UNPROTECT = "unprotect"
    CANCEL = "cancel"
    DELETE = "delete"
    FORGET = "forget"


CHANGING = frozenset(set(Operation) - {Operation.WAIT, Operation.VERIFY})
"""Operations that change the project or what state owns; the others only look."""


class When(Enum):
    """Whether a step runs only after success, or always, to clean up."""

    ON_SUCCESS = "on_success"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and the steps that come before it."""

    id: str
    address: Address
    operation: Operation
    after: tuple[str, ...] = ()
    when: When = When.ON_SUCCESS
    remote_id: str | None = None  # of the object it acts on, where the entry's own is not meant


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the operator asked for and allowed beyond the defaults; part of the plan's identity."""

    deletes: bool = False
    max_removals: int | None = None
    last_backups: frozenset[Address] = frozenset()
    replace: frozenset[Address] = frozenset()
    missing: int | None = None
    take_over: bool = False
    empty: bool = False
    new_state: bool = False
    backup_quota: int | None = None
    targets: frozenset[str] = frozenset()  # patterns of the addresses that it is about
    excludes: frozenset[str] = frozenset()  # patterns of those that it is not about
    destroy: bool = False  # all that is managed is to go, whatever is declared
    expiry: bool = False  # what the rules of a policy let go may be deleted
    max_expiries: int | None = None  # of one index, in place of one more than was made of it


@dataclass(frozen=True, slots=True)
class Header:
    """What the plan was made of; `id` is its SHA-256, without times or sizes."""

    id: str
    tool: str
    api_base: str
    lineage: str | None
    configuration: str
    configuration_digest: str
    now: Micros
    state_file: str | None = None  # its name, while no lineage tells one state from another


@dataclass(frozen=True, slots=True)
class Quota:
    """The forecast of backups in the project."""

    now: int
    after: int
    allowed: int | None


@dataclass(frozen=True, slots=True)
class Care:
    """One way in which an object is looked after differently from now on, in state only."""

    address: Address
    path: str
    before: JSON
    after: JSON


class Ownership(Enum):
    """Whose a live object is that is not in state."""

    UNMANAGED = "unmanaged"
    ELSEWHERE = "managed elsewhere"  # it carries another state's marker
    DUPLICATE = "duplicate of ours"  # it carries our marker, but another object has its place


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live object that is not in state."""

    kind: str
    remote_id: str
    name: str
    ownership: Ownership


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer to "what would apply do"; the only source of text, JSON and exit code."""

    header: Header
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    refusals: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    moves: Mapping[Address, Address] = field(default_factory=dict)
    refreshes: tuple[Entry, ...] = ()  # entries whose declared care changed, nothing remote
    care: tuple[Care, ...] = ()  # what of that people want to see
    quota: Quota | None = None
    all_seen: bool = True  # whatever is in scope could be read
    left_out: int = 0  # addresses that are out of scope
    permissions: Permissions = Permissions()

    @property
    def complete(self) -> bool:
        """Whether it is about everything that is declared or managed, and could see all of it."""
        return self.all_seen and not self.left_out

    @property
    def is_refused(self) -> bool:
        """Whether a guard stops it."""
        return bool(self.refusals)

    @property
    def is_empty(self) -> bool:
        """Whether apply would do nothing and nobody needs to look, as far as the scope goes.

        Entries may still be brought up to date in ways that nobody decides about.
        """
        quiet = all(change.standing is Standing.UNCHANGED for change in self.changes)
        idle = not (self.steps or self.moves or self.care)
        return quiet and idle and self.all_seen and not self.is_refused

    def change(self, address: Address) -> Change:
        """Find the change of an address; raises KeyError."""
        for change in self.changes:
            if change.address == address:
                return change
        raise KeyError(address)


def change_of(changes: Sequence[Change], step: Step) -> Change:
    """Find the change that a step belongs to; deposed objects share their address."""
    if step.operation in {Operation.DELETE, Operation.UNPROTECT, Operation.FORGET}:
        ends = {Action.DELETE, Action.REPLACE, Action.FORGET, Action.CREATE}
        for change in changes:
            if change.action in ends and step.remote_id in {None, change.remote_id}:
                return change
    return changes[0]


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of the line `Plan: A to add, C to change, D to destroy`."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    cancel: int = 0
    adopt: int = 0
    forget: int = 0
    wait: int = 0
    unchanged: int = 0
    attention: int = 0
    withheld: int = 0
    unreadable: int = 0
    refused: int = 0
    unmanaged: int = 0
    elsewhere: int = 0
    duplicates: int = 0


def counts(plan: Plan) -> Counts:
    """Count a plan; a replacement counts as one to add and one to destroy."""
    actions = [change.action for change in plan.changes if change.standing is Standing.PLANNED]
    standings = [change.standing for change in plan.changes]
    owners = [item.ownership for item in plan.unmanaged]
    replaced = actions.count(Action.REPLACE)
    ends = {Action.CREATE, Action.WAIT}
    transient = sum(
        1
        for change in plan.changes
        if change.transient and change.action in ends and change.standing is Standing.PLANNED
    )
    return Counts(
        add=actions.count(Action.CREATE) + replaced,
        change=actions.count(Action.UPDATE),
        destroy=actions.count(Action.DELETE) + replaced + transient,
        cancel=actions.count(Action.CANCEL),
        adopt=actions.count(Action.ADOPT),
        forget=actions.count(Action.FORGET),
        wait=actions.count(Action.WAIT),
        unchanged=standings.count(Standing.UNCHANGED),
        attention=standings.count(Standing.ATTENTION),
        withheld=standings.count(Standing.WITHHELD),
        unreadable=standings.count(Standing.UNREADABLE),
        refused=standings.count(Standing.REFUSED),
        unmanaged=owners.count(Ownership.UNMANAGED),
        elsewhere=owners.count(Ownership.ELSEWHERE),
        duplicates=owners.count(Ownership.DUPLICATE),
    )
