"""The published descriptions of the API, and whether an answer is what they say.

They are read from the folder that PINECONE_API_DESCRIPTIONS names, or from the one beside the
checkout, as `db_control_2025-04.oas.yaml` and so on. The newest version has no description that is
published in one piece; what is known of it is in tests/emulator/answers-2026-07.yaml, and what is
like nothing published, but was seen, in answers-quirks.yaml.

Objects are closed here, which the descriptions leave open: a field that no description of the
version asked for names is an error of the emulator. Formats are held to as well, and the lengths
that the descriptions give arrays are read as the numbers of items that they mean.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import yaml

from reconciler.emulator.errors import Plane
from reconciler.emulator.routes.registry import ROUTES, find

_ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PINECONE_API_DESCRIPTIONS", _ROOT.parent / "shared" / "api"))
_OURS = _ROOT / "tests" / "emulator"
PUBLISHED_VERSIONS = ("2025-04", "2025-10", "2026-04")
OUR_VERSION, QUIRKS = "2026-07", "quirks"
PARTS = ("db_control", "db_data", "inference")

# Answers of the real service, or of any service, that the descriptions leave out.
UNDOCUMENTED: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("list_project_backups", 400): "a bad limit or token; 2026-07 documents it",
        ("list_index_backups", 400): "a bad limit or token; 2026-07 documents it",
        ("list_restore_jobs", 400): "a bad limit or token; 2026-07 documents it",
        ("create_backup", 404): "an index that is not there",
        ("create_index_for_model", 403): "over the quota of indexes; 2026-07 documents it",
        ("create_collection", 404): "a source that is not there; 2026-07 documents it",
        ("create_index_from_backup_operation", 412): "not Ready; 2026-07 documents it",
    }
)
_ANYWHERE: Mapping[int, str] = MappingProxyType(
    {
        401: "plain text, whatever is documented",
        413: "a body above the limit",
    }
)
_TEXT_STATUS, _NOT_FOUND = 401, 404
_FIRST_ERROR = 400
_OF_ARRAYS = (("minLength", "minItems"), ("maxLength", "maxItems"))
_OF_DATA = frozenset(
    route.operation for (_, path), route in ROUTES.items() if find("", path).plane is Plane.DATA
)
# An operation of each plane, to read off the shape of the errors of all.
_OF_PLANE = MappingProxyType({Plane.CONTROL: "describe_index", Plane.DATA: "describeIndexStats"})


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent, and what was asked."""

    operation: str
    version: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Response:
    """What a description says of one status: a compiled schema, or none for an empty body."""

    schema: Any


@dataclass(frozen=True)
class Description:
    """All responses of one version, by operation and status; `4XX` is a status here."""

    responses: Mapping[str, Mapping[str, Response]] = field(default_factory=dict)

    def of(self, operation: str, status: int) -> Response | None:
        """Return the response for a status, by its number or its class."""
        known = self.responses[operation]
        return known.get(str(status)) or known.get(f"{status // 100}XX")

    def error_of(self, operation: str) -> Response:
        """Return the shape of an operation's errors."""
        known = self.responses[operation]
        return known.get("500") or known["5XX"]


def available() -> bool:
    """Say whether the published descriptions are on this machine."""
    return all(path.is_file() for version in PUBLISHED_VERSIONS for path in files(version))


def files(version: str) -> list[Path]:
    """Return where the descriptions of a version are."""
    return [FOLDER / f"{part}_{version}.oas.yaml" for part in PARTS]


@cache
def description(version: str) -> Description:
    """Read and compile everything that is known of a version."""
    ours = version in {OUR_VERSION, QUIRKS}
    paths = [_OURS / f"answers-{version}.yaml"] if ours else files(version)
    responses: dict[str, Mapping[str, Response]] = {}
    for path in paths:
        document = _closed(yaml.safe_load(path.read_text(encoding="utf-8")))
        for operation in _operations(document):
            responses[operation["operationId"]] = {
                str(status): _response(each, document["components"])
                for status, each in operation["responses"].items()
            }
    return Description(responses)


def problem(answer: Answer, *, quirks: bool = False) -> str | None:
    """Say what is wrong with an answer, or None where it is as published, or as with quirks."""
    odd = description(QUIRKS).responses.get(answer.operation, {}).get(str(answer.status))
    if quirks and odd is not None:
        return _misfit(odd, answer)
    if _is_text(answer):
        return None
    known = description(answer.version)
    if answer.operation not in known.responses:
        return _problem_of_unknown(answer, known)
    response = known.of(answer.operation, answer.status)
    if response is not None:
        return _misfit(response, answer)
    if (answer.operation, answer.status) in UNDOCUMENTED or answer.status in _ANYWHERE:
        return _misfit(known.error_of(answer.operation), answer)
    return f"status {answer.status} is not documented"


def error_problem(answer: Answer, plane: Plane) -> str | None:
    """Say what is wrong with an answer that should be an error, whatever was asked of the plane."""
    if answer.status < _FIRST_ERROR:
        return "no error"
    if _is_text(answer):
        return None
    readable = answer.version in PUBLISHED_VERSIONS and available()
    known = description(answer.version if readable else OUR_VERSION)
    return _misfit(known.error_of(_OF_PLANE[plane]), answer)


def _problem_of_unknown(answer: Answer, known: Description) -> str | None:
    """Say what is wrong with an answer to an operation that came with a later version."""
    if answer.status != _NOT_FOUND:
        return "the operation is not documented"
    plane = Plane.DATA if answer.operation in _OF_DATA else Plane.CONTROL
    return _misfit(known.error_of(_OF_PLANE[plane]), answer)


def _is_text(answer: Answer) -> bool:
    return answer.status == _TEXT_STATUS and answer.content_type.startswith("text/plain")


def _misfit(response: Response, answer: Answer) -> str | None:
    if response.schema is None:
        return f"a body where there is none: {answer.body[:100]!r}" if answer.body else None
    if answer.content_type != "application/json":
        return f"a body of type {answer.content_type}"
    try:
        sent = json.loads(answer.body)
    except ValueError:
        return "a body that is no JSON"
    return next((str(error) for error in response.schema.iter_errors(sent)), None)


def _operations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for path in document["paths"].values():
        yield from (
            each for each in path.values() if isinstance(each, dict) and "operationId" in each
        )


def _response(sent: Mapping[str, Any], components: Mapping[str, Any]) -> Response:
    if "$ref" in sent:
        sent = components["responses"][sent["$ref"].rpartition("/")[2]]
    content = sent.get("content", {}).get("application/json")
    if content is None:
        return Response(None)
    schema = {**content["schema"], "components": components}
    return Response(jsonschema_rs.Draft202012Validator(schema, validate_formats=True))


def _closed(node: Any) -> Any:  # noqa: ANN401 - any part of a description
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    # An example is data, however much it looks like a schema.
    closed = {
        key: _closed(each) for key, each in node.items() if key not in {"example", "examples"}
    }
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    if closed.get("type") == "array":
        for written, meant in _OF_ARRAYS:
            if written in closed:
                closed.setdefault(meant, closed.pop(written))
    return closed
