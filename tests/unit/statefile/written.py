"""A checkpoint and the frames of a journal, as the codec writes them."""

from reconciler.model.values import Fields
from reconciler.statefile.codec import (
    Checkpoint,
    encode_checkpoint,
    encode_frame,
)
from reconciler.statefile.store import ORIGIN, Position

STATE: Fields = {"entries": {"backup.a": {"id": "b1", "tags": {"ä": "ü"}, "n": 1.5}}, "on": True}
BATCHES: list[list[Fields]] = [[{"n": 1}], [{"n": 2}, {"n": 3}], [{"text": "line\nbreak"}]]
AT = Position(7, "a" * 64)


def checkpoint_bytes(state: Fields = STATE) -> bytes:
    return encode_checkpoint(Checkpoint(AT, state), "reconciler 0.1.0")


def frames(at: Position = ORIGIN, batches: list[list[Fields]] = BATCHES) -> list[bytes]:
    found = []
    for number, batch in enumerate(batches):
        at, data = encode_frame(at, f"{number:016x}", batch)
        found.append(data)
    return found
