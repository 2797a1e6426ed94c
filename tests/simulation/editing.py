"""Edits of a configuration that holds every object on one line, as a person would make them."""

import json
import re
from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.model.values import JSON

_SECTIONS = {"backup": "backups", "restore": "restores", "import": "imports"}


def edited(yaml: str, name: str, key: str, value: str | None) -> str:
    """Set one key of an object, or take it out."""
    bare = re.sub(rf"({_start(name)}(?:.*?, )?){key}: [^,}}]+(, )?", r"\1", yaml)
    if value is None:
        return bare
    return re.sub(_start(name), lambda found: f"{found[0]}{key}: {value}, ", bare)


def renamed(yaml: str, name: str, new: str) -> str:
    """Give an object another key, and name it so wherever something is made from it."""
    return re.sub(_start(name), f"{new}: {{", yaml).replace(
        f"{{backup: {name}}}", f"{{backup: {new}}}"
    )


def made_from(yaml: str, name: str) -> set[Address]:
    """Give the restores that are made from the backup of that key."""
    found = re.findall(rf"^  (\S+): {{.*{{backup: {name}}}", yaml, flags=re.MULTILINE)
    return {Address("restore", one) for one in found}


def removed(yaml: str, address: Address) -> str:
    """Take an object out, and its section when it was the last one there."""
    bare = re.sub(rf"^  {_start(address.name)}.*\n", "", yaml, flags=re.MULTILINE)
    return re.sub(r"^\w+:\n(?!  )", "", bare, flags=re.MULTILINE)


def declared(yaml: str, address: Address, fields: Mapping[str, JSON]) -> str:
    """Add an object; what nobody knows of it is left out."""
    known = {key: value for key, value in fields.items() if value is not None}
    words = ", ".join(f"{key}: {json.dumps(value)}" for key, value in known.items())
    section = f"{_SECTIONS[address.kind]}:\n"
    whole = yaml if section in yaml else yaml + section
    return whole.replace(section, f"{section}  {address.name}: {{{words}}}\n")


def is_declared(yaml: str, name: str) -> bool:
    """Tell whether there is an object of that key."""
    return re.search(_start(name), yaml) is not None


def _start(name: str) -> str:
    return rf"(?<![\w-]){name}: {{"
