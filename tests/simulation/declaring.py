"""Edits of the configuration, as rules of a state machine: what is declared, and how it is kept."""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from simulation.judged import JudgedWorld
from simulation.stories import FEW

from reconciler.model.address import Address

AGAIN = Address("restore", "again")
_SECTIONS: Mapping[str, str] = {
    "backup": "backups",
    "restore": "restores",
    "import": "imports",
}
_BACKUPS = ("docs", "kept", "extra")
_IMPORTS = ("november", "december")
_LIFECYCLE = st.tuples(
    st.sampled_from(("refuse", "replace")),
    st.sampled_from(("keep", "delete")),
    st.sampled_from((False, False, False, True)),
)


class Declaring(RuleBasedStateMachine):
    """A configuration on its way; whoever edits a block may have to decide about its address."""

    def __init__(self) -> None:
        super().__init__()
        self.world = JudgedWorld(namespaces=FEW)
        self.blocks: dict[Address, str] = {}
        self._triggers: dict[str, set[str]] = {}

    @property
    def yaml(self) -> str:
        """Write the configuration as it is now."""
        return "".join(
            f"{section}:\n" + "".join(f"  {one.name}: {{{self.blocks[one]}}}\n" for one in found)
            for kind, section in _SECTIONS.items()
            if (found := sorted(one for one in self.blocks if one.kind == kind))
        )

    def _declare(self, kind: str, name: str, block: str) -> None:
        address = Address(kind, name)
        if self.blocks.get(address, block) != block:
            self.world.oracle.touched.add(address)
        self.blocks[address] = block

    @rule(
        name=st.sampled_from(_BACKUPS),
        about=st.sampled_from(("", "one", "two")),
        lifecycle=_LIFECYCLE,
    )
    def declare_backup(self, name: str, about: str, lifecycle: tuple[str, str, bool]) -> None:
        on_change, on_remove, prevents = lifecycle
        said = f", description: {about}" if about else ""
        held = str(prevents).lower()
        ends = f"{{on_change: {on_change}, on_remove: {on_remove}, prevent_destroy: {held}}}"
        self._declare("backup", name, f"index: docs-prod{said}, lifecycle: {ends}")

    @precondition(lambda self: any(one.kind == "backup" for one in self.blocks))
    @rule(
        tags=st.sampled_from(("{}", "{a: b}", "{a: c, x: y}")),
        protected=st.booleans(),
        on_remove=st.sampled_from(("keep", "delete")),
        data=st.data(),
    )
    def declare_restore(
        self, tags: str, on_remove: str, data: st.DataObject, *, protected: bool
    ) -> None:
        named = sorted(one.name for one in self.blocks if one.kind == "backup")
        source = data.draw(st.sampled_from(named), label="source")
        guard = "enabled" if protected else "disabled"
        self._declare(
            "restore",
            "again",
            f"from: {{backup: {source}}}, tags: {tags}, deletion_protection: {guard}"
            f", lifecycle: {{on_remove: {on_remove}}}",
        )

    @rule(
        name=st.sampled_from(_IMPORTS),
        trigger=st.sampled_from(("", "t1", "t2")),
        cancelled=st.sampled_from((False, False, True)),
    )
    def declare_import(self, name: str, trigger: str, *, cancelled: bool) -> None:
        uri = f"s3://b/{name}"
        runs = f", trigger: {trigger}" if trigger else ""
        ends = ", ensure: cancelled" if cancelled else ""
        triggers = self._triggers.setdefault(name, {trigger})
        if trigger not in triggers:
            self.world.oracle.imports_allowed[uri] += 1  # another trigger is another run
        triggers.add(trigger)
        self._declare("import", name, f"index: docs-prod, uri: {uri}{runs}{ends}")

    @precondition(lambda self: self.blocks)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        address = data.draw(st.sampled_from(sorted(self.blocks)), label="address")
        gone = {address}
        if f"{{backup: {address.name}}}" in self.blocks.get(AGAIN, ""):
            gone.add(AGAIN)
        for one in gone:
            del self.blocks[one]
        self.world.oracle.touched |= gone
