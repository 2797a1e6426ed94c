"""Untrusted text inside our sentences: on one line, cut where it is long, without secrets.

A configuration may hold a URI with a password by mistake; the error about it must not print it
into the log of a pipeline.
"""

import json
import re

from reconciler.config.document import Path

_LONGEST = 80
_USER_INFO = re.compile(r"(?<=://)[^\s\"]*@")
_QUERY = re.compile(r"\?[^\s\"]*")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")


def quote(value: object) -> str:
    """Show a value as JSON on one line."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    if "://" in shown:
        shown = _QUERY.sub("?***", _USER_INFO.sub("***@", shown))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def label(path: Path) -> str:
    """Write a path as people say it, for example `backups.docs.index` or `moved[0].from`."""
    return "".join(map(_step, path)).removeprefix(".") or "the file"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step if _PLAIN_KEY.fullmatch(step) else quote(step)}"
