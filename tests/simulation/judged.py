"""A world in which every plan is shown to a judge, before anything of it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulation.world import PROCESS, Process, World

from reconciler.model.plan import Permissions, Plan
from reconciler.workflow.apply import Applied, apply


@dataclass
class JudgedWorld(World):
    """What `judge` thinks of a plan keeps nobody from carrying it out."""

    judge: Callable[[str, Permissions, Plan], None] = lambda _yaml, _allowed, _plan: None

    def plan(
        self,
        yaml: str,
        permissions: Permissions | None = None,
        process: Process | None = None,
        **settings: Any,  # noqa: ANN401 - whatever the settings take
    ) -> Plan:
        """Plan in a process of its own."""
        found = super().plan(yaml, permissions, process, **settings)
        self._show(yaml, permissions or Permissions(), process, found)
        return found

    def apply(
        self,
        yaml: str,
        permissions: Permissions | None = None,
        process: Process | None = None,
        **settings: Any,  # noqa: ANN401 - whatever the settings take
    ) -> Applied:
        """Apply in a process of its own."""
        allowed = permissions or Permissions()

        def approve(plan: Plan) -> bool:
            self._show(yaml, allowed, process, plan)
            return not self.decline

        return self.process(apply(self.session(yaml, allowed, process, **settings), approve))

    def _show(self, yaml: str, allowed: Permissions, by: Process | None, found: Plan) -> None:
        """Show it, unless it is the plan of somebody else, with a state of their own."""
        if by is None or by.name == PROCESS:
            self.judge(yaml, allowed, found)
