"""Rows of the four tables back as the types they were written from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import (
    Landmark,
    MaskQuality,
    Measurement,
    PixelSpacing,
    Point,
    SpacingSource,
    Status,
    Unit,
)

Record = Mapping[str, Any]
"""A row of one of the tables; an empty cell is None."""


def codes(cell: str | None) -> tuple[str, ...]:
    """Reason codes joined by semicolons."""
    return tuple((cell or "").split(";")) if cell else ()


def parse_points(cell: str | None) -> tuple[Point, ...]:
    """``row:col`` pairs by spaces."""
    return tuple(Point(*map(float, pair.split(":"))) for pair in (cell or "").split())


def parse_details(cell: str | None) -> dict[str, str]:
    """``key=value`` by semicolons."""
    return dict(pair.split("=", 1) for pair in (cell or "").split(";") if pair)


def measurement_of(row: Record, spec: MeasurementSpec) -> Measurement:
    """The automatic measurement of a row of measurements."""
    return Measurement(
        spec,
        row["site"],
        row["method"],
        Status(row["status"]),
        row["value"],
        Unit(row["unit"]) if row["unit"] else None,
        row["lower"],
        row["upper"],
        row["class"] or "",
        codes(row["reasons"]),
        parse_points(row["points"]),
        parse_details(row["details"]),
    )


def quality_of_mask(row: Record) -> MaskQuality:
    """The quality of a row of structures."""
    return MaskQuality(
        row["structure"],
        Status(row["status"]),
        row["quality"],
        row["quality_lower"],
        row["area_px"],
        row["area_mm2"],
        row["presence"],
        codes(row["reasons"]),
    )


def landmark_of(row: Record) -> Landmark:
    """The place of a row of landmarks."""
    return Landmark(Point(row["row"], row["col"]), row["confidence"])


def spacing_of(row: Record) -> PixelSpacing | None:
    """The pixel spacing that a film was measured with, from its row of images."""
    if row["spacing_row_mm"] is None:
        return None
    return PixelSpacing(row["spacing_row_mm"], row["spacing_col_mm"], SpacingSource(row["spacing_source"]))
