"""Letters that nobody who reviews a file can see, or that turn round what is seen.

No file and no value of a configuration may hold one; what the API holds may.
"""

import re
from typing import Final

INVISIBLE: Final = (
    r"\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
"""The inside of a character class of regular expressions."""

_HIDDEN = re.compile(rf"[\x00-\x08\x0b-\x1f{INVISIBLE}]")


def hidden(value: str) -> str:
    """Give the first letter that a value must not hold, empty where there is none."""
    found = _HIDDEN.search(value)
    return "" if found is None else found[0]


def visible(value: str) -> str:
    """Give what people see of a text: its lines, without letters that nobody sees."""
    lines = "\n".join(value.splitlines())
    return _HIDDEN.sub(lambda found: " " if found[0].isspace() else "", lines).strip()
