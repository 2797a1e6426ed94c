"""What a configuration may cost to read: pull requests are untrusted, so every size has an end."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; per file where nothing else is said."""

    nodes: int = 100_000  # values after the expansion of aliases
    depth: int = 64
    digits: int = 64  # of one number
    file_bytes: int = 10 * MEBIBYTE  # and characters after the expansion of aliases
    total_bytes: int = 64 * MEBIBYTE  # of all files together
    files: int = 1_000
