"""The bytes of state: a readable checkpoint, and a journal that proves itself.

A journal is a row of frames, two lines each::

    journal1 LENGTH PREVIOUS HASH CHECK        CHECK covers this line
    {"nonce":..,"previous":..,"records":[..],"sequence":..}        HASH covers this line

The header has its own check since a flipped length would otherwise pass for a torn tail and drop
acknowledged records in silence. The first frame is put in place by a rename, so only later ones
can be torn, and of these only the last: it ends too soon, or a power loss has left zeros for a
block of it. No frame holds a zero, and no flipped bit makes a row of them.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

from reconciler.model.values import JSON, Fields, canonical, integer, mapping, text
from reconciler.statefile.failures import damaged, empty, newer_format, older_format, orphaned
from reconciler.statefile.store import ORIGIN, Loaded, Position

FORMAT = 2
"""Of sealed documents. The seal of the first covered what they say, this one covers their bytes."""
_MAGIC = b"journal1 "
_BLOCK_BYTES = 512  # the least that a disk writes whole or not at all
_HASH = re.compile(r"[0-9a-f]{64}")
_NO_HASH = "0" * 64
# Only a key of the document itself is indented by two; no text holds the end of a line.
_SEAL = re.compile(rb'(\n  "sha256": ")([0-9a-f]{64})(?=")')
_HEADER = re.compile(rb"journal1 ([0-9]{10}) ([0-9a-f]{64}) ([0-9a-f]{64}) [0-9a-f]{16}\n")
_OTHER_FORMAT = re.compile(rb"journal([0-9]+) ")


@dataclass(frozen=True, slots=True)
class Frame:
    """One append: where the log stands after it, and its records."""

    position: Position
    records: tuple[Fields, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal: the position it stands on, its whole frames, and how many bytes those take."""

    base: Position
    frames: tuple[Frame, ...]
    good_bytes: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint: where the log stood, and the state there."""

    position: Position
    state: Fields


def encode_checkpoint(checkpoint: Checkpoint, tool: str) -> bytes:
    """Encode as one JSON document; `tool` names the writer, like `reconciler 1.2.3`."""
    at = checkpoint.position
    return _sealed(
        {
            "format": FORMAT,
            "tool": tool,
            "position": {"sequence": at.sequence, "hash": at.hash},
            "state": checkpoint.state,
        }
    )


def decode_checkpoint(data: bytes, path: str) -> Checkpoint:
    """Read what `encode_checkpoint` wrote; StateError for anything else, `path` is for its text."""
    if not data:
        raise empty(path)
    try:
        document: JSON = json.loads(
            data.decode("utf-8", "surrogatepass"), parse_constant=_no_json, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise damaged(path, "it is not JSON") from error
    found = mapping(document)
    number = integer(found.get("format"))
    if number is not None and number != FORMAT:
        raise (older_format if number < FORMAT else newer_format)(path, str(number))
    position, state = _position(mapping(found.get("position"))), found.get("state")
    if (
        found.keys() != {"format", "tool", "position", "state", "sha256"}
        or number is None
        or position is None
        or not isinstance(state, dict)
    ):
        raise damaged(path, "it is not a state file")
    if not _is_sealed(data):
        raise damaged(path, "its checksum does not fit: it was changed by something else")
    return Checkpoint(position, state)


def _sealed(rest: Fields, *, ascii_only: bool = False) -> bytes:
    """Encode for reading, with a checksum of all bytes but its own digits, as if those were 0.

    Equal values give equal bytes.
    """
    open_bytes = _pretty({**rest, "sha256": _NO_HASH}, ascii_only=ascii_only)
    return _SEAL.sub(rb"\g<1>" + _hashed(open_bytes), open_bytes, count=1)


def _is_sealed(data: bytes) -> bool:
    seal = _SEAL.search(data)
    if seal is None:
        return False
    return seal[2] == _hashed(data[: seal.start(2)] + _NO_HASH.encode() + data[seal.end(2) :])


def _hashed(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _finite(number: str) -> float:
    return found if isfinite(found := float(number)) else _no_json(number)


def encode_frame(at: Position, nonce: str, records: Sequence[Fields]) -> tuple[Position, bytes]:
    """Encode one append after `at`: the position it leads to, and its bytes."""
    sequence = at.sequence + 1
    value: Fields = {
        "sequence": sequence,
        "previous": at.hash,
        "nonce": nonce,
        "records": list(records),
    }
    payload = canonical(value) + b"\n"
    hashed = hashlib.sha256(payload).hexdigest()
    return Position(sequence, hashed), _header(len(payload), at.hash, hashed) + payload


def decode_journal(data: bytes, path: str) -> Journal:
    """Read the whole frames of a journal, dropping a torn last one; StateError for damage."""
    if not data:
        raise empty(path)
    written = data.rstrip(b"\0")  # no frame ends so: after a power loss a file may be longer only
    if not written:
        raise damaged(path, "it holds nothing but zeros")
    data = written
    frames: list[Frame] = []
    base = end = ORIGIN
    offset = 0
    last = data.rfind(b"\n" + _MAGIC) + 1  # where the last header that can be read begins
    while offset < len(data):
        if frames and offset >= last and _has_hole(data, offset):
            break
        size = _frame_bytes(data, offset, path, end if frames else None)
        if size is None:
            break
        previous, frame = _frame(data[offset : offset + size], path)
        if not frames:
            base = end = previous
        if previous != end:
            raise damaged(path, f"the frame at byte {offset} does not follow the one before it")
        frames.append(frame)
        end = frame.position
        offset += size
    return Journal(base, tuple(frames), offset)


def join(checkpoint: Checkpoint | None, journal: Journal | None, path: str, beside: str) -> Loaded:
    """Put a checkpoint and the journal `beside` it together; StateError when they do not fit.

    A crash between compacting and removing the journal leaves one that began before the checkpoint:
    what comes after the checkpoint's position counts, and the rest is in the checkpoint already.
    """
    stands = ORIGIN if checkpoint is None else checkpoint.position
    state = None if checkpoint is None else checkpoint.state
    if journal is None:
        return Loaded(stands, state, ())
    chain = (journal.base, *(frame.position for frame in journal.frames))
    # A journal born without checkpoint begins at ORIGIN; where a checkpoint is missing under any
    # other, the chain does not contain ORIGIN.
    if stands not in chain:
        raise orphaned(beside, path, journal.base)
    later = journal.frames[chain.index(stands) :]
    records = tuple(record for frame in later for record in frame.records)
    return Loaded(chain[-1], state, records)


def emergency(records: Sequence[Fields]) -> bytes:
    """Encode records that could not be saved, to be kept elsewhere: ASCII, fit for a terminal."""
    found: Fields = {
        "format": FORMAT,
        "note": "reconciler could not save these records of acknowledged changes to its state",
        "records": list(records),
    }
    return _sealed(found, ascii_only=True)


def _pretty(value: JSON, *, ascii_only: bool) -> bytes:
    shown = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=ascii_only, allow_nan=False)
    return (shown + "\n").encode("utf-8", "surrogatepass")


def _position(fields: Fields) -> Position | None:
    """Read a position, None when it is none; no checkpoint ever stands at ORIGIN."""
    sequence, hashed = integer(fields.get("sequence")), text(fields.get("hash"))
    if fields.keys() != {"sequence", "hash"} or sequence is None or sequence < 1:
        return None
    return Position(sequence, hashed) if _HASH.fullmatch(hashed) else None


def _header(length: int, previous: str, hashed: str) -> bytes:
    """Build the first line of a frame."""
    start = _MAGIC + f"{length:010} {previous} {hashed} ".encode()
    return start + hashlib.sha256(start).hexdigest()[:16].encode() + b"\n"


_HEADER_BYTES = len(_header(0, ORIGIN.hash, ORIGIN.hash))


def _frame_bytes(data: bytes, offset: int, path: str, end: Position | None) -> int | None:
    """Give the size of the frame at an offset, None when it is torn; `end` None: the first."""
    header = data[offset : offset + _HEADER_BYTES]
    other = _OTHER_FORMAT.match(header)
    if other and not header.startswith(_MAGIC):
        raise newer_format(path, other[1].decode())
    if len(header) < _HEADER_BYTES:
        if end is None or not _begins_header(header, end):
            raise damaged(path, f"the frame at byte {offset} is cut off or changed")
        return None
    parts = _checked(header)
    if parts is None:
        raise damaged(path, f"the header at byte {offset} does not check out")
    size = _HEADER_BYTES + int(parts[1])
    if offset + size <= len(data):
        return size
    if end is None:
        raise damaged(path, "its first frame is cut off")
    return None


def _checked(header: bytes) -> re.Match[bytes] | None:
    """Read a header, None when its check does not fit."""
    parts = _HEADER.fullmatch(header)
    if not parts or header != _header(int(parts[1]), parts[2].decode(), parts[3].decode()):
        return None
    return parts


def _has_hole(data: bytes, offset: int) -> bool:
    """Tell whether a block's whole share of a frame is zeros; of its header, if that is unknown."""
    parts = _checked(data[offset : offset + _HEADER_BYTES])
    stop = min(offset + _HEADER_BYTES + (int(parts[1]) if parts else 0), len(data))
    blocks = range(offset - offset % _BLOCK_BYTES, stop, _BLOCK_BYTES)
    shares = (data[max(offset, at) : min(at + _BLOCK_BYTES, stop)] for at in blocks)
    return any(not share.strip(b"\0") for share in shares)


