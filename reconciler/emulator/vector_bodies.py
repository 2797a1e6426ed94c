"""Reading vectors: ids, dense and sparse values and metadata, checked against an index.

Requests and the rows of an import go through the same checks, so that both refuse the same data
with the same words.
"""

import json
import math
from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, required_text, whole_number
from reconciler.emulator.errors import invalid, malformed
from reconciler.emulator.records import Record, Sparse, pack, pack_sparse, unpack
from reconciler.emulator.store import Index

LONGEST_ID = 512
_LARGEST_PLACE = 2**32 - 1
_MOST_METADATA_BYTES = 40 * 1024
_SMALLEST_VALUE = 1e-8
_LONGEST_NAMESPACE = 512


def read_record(fields: Mapping[str, object], index: Index, most_sparse: int) -> Record:
    """Read a vector that is to be stored; raises Refusal."""
    identifier = record_id(required_text(fields, "id", LONGEST_ID))
    dense = read_dense(fields["values"], "values") if "values" in fields else b""
    sparse = metadata = None
    if "sparseValues" in fields:
        sparse = read_sparse(as_object(fields["sparseValues"], "sparseValues"), most_sparse)
    if "metadata" in fields:
        metadata = read_metadata(as_object(fields["metadata"], "metadata"))
    made = Record(identifier, dense, sparse, metadata)
    check_fit(made, index)
    return made


def record_id(identifier: str) -> str:
    """Return an id that may be stored; raises Refusal."""
    if not 1 <= len(identifier) <= LONGEST_ID:
        raise invalid(f"Vector ID must be 1 to {LONGEST_ID} characters long")
    if not identifier.isascii() or "\0" in identifier:
        raise invalid(f"Vector ID must be ASCII, but got {identifier!r}")
    return identifier


def namespace_name(name: str) -> str:
    """Return the name of a namespace that may be written to; raises Refusal."""
    if len(name) > _LONGEST_NAMESPACE or not name.isascii() or "\0" in name:
        raise invalid(f"A namespace must be at most {_LONGEST_NAMESPACE} ASCII characters")
    return name


def read_dense(value: object, what: str) -> bytes:
    """Read the values of a dense vector; raises Refusal."""
    if not isinstance(value, list) or not set(map(type, value)) <= {int, float}:
        raise malformed(f"{what} must be a list of numbers.")
    try:
        return pack(tuple(value))
    except OverflowError:
        raise invalid(f"{what} holds a number that is too large for a float32.") from None


def read_sparse(fields: Mapping[str, object], most: int) -> Sparse:
    """Read sparse values, at most so many; raises Refusal."""
    packed = read_dense(fields.get("values"), "sparseValues.values")
    sent, what = fields.get("indices"), "sparseValues.indices"
    if not isinstance(sent, list):
        raise malformed(f"{what} must be a list of numbers.")
    check_sparse_size(len(sent), most)
    indices = tuple(whole_number(each, what, 0, _LARGEST_PLACE) for each in sent)
    return sparse_of(indices, unpack(packed))


def check_sparse_size(size: int, most: int) -> None:
    """Make sure that sparse values are neither none nor too many; raises Refusal."""
    if not 1 <= size <= most:
        raise invalid(f"sparseValues.indices must be a list of 1 to {most} numbers.")


def sparse_of(indices: tuple[int, ...], values: tuple[float, ...]) -> Sparse:
    """Put places and values together; raises Refusal where they make no sparse vector."""
    if len(indices) != len(values):
        raise invalid("Sparse values must have as many indices as values.")
    if len(set(indices)) != len(indices):
        raise invalid("Sparse values must not name an index twice.")
    return pack_sparse(indices, values)


def read_metadata(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Check the metadata of a record; raises Refusal."""
    for key, value in fields.items():
        if key.startswith("$"):
            raise invalid(f"Metadata field {key} must not begin with $.")
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not texts and not isinstance(value, str | bool | int | float):
            raise invalid(
                "Metadata value must be a string, number, boolean or list of strings, got "
                f"{json.dumps(value)[:100]} for field '{key}'"
            )
    size = len(json.dumps(fields, separators=(",", ":")))
    if size > _MOST_METADATA_BYTES:
        raise invalid(
            f"Metadata size is {size} bytes, which exceeds the limit of {_MOST_METADATA_BYTES} "
            "bytes per vector"
        )
    return fields


def check_fit(record: Record, index: Index) -> None:
    """Make sure that an index can hold a record; raises Refusal."""
    if index.dimension is None:
        if record.dense or record.sparse is None:
            raise invalid("A vector of a sparse index needs sparse values and no dense ones.")
        return
    _check_dimension(record.dense, index)
    values = unpack(record.dense)
    if not math.isfinite(sum(values)):
        raise invalid("Dense vectors must hold finite numbers only.")
    if not any(abs(value) >= _SMALLEST_VALUE for value in values):
        raise invalid(
            "Dense vectors must contain at least one non-zero value. "
            f"Vector ID {record.id} contains only zeros."
        )
    if record.sparse is not None:
        _check_sparse_allowed(index)


def check_query(dense: bytes, sparse: Sparse | None, index: Index) -> None:
    """Make sure that an index can be searched for a vector; raises Refusal."""
    if index.dimension is None:
        if dense or sparse is None:
            raise invalid("A query of a sparse index needs sparse values and no dense ones.")
        return
    _check_dimension(dense, index)
    if sparse is not None:
        _check_sparse_allowed(index)


def _check_dimension(dense: bytes, index: Index) -> None:
    """Make sure that dense values are as many as the index has; raises Refusal."""
    count = len(dense) // 4
    if count != index.dimension:
        raise invalid(
            f"Vector dimension {count} does not match the dimension of the index {index.dimension}"
        )


def _check_sparse_allowed(index: Index) -> None:
    """Make sure that an index takes sparse values, alone or beside dense ones; raises Refusal."""
    if index.metric != "dotproduct":
        raise invalid(
            "Index configuration does not support sparse values - only indexes that are sparse or "
            "using dotproduct are supported"
        )
