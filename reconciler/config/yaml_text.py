"""YAML for people to read and to paste: block style, keys in the order of the value."""

import re

import yaml

from reconciler.config.scalars import resolve
from reconciler.model.values import JSON

_UNLIMITED = 2**31
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*")


class _Dumper(yaml.SafeDumper):
    """Puts between double quotes whatever could be more than text.

    YAML 1.1 and YAML 1.2 differ in that (`1e5` is text in one of them only), and whoever reads the
    lines as a log sees orders in some of it.
    """


def dump(value: JSON, *, escaped: bool = True) -> str:
    """Write a value as YAML; text that is not ASCII is quoted, and escaped unless told not to."""
    written: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=not escaped,
        default_flow_style=False,
        width=_UNLIMITED,
    )
    return written


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if _is_plain(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_plain(text: str) -> bool:
    try:
        return bool(_HARMLESS.fullmatch(text)) and isinstance(resolve(text, len(text)), str)
    except ValueError:
        return False


_Dumper.add_representer(str, _text)
