"""The sentences of everything that can go wrong with state files.

State is what stands between a run and a second backup, so each sentence names the file and each
hint says what to do with it. Nothing here suggests deleting state.
"""

import errno

from reconciler.errors import LockedError, StaleStateError, StateError, UnsavedError
from reconciler.model.diagnostic import Diagnostic
from reconciler.statefile.store import Holder, Position

_RECOVER = (
    "restore the file from a copy of yours; without one, move it away, and "
    "`reconciler state rebuild` recovers what markers prove"
)
_HINTS = {
    errno.ENOSPC: "free some space on that disk, then run again",
    errno.EDQUOT: "free some space in that quota, then run again",
    errno.EACCES: "give this user the right to read and write the file and its folder",
    errno.EPERM: "give this user the right to read and write the file and its folder",
    errno.EROFS: "put the state where it can be written: --state PATH",
    errno.ELOOP: "name the file itself, not a symbolic link to it: --state PATH",
    errno.ENOLCK: "put the state on a local disk, where files can be locked: --state PATH",
    errno.EOPNOTSUPP: "put the state on a local disk, where files can be locked: --state PATH",
}


def io_failed(error: OSError, reference: str, doing: str) -> StateError:
    """Turn a failed step on a file into a StateError; `doing` reads like `write state/a.json`."""
    cause = error.strerror or type(error).__name__
    hint = _HINTS.get(error.errno or 0, "check the path and the disk, then run again")
    return StateError(Diagnostic(reference, f"cannot {doing}: {cause}", hint))


def empty(path: str) -> StateError:
    """Say that a file has no bytes, which no run ever leaves behind."""
    return StateError(
        Diagnostic(
            "state-empty", f"{path} is empty: that is damage, not a state without entries", _RECOVER
        )
    )


def damaged(path: str, finding: str) -> StateError:
    """Say what in a file does not check out."""
    return StateError(Diagnostic("state-damaged", f"{path} is damaged: {finding}", _RECOVER))


def newer_format(path: str, found: str) -> StateError:
    """Say that a file has a format that this version does not know."""
    return StateError(
        Diagnostic(
            "state-newer-format",
            f"{path} has format {found}: it was written by a newer reconciler",
            "run the version of reconciler that wrote it, or a later one; the file is untouched",
        )
    )


def older_format(path: str, found: str) -> StateError:
    """Say that a file has a format that no version writes any more, and this one does not read."""
    return StateError(
        Diagnostic(
            "state-older-format",
            f"{path} has format {found}: it was written by an earlier reconciler",
            "run the version of reconciler that wrote it, or move the file away: "
            "`reconciler state rebuild` recovers what markers prove; the file is untouched",
        )
    )


def orphaned(journal: str, checkpoint: str, base: Position) -> StateError:
    """Say that a journal does not fit the checkpoint beside it, or that there is none."""
    return StateError(
        Diagnostic(
            "state-journal-orphaned",
            f"{journal} continues a version of {checkpoint} (sequence {base.sequence}) "
            "that is not there",
            f"put back the {checkpoint} that belongs to it, or move both files away and run "
            "`reconciler state rebuild`, which recovers what markers prove",
        )
    )


def stale(path: str, known: Position, found: Position | None) -> StaleStateError:
    """Say that somebody else wrote; `found` is None when only that much is known."""
    now = "" if found is None else f", now {found.sequence}"
    return StaleStateError(
        Diagnostic(
            "state-stale",
            f"{path} moved on since this run read it (sequence {known.sequence}{now})",
            "another run wrote to it: run again, from what it left",
        )
    )


def locked(path: str, holder: Holder | None) -> LockedError:
    """Say who holds the lock; None when the holder's note cannot be read."""
    if holder is None:
        summary = f"{path} is locked by another run"
    else:
        job = f", {holder.job}" if holder.job else ""
        summary = (
            f"{path} is locked by {holder.who} on {holder.host} (process {holder.pid}) "
            f"since {holder.since} for {holder.operation}{job} [lock {holder.lock_id}]"
        )
    hint = (
        "wait for that run, as --lock-timeout 10m does, or end its process: the lock is free as"
        " soon as the process is gone"
    )
    return LockedError(Diagnostic("state-locked", summary, hint))


def not_locked(path: str) -> StateError:
    """Say that this run may not write, since it does not hold the lock."""
    return StateError(
        Diagnostic("state-not-locked", f"this run does not hold the lock of {path}", "run again")
    )


def wrong_lock(path: str, wanted: str, holder: Holder | None) -> StateError:
    """Say that a lock to be taken over is not the one that is there."""
    found = "no holder is recorded" if holder is None else f"the lock is {holder.lock_id}"
    return StateError(
        Diagnostic(
            "state-lock-mismatch",
            f"{path} is not locked with id {wanted}: {found}",
            "use the lock id that the error about the lock shows; a lock without holder is free",
        )
    )


def unusable(path: str) -> StateError:
    """Say that an earlier write failed, so that no later one can be trusted."""
    return StateError(
        Diagnostic(
            "state-not-saved",
            f"{path} could not be saved earlier in this run, so nothing more is written to it",
            "mend the cause of the first error, then run again",
        )
    )


def unsaved(failure: StateError, count: int, kept: str | None, document: str) -> UnsavedError:
    """Say where the records are that could not be saved; `kept` None: nowhere but in `document`."""
    records = "1 record" if count == 1 else f"{count} records"
    where = "no file could be written for them, so they follow here"
    told = Diagnostic(
        "state-unsaved",
        f"{records} of what this run did could not be saved; "
        f"{where if kept is None else f'a copy is in {kept}'}",
        "keep the copy until an apply has succeeded; that apply finds by itself what was made: "
        "every create was written down before it was sent",
    )
    return UnsavedError(*failure.diagnostics, told, document=document if kept is None else "")
