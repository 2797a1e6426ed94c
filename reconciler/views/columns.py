"""Which columns the table of each resource has, and how their cells are written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconciler.model.values import SECOND, Fields, Micros, integer, text
from reconciler.views.tables import Column
from reconciler.views.words import age, duration, percent, size

_ABSENT: Final = "-"
_SHORT_ID: Final = 9  # eight letters of a UUID, which `get` takes for the whole, and the mark
_SHORT: Final = 8


def _words(*keys: str) -> Callable[[Fields, Micros], str]:
    """Write what is known of some facts one after the other: `dense 1536 cosine`."""

    def cell(item: Fields, _now: Micros) -> str:
        found = (item.get(key) for key in keys)
        return " ".join(f"{one}" for one in found if one not in (None, "")) or _ABSENT

    return cell


def _count(key: str) -> Callable[[Fields, Micros], str]:
    def cell(item: Fields, _now: Micros) -> str:
        found = integer(item.get(key))
        return _ABSENT if found is None else f"{found:,}"

    return cell


def _size(item: Fields, _now: Micros) -> str:
    found = integer(item.get("size_bytes"))
    return _ABSENT if found is None else size(found)


def _age(item: Fields, now: Micros) -> str:
    found = integer(item.get("created_at"))
    return _ABSENT if found is None else age(found, now).removesuffix(" ago")


def _done(item: Fields, _now: Micros) -> str:
    found = item.get("percent")
    return percent(found) if isinstance(found, float) else _ABSENT


def _took(item: Fields, _now: Micros) -> str:
    """Say how long a job took that is over."""
    begun, ended = integer(item.get("created_at")), integer(item.get("completed_at"))
    if begun is None or ended is None or ended < begun:
        return _ABSENT
    return duration((ended - begun) / SECOND)


def _protected(item: Fields, _now: Micros) -> str:
    return "yes" if text(item.get("deletion_protection")) == "enabled" else "no"


_NAME: Final = Column("NAME", _words("name"), least=_SHORT, rank=1)
_STATUS: Final = Column("STATUS", _words("status"), least=_SHORT, rank=1)
_RECORDS: Final = Column("RECORDS", _count("record_count"), right=True, least=_SHORT, rank=2)
_SIZE: Final = Column("SIZE", _size, right=True, least=_SHORT, rank=2)
_AGE: Final = Column("AGE", _age, right=True, least=_SHORT, rank=2)
_DONE: Final = Column("DONE", _done, right=True, least=_SHORT, rank=2)

COLUMNS: Final[Mapping[str, Sequence[Column]]] = {
    "indexes": (
        _NAME,
        Column("STATE", _words("state"), least=_SHORT, rank=1),
        Column("VECTORS", _words("vector_type", "dimension", "metric"), least=_SHORT),
        Column("WHERE", _words("cloud", "region", "environment"), least=_SHORT),
        Column("PROTECTED", _protected),
    ),
    "backups": (
        _NAME,
        Column("INDEX", _words("source_index_name"), least=_SHORT, rank=1),
        _STATUS,
        _RECORDS,
        _SIZE,
        _AGE,
        Column("ID", _words("backup_id"), least=_SHORT_ID),
    ),
    "restore-jobs": (
        Column("INDEX", _words("target_index_name"), least=_SHORT, rank=1),
        _STATUS,
        _DONE,
        Column("TOOK", _took, right=True, least=_SHORT, rank=2),
        _AGE,
        Column("BACKUP", _words("backup_id"), least=_SHORT_ID),
        Column("ID", _words("restore_job_id"), least=_SHORT_ID),
    ),
    "imports": (
        Column("ID", _words("id"), least=_SHORT_ID),
        Column("URI", _words("uri"), least=_SHORT, tail=True),
        _STATUS,
        _DONE,
        Column("RECORDS", _count("records"), right=True, least=_SHORT, rank=2),
        _AGE,
    ),
    "collections": (
        _NAME,
        _STATUS,
        _RECORDS,
        _SIZE,
        Column("DIMENSION", _count("dimension"), right=True, least=_SHORT, rank=2),
        Column("ENVIRONMENT", _words("environment"), least=_SHORT),
    ),
    "models": (
        Column("MODEL", _words("model"), least=_SHORT, rank=1),
        Column("TYPE", _words("type"), least=_SHORT),
        Column("VECTORS", _words("vector_type", "default_dimension"), least=_SHORT),
        Column("TOKENS", _count("max_sequence_length"), right=True, least=_SHORT, rank=2),
        Column("BATCH", _count("max_batch_size"), right=True, least=_SHORT, rank=2),
        Column("PROVIDER", _words("provider_name"), least=_SHORT),
    ),
}
