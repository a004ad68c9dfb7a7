"""The four tables as Parquet files, each column with its type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_file
from radcaliper.pipelines.results.rows import COLUMNS
from radcaliper.pipelines.results.stored import StoredResults
from radcaliper.pipelines.results.tables import table_rows

_WHOLE: Final = ("height", "width", "area_px")
_NUMBERS: Final = (
    *("spacing_row_mm", "spacing_col_mm", "view_probability", "seconds"),
    *("presence", "quality", "quality_lower", "area_mm2"),
    *("value", "lower", "upper", "corrected_value"),
    *("row", "col", "confidence"),
)
_ROWS: Final = 50_000
"""Rows that are written, and held in memory, at a time."""


def _type(column: str) -> Any:
    if column in _WHOLE:
        return pa.int64()
    return pa.float64() if column in _NUMBERS else pa.string()


def _chunks(rows: Iterable[Iterable[object]]) -> Iterator[list[Iterable[object]]]:
    left = iter(rows)
    while chunk := list(islice(left, _ROWS)):
        yield chunk


def _write(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> int:
    """Write one table; how many rows it has."""
    schema, count = pa.schema([(column, _type(column)) for column in columns]), 0
    with whole_file(path) as part, ParquetWriter(part, schema) as writer:
        for chunk in _chunks(rows):
            cells = (
                pa.array(list(each), kind) for each, kind in zip(zip(*chunk, strict=True), schema.types, strict=True)
            )
            writer.write_table(pa.Table.from_arrays(list(cells), schema=schema))
            count += len(chunk)
    return count


def write_parquet(results: StoredResults, folder: Path) -> Exported:
    """Write ``parquet/images.parquet`` and the other three tables, with the columns of the CSV files."""
    place, store = folder / "parquet", results.store
    place.mkdir(exist_ok=True)
    with store.snapshot():
        rows = {t: _write(place / f"{t}.parquet", store.columns(t), table_rows(store, t)) for t in COLUMNS}
    return Exported(place, rows["images"])
