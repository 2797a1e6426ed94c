"""Live objects for people, as tables and one by one, and for programs in the normal form."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.model.moment import rfc3339
from reconciler.model.observed import Marker, Phase
from reconciler.model.values import JSON, Fields, Micros, integer, text
from reconciler.views.columns import COLUMNS
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.tables import Paper, table
from reconciler.views.words import age, number, percent, size, value

_STYLES: Final = {Phase.RUNNING.value: Style.CHANGE, Phase.FAILED.value: Style.REMOVE}


def document(items: Sequence[Fields]) -> list[JSON]:
    """Give objects in the normal form, with times as RFC 3339 writes them."""
    return [_document(item) for item in items]


def listing(name: str, items: Sequence[Fields], paper: Paper) -> list[Line]:
    """Give a table of objects; nothing, not even a head, where there are none."""
    return table(COLUMNS[name], items, paper, style) if items else []


def none(name: str) -> list[Line]:
    """Say that there is nothing to show."""
    return [Line(f"There are no {name.replace('-', ' ')}.", Style.QUIET)]


def details(item: Fields, paper: Paper) -> list[Line]:
    """Give all that is known of one object, a line for each fact."""
    rows = [(paper.clean(key), shown) for key, shown in _facts(item, paper.now)]
    indent = max((len(key) for key, _ in rows), default=0) + 3
    lines: list[Line] = []
    for key, shown in rows:
        found = wrapped(paper.clean(shown), indent, paper.width) or [Line()]
        lines.append(Line(f"{key + ':':<{indent}}{found[0].text[indent:]}"))
        lines += found[1:]
    return lines


def progress(noun: str, name: str, item: Fields) -> str:
    """Say in a sentence how far one object is."""
    found = item.get("percent")
    done = f", {percent(found)}" if isinstance(found, float) else ""
    loaded = integer(item.get("records"))
    records = f", {number(loaded, 'record')}" if loaded else ""
    return value(
        f"{noun} {name}: {text(item.get('status')) or text(item.get('state'))}{done}{records}"
    )


def style(item: Fields) -> Style:
    """Mark what still runs, and what has failed."""
    return _STYLES.get(text(item.get("phase")), Style.PLAIN)


def _document(item: Fields) -> Fields:
    return {
        key: rfc3339(found) if key.endswith("_at") and isinstance(found, int) else found
        for key, found in item.items()
    }


def _facts(item: Fields, now: Micros) -> list[tuple[str, str]]:
    """Give the facts that are known; what is unknown takes no line."""
    rows: list[tuple[str, str]] = []
    for key, found in item.items():
        if key == "phase" or found is None or found in ([], {}):
            continue
        if key == "description":
            rows += _description(text(found))
        elif key == "supported_parameters" and isinstance(found, list):
            rows += [("parameter", _parameter(each)) for each in found]
        else:
            rows.append((key, _fact(key, found, now)))
    return rows


def _fact(key: str, found: JSON, now: Micros) -> str:
    if isinstance(found, int) and key.endswith("_at"):
        return f"{rfc3339(found)}, {age(found, now)}"
    if isinstance(found, int) and key == "size_bytes":
        return f"{size(found)}, {number(found, 'byte')}"
    if isinstance(found, int) and not isinstance(found, bool):
        return f"{found:,}"
    return value(found)


def _description(described: str) -> list[tuple[str, str]]:
    """Keep our marker apart from what people wrote."""
    written, marker = Marker.split_description(described)
    rows = [("description", written)] if written else []
    if marker is not None:
        rows.append(("managed as", f"{marker.address}, by the state {marker.lineage}..."))
    return rows


def _parameter(found: JSON) -> str:
    """Say what a model's parameter takes: `truncate: string, one of END, NONE; default END`."""
    if not isinstance(found, Mapping):
        return value(found)
    allowed = found.get("allowed_values")
    options = ", ".join(map(str, allowed)) if isinstance(allowed, list) else ""
    low, high = found.get("min"), found.get("max")
    parts = [
        text(found.get("value_type")),
        f"one of {options}" if options else "",
        f"from {low}" if low is not None else "",
        f"up to {high}" if high is not None else "",
        f"default {found['default']}" if found.get("default") is not None else "",
        "required" if found.get("required") else "",
    ]
    return f"{text(found.get('parameter'))}: {', '.join(part for part in parts if part)}"
