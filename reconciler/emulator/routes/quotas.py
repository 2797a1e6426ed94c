"""Quotas: how much a project may hold, and the code with which a version says that it is full."""

from reconciler.emulator.errors import Code, Refusal
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Ask


def refuse_index_beyond_quota(store: Store, ask: Ask) -> None:
    """Make sure that one more serverless or BYOC index fits; raises Refusal 403."""
    limit = ask.site.knobs.index_quota
    if sum(index.kind != "pod" for index in store.indexes.values()) >= limit:
        message = f"You've reached the max serverless indexes allowed in the project ({limit})."
        raise _beyond(message, ask)


def refuse_pods_beyond_quota(store: Store, more: int, ask: Ask) -> None:
    """Make sure that so many more pods fit; raises Refusal 403."""
    limit = ask.site.knobs.pod_quota
    pods = (index.settings["pods"] for index in store.indexes.values() if index.kind == "pod")
    beyond = sum(each for each in pods if isinstance(each, int)) + more - limit
    if more > 0 and beyond > 0:
        message = f"The index exceeds the project quota of {limit} pods by {beyond} pods."
        raise _beyond(message, ask)


def refuse_backup_beyond_quota(store: Store, ask: Ask) -> None:
    """Make sure that one more backup fits; raises Refusal 403."""
    limit = ask.site.knobs.backup_quota
    if len(store.backups) >= limit:
        raise _beyond(f"Backup quota exceeded: the project can hold {limit} backups.", ask)


def refuse_collection_beyond_quota(store: Store, ask: Ask) -> None:
    """Make sure that one more collection fits; raises Refusal 403."""
    limit, held = ask.site.knobs.collection_quota, len(store.collections)
    if held >= limit:
        message = f"Collection exceeds quota. Maximum allowed on your account is {limit}."
        raise _beyond(f"{message} Currently have {held}.", ask)


def _beyond(message: str, ask: Ask) -> Refusal:
    # 2026-07 no longer knows a code of its own for it.
    return Refusal(403, Code.FORBIDDEN if ask.version.is_last else Code.QUOTA_EXCEEDED, message)
