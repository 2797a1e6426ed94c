"""Parquet: the rows of an import's files, as records or as what is wrong with them.

Files are read batch by batch, so one of any size needs little memory beside the records that come
out of it. The reader is loaded only when the first mapped bucket is read.
"""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from reconciler.emulator.bodies import as_object, read_json
from reconciler.emulator.buckets import ImportRefused, Place, open_regular
from reconciler.emulator.errors import Refusal, invalid
from reconciler.emulator.records import Record, Sparse
from reconciler.emulator.store import Index
from reconciler.emulator.vector_bodies import (
    check_fit,
    check_sparse_size,
    read_metadata,
    record_id,
    sparse_of,
)

_BATCH_ROWS = 4_096
_FLOAT_BYTES = 4
_WANTED_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "id": "STRING",
        "values": "LIST<FLOAT>",
        "sparse_values": "STRUCT<indices: LIST<UINT_32>, values: LIST<FLOAT>>",
        "metadata": "STRING",
    }
)


def count_rows(file: Place, index: Index) -> int:
    """Return how many rows a file has, from its footer.

    Raises ImportRefused for a file that is no Parquet or has not the columns that the index needs.
    """
    with open_regular(file) as opened, _refusing(f"The footer of {file.name} cannot be read"):
        footer = _opened(opened)
        _check_columns(file, footer.schema_arrow, index)
        rows: int = footer.metadata.num_rows
        return rows


def read_rows(file: Place, index: Index, most_sparse: int) -> Iterator[Record | str]:
    """Give each row of a file, as a record or as what is wrong with it.

    Raises ImportRefused for a file that cannot be read to its end.
    """
    with open_regular(file) as opened, _refusing(f"{file.name} cannot be read to its end"):
        for batch in _opened(opened).iter_batches(batch_size=_BATCH_ROWS):
            # A damaged file may hold lists that end before they begin, and texts that are none.
            batch.validate(full=True)
            yield from _batch_rows(batch, index, most_sparse)


def _opened(opened: object) -> Any:  # noqa: ANN401 - pyarrow has no types
    from pyarrow import parquet  # noqa: PLC0415 - loaded only when a mapped bucket is read

    return parquet.ParquetFile(opened)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn what the reader says of a damaged file into ImportRefused."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{what}: {error}") from error


def _check_columns(file: Place, schema: Any, index: Index) -> None:  # noqa: ANN401 - pyarrow's
    needed = ("id", "sparse_values" if index.dimension is None else "values")
    for name in needed:
        if name not in schema.names:
            raise ImportRefused(f"Missing column: {file.name} has no column {name}.")
    for name in schema.names:
        if name not in _WANTED_TYPES or (name == "values" and index.dimension is None):
            raise ImportRefused(f"Unsupported column: {file.name} has a column {name}.")
        held = schema.field(name).type
        if not _fits(name, held):
            raise ImportRefused(
                f"Unsupported column: {name} of {file.name} is {held}, and must be "
                f"{_WANTED_TYPES[name]}."
            )


def _fits(name: str, held: Any) -> bool:  # noqa: ANN401 - pyarrow's
    from pyarrow import types  # noqa: PLC0415

    if name in {"id", "metadata"}:
        return bool(types.is_string(held) or types.is_large_string(held))
    if name == "values":
        return _is_list_of(held, types.is_floating)
    parts = {field.name: field.type for field in held} if types.is_struct(held) else {}
    return (
        parts.keys() == {"indices", "values"}
        and _is_list_of(parts["indices"], types.is_integer)
        and _is_list_of(parts["values"], types.is_floating)
    )


def _is_list_of(held: Any, is_element: Any) -> bool:  # noqa: ANN401 - pyarrow's
    from pyarrow import types  # noqa: PLC0415

    is_list = types.is_list(held) or types.is_large_list(held) or types.is_fixed_size_list(held)
    return bool(is_list and is_element(held.value_type))


def _batch_rows(
    batch: Any,  # noqa: ANN401 - pyarrow's
    index: Index,
    most_sparse: int,
) -> Iterator[Record | str]:
    held = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
    ids = held["id"].to_pylist()
    nothing = [None] * len(ids)
    dense = _packed(held["values"]) if "values" in held else nothing
    sparse = held["sparse_values"].to_pylist() if "sparse_values" in held else nothing
    metadata = held["metadata"].to_pylist() if "metadata" in held else nothing
    for identifier, values, places, text in zip(ids, dense, sparse, metadata, strict=True):
        try:
            read = None if places is None else _sparse(places, most_sparse)
            yield _record(identifier, values, read, text, index)
        except Refusal as refusal:
            yield refusal.message


def _record(
    identifier: str | None,
    values: bytes | None,
    sparse: Sparse | None,
    text: str | None,
    index: Index,
) -> Record:
    if identifier is None:
        raise invalid("id is null")
    metadata = None
    if text is not None:
        metadata = read_metadata(as_object(read_json(text.encode()), "metadata"))
    record = Record(record_id(identifier), values or b"", sparse, metadata)
    check_fit(record, index)
    return record


def _sparse(places: Mapping[str, Sequence[Any]], most: int) -> Sparse:
    indices, values = places["indices"] or (), places["values"] or ()
    check_sparse_size(len(indices), most)
    try:
        if math.isfinite(sum(values)):
            return sparse_of(tuple(indices), tuple(values))
    except (TypeError, OverflowError, struct.error):
        pass
    raise invalid("sparse_values must hold places and finite numbers")


def _packed(column: Any) -> list[bytes | None]:  # noqa: ANN401 - pyarrow's
    """Return the packed values of every row, None for null."""
    import pyarrow as pa  # noqa: PLC0415

    lists = column.cast(pa.list_(pa.float32()))
    ends = lists.offsets.to_pylist()
    # A null among the numbers becomes a NaN, which check_fit refuses.
    flat = lists.values.to_numpy(zero_copy_only=False).astype("<f4").tobytes()
    rows = [flat[start * _FLOAT_BYTES : end * _FLOAT_BYTES] for start, end in pairwise(ends)]
    return [
        row if valid else None
        for row, valid in zip(rows, lists.is_valid().to_pylist(), strict=True)
    ]
