"""What has to be there still when a backup goes, whatever was there at the plan."""

from collections.abc import Sequence

from reconciler.engine.look import look
from reconciler.engine.run import Run
from reconciler.errors import GuardError, StalePlanError
from reconciler.model.change import Change
from reconciler.model.copies import source, stands_in
from reconciler.model.observed import Observed, Phase
from reconciler.model.state import Entry
from reconciler.model.values import JSON, integer


async def check_policy(run: Run, change: Change, entry: Entry, observed: Observed) -> None:
    """What a rule lets go needs enough Ready backups of the same policy and index beside it.

    They are asked for one by one, the newest first: a list of all backups for each delete would
    cost more than the deletes. Raises GuardError and StalePlanError.
    """
    for address in change.depends_on:
        pushing = run.recorder.state.entries.get(address)
        if pushing is not None and _source_of(pushing) != source(observed):
            raise StalePlanError.of(
                "index-anew",
                f"{change.address}: {address}, which was to take its place, is of another index "
                "of that name",
                "plan again: the backups of an index that is gone have their rules to themselves",
            )
    least = integer(change.pins.get("min_ready")) or 1
    found: list[Observed] = []
    for other in _siblings(run, entry, observed):
        seen = await look(run, other, other.remote_id)
        if seen is not None and seen.phase is Phase.READY and source(seen) == source(observed):
            found.append(seen)
        if len(found) >= least and _is_covered(observed, found):
            return
    raise GuardError.of(
        "last-backup",
        f"{change.address}: {len(found)} other backups of its policy and index are Ready: {least} "
        "must be, and one of them with records",
        "nothing permits this delete; the next plan keeps it for as long as that holds",
    )


def _siblings(run: Run, entry: Entry, observed: Observed) -> Sequence[Entry]:
    """Give the other backups that state holds of the same policy and index, the newest first."""
    found = [
        other
        for other in run.recorder.state.entries.values()
        if (other.owner, other.address.kind) == (entry.owner, entry.address.kind)
        and other.address != entry.address
        and other.phase is Phase.READY
        and _source_of(other) == source(observed)
    ]
    return sorted(found, key=_made_at, reverse=True)


def _made_at(entry: Entry) -> tuple[int, str]:
    return integer(entry.facts.get("created_at")) or 0, entry.remote_id


def _is_covered(observed: Observed, others: Sequence[Observed]) -> bool:
    empty = observed.facts.get("record_count") == 0
    return empty or any(stands_in(other, observed) for other in others)


def _source_of(entry: Entry) -> JSON:
    return entry.facts.get("source_index_id") or entry.fields.get("index")


def last_good(change: Change, why: str, where: str) -> GuardError:
    """Refuse to delete what nothing would take the place of."""
    return GuardError.of(
        "last-backup",
        f"{change.address}: {why}",
        f"--allow-last-backup {change.address} {where}permits it",
    )
