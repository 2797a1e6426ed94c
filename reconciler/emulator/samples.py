"""Sample data: indexes with made-up vectors, so that there is something to back up from the start.

Seeding goes through the API itself, so it obeys the rules that it would have to obey anywhere, and
it is in the journal like everything else.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.emulator.service import Call, Emulator
from reconciler.emulator.vectors import made_up_values

_INDEX_KEYS = frozenset({"name", "dimension", "metric", "tags", "namespaces", "pod"})
_SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
_POD = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1}}
_MOST_RECORDS = 1_000_000
_LARGEST_BATCH = 100
# Well below the limit of a request, at about this many bytes a number.
_BATCH_BYTES = 1_000_000
_BYTES_PER_NUMBER = 12
_DONE = range(200, 300)


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    dimension: int
    metric: str
    tags: Mapping[str, object]
    namespaces: Mapping[str, Sequence[object]]
    pod: bool


def sample(names: Iterable[str], pods: Container[str] = ()) -> Mapping[str, object]:
    """Return a plan with an index of 200 records in two namespaces for each name."""
    tags, namespaces = {"team": "samples"}, {"": 120, "fr": 80}
    return {
        "indexes": [
            {
                "name": name,
                "tags": tags,
                "namespaces": namespaces,
                **({"pod": True} if name in pods else {}),
            }
            for name in names
        ]
    }


def seed(emulator: Emulator, plan: Mapping[str, object]) -> None:
    """Create the indexes of a plan and fill them.

    Args:
        emulator: where they are created.
        plan: `{"indexes": [{"name", "dimension", "metric", "tags", "namespaces", "pod"}]}`; all
            but the name may be left out, a namespace is a list of records or the number of
            made-up ones, and `pod` tells whether the index is made of pods.

    Raises:
        ValueError: the plan does not have that shape, or the emulator refused a part of it.
    """
    if plan.keys() != {"indexes"} or not isinstance(plan["indexes"], Sequence):
        raise ValueError('a plan must be {"indexes": [...]} and nothing else')
    for wanted in [_read(each, place) for place, each in enumerate(plan["indexes"])]:
        host = _create(emulator, wanted)
        for namespace, records in wanted.namespaces.items():
            _fill(emulator, host, wanted, namespace, records)


def _read(each: object, place: int) -> _Sample:
    what = f"index {place} of the plan"
    if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
        raise _wrong(f"{what} must be a mapping with a name")
    unknown = sorted(map(str, each.keys() - _INDEX_KEYS))
    if unknown:
        raise _wrong(
            f"{what} has no {', '.join(unknown)}; there are {', '.join(sorted(_INDEX_KEYS))}"
        )
    dimension, metric = each.get("dimension", 8), each.get("metric", "cosine")
    tags, namespaces = each.get("tags", {}), each.get("namespaces", {})
    if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < 1:
        raise _wrong(f"dimension of {what} must be a whole number above 0")
    if not isinstance(metric, str) or not isinstance(tags, Mapping):
        raise _wrong(f"metric of {what} must be a string, and tags a mapping")
    if not isinstance(namespaces, Mapping):
        raise _wrong(f"namespaces of {what} must map names to records or numbers of them")
    pod = each.get("pod", False)
    if not isinstance(pod, bool):
        raise _wrong(f"pod of {what} must be true or false")
    filled = {
        str(name): _records(value, f"namespace {name!r} of {what}", dimension)
        for name, value in namespaces.items()
    }
    return _Sample(each["name"], dimension, metric, tags, filled, pod)


def _records(value: object, what: str, dimension: int) -> Sequence[object]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_RECORDS:
        raise _wrong(f"{what} must be a list of records or a number up to {_MOST_RECORDS}")
    seed_number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:4], "big")
    return [
        {"id": f"sample-{n:06}", "values": list(values), "metadata": {"position": n}}
        for n, values in enumerate(made_up_values(seed_number, value, dimension))
    ]


def _create(emulator: Emulator, wanted: _Sample) -> str:
    created = _post(
        emulator,
        "/indexes",
        {
            "name": wanted.name,
            "dimension": wanted.dimension,
            "metric": wanted.metric,
            "tags": wanted.tags,
            "spec": _POD if wanted.pod else _SERVERLESS,
        },
    )
    return "/ix/" + str(created["host"]).rpartition("/ix/")[2]


def _fill(
    emulator: Emulator, host: str, wanted: _Sample, namespace: str, records: Sequence[object]
) -> None:
    fitting = _BATCH_BYTES // (_BYTES_PER_NUMBER * wanted.dimension + 100)
    size = max(1, min(_LARGEST_BATCH, fitting))
    for start in range(0, len(records), size):
        batch = list(records[start : start + size])
        _post(emulator, f"{host}/vectors/upsert", {"namespace": namespace, "vectors": batch})


def _post(emulator: Emulator, path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
    try:
        body = json.dumps(payload, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"the plan holds what JSON cannot: {error}") from error
    reply = emulator.handle(Call("POST", path, headers={"Api-Key": "samples"}, body=body))
    if reply.status not in _DONE:
        said = reply.body.decode("utf-8", "replace")
        raise ValueError(f"the emulator refused {path} with {reply.status}: {said}")
    answer: Mapping[str, object] = json.loads(reply.body)
    return answer


def _wrong(message: str) -> ValueError:
    return ValueError(f"seed: {message}")