def _begins_header(begun: bytes, end: Position) -> bool:
    """Tell whether bytes are the beginning of a header of the frame after `end`."""
    parts = _HEADER.fullmatch(begun + _header(0, end.hash, end.hash)[len(begun) :])
    return parts is not None and parts[2].decode() == end.hash


def _frame(data: bytes, path: str) -> tuple[Position, Frame]:
    """Read one whole frame whose header checks out: the position it stands on, and itself."""
    parts = _HEADER.match(data)
    payload = data[_HEADER_BYTES:]
    hashed = hashlib.sha256(payload).hexdigest()
    if parts is None or parts[3].decode() != hashed:
        raise damaged(path, "the records of a frame do not check out")
    try:
        fields = mapping(json.loads(payload.decode("utf-8", "surrogatepass")))
    except (ValueError, RecursionError) as error:
        raise damaged(path, "a frame is not JSON") from error
    sequence, records = integer(fields.get("sequence")), fields.get("records")
    previous = text(fields.get("previous"))
    if sequence is None or not isinstance(records, list) or previous != parts[2].decode():
        raise damaged(path, "a frame is not a row of records")
    if not all(isinstance(record, dict) for record in records):
        raise damaged(path, "a frame holds something that is no record")
    return Position(sequence - 1, previous), Frame(Position(sequence, hashed), tuple(records))
