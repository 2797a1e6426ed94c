"""What GitLab shows beside a merge request: the three numbers of its `reports:terraform`."""

from reconciler.model.plan import Plan, counts
from reconciler.model.values import Fields


def report(plan: Plan) -> Fields:
    """Give the report; whatever ends our care for an object counts as deleted.

    GitLab knows no cancels and forgets, and a reviewer must not read `0 to delete` over them.
    """
    found = counts(plan)
    ended = found.destroy + found.cancel + found.forget
    return {"create": found.add, "update": found.change, "delete": ended}
