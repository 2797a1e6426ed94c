"""Real time and real randomness, the only place of the emulator's core that touches either.

They are defaults only: whoever needs every run to be the same passes sources of their own to
`Emulator`.
"""

import time
import uuid


def wall_clock() -> int:
    """Return the machine's time in UTC microseconds."""
    return time.time_ns() // 1_000


def random_id() -> str:
    """Return a new random UUID, in the form of the service's ids."""
    return str(uuid.uuid4())
