"""An analysis as rows of the four tables, in the contract's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from radcaliper.measurements.types import Analysis, Landmark, MaskQuality, Measurement, Point, Status
from radcaliper.models.view import kinds
from radcaliper.pipelines.results.names import one_line

Cell = str | int | float | None
Row = dict[str, Cell]

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "images": (
        "image",
        "status",
        "reasons",
        "error",
        "protocol",
        "height",
        "width",
        "spacing_row_mm",
        "spacing_col_mm",
        "spacing_source",
        "view",
        "view_probability",
        "sha256",
        "seconds",
        "model",
    ),
    "structures": (
        "image",
        "structure",
        "status",
        "presence",
        "quality",
        "quality_lower",
        "area_px",
        "area_mm2",
        "reasons",
    ),
    "measurements": (
        "image",
        "measurement",
        "site",
        "method",
        "value",
        "unit",
        "lower",
        "upper",
        "status",
        "class",
        "reasons",
        "points",
        "details",
        "corrected_value",
        "reviewer",
        "reviewed_at",
        "comment",
    ),
    "landmarks": (
        "image",
        "landmark",
        "row",
        "col",
        "confidence",
    ),
}
VIEWS: Final = frozenset(("AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO", *kinds.VIEWS))
"""The views that the table may name: terms of the standard, and what a film shows; no header's own words."""
REVIEW_COLUMNS: Final = ("corrected_value", "reviewer", "reviewed_at", "comment")
"""The columns of measurements that people fill, kept apart from the automatic ones."""


@dataclass(frozen=True)
class FilmRows:
    """All rows of one film."""

    image: Row
    structures: tuple[Row, ...] = ()
    measurements: tuple[Row, ...] = ()
    landmarks: tuple[Row, ...] = ()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)


def _joined(reasons: Iterable[str]) -> str:
    return ";".join(reasons)


def format_points(points: Iterable[Point]) -> str:
    """``row:col`` pairs by spaces."""
    return " ".join(f"{point.row:.2f}:{point.col:.2f}" for point in points)


def format_details(details: Mapping[str, str]) -> str:
    """``key=value`` by semicolons."""
    return ";".join(f"{key}={value}" for key, value in details.items())


def _structure_row(image: str, quality: MaskQuality) -> Row:
    return {
        "image": image,
        "structure": quality.structure,
        "status": quality.status.value,
        "presence": _rounded(quality.presence, 4),
        "quality": _rounded(quality.quality, 4),
        "quality_lower": _rounded(quality.quality_lower, 4),
        "area_px": quality.area_px,
        "area_mm2": _rounded(quality.area_mm2, 2),
        "reasons": _joined(quality.reasons),
    }


def measurement_row(image: str, measurement: Measurement) -> Row:
    """A measurement as a row of measurements, without what people fill."""
    return {
        "image": image,
        "measurement": measurement.name,
        "site": measurement.site,
        "method": measurement.method,
        "value": _rounded(measurement.value, 5),
        "unit": None if measurement.unit is None else measurement.unit.value,
        "lower": _rounded(measurement.lower, 5),
        "upper": _rounded(measurement.upper, 5),
        "status": measurement.status.value,
        "class": measurement.reference_class,
        "reasons": _joined(measurement.reasons),
        "points": format_points(measurement.points),
        "details": format_details(measurement.details),
    }


def _landmark_row(image: str, name: str, landmark: Landmark) -> Row:
    return {
        "image": image,
        "landmark": name,
        "row": round(landmark.point.row, 2),
        "col": round(landmark.point.col, 2),
        "confidence": round(landmark.confidence, 4),
    }


def _image_row(analysis: Analysis, sha256: str, seconds: float) -> Row:
    film = analysis.radiograph
    return {
        "image": analysis.image,
        "status": analysis.status.value,
        "reasons": _joined(analysis.reasons),
        "error": "",
        "protocol": analysis.protocol,
        "height": film.shape[0],
        "width": film.shape[1],
        "spacing_row_mm": None if film.spacing is None else round(film.spacing.row_mm, 6),
        "spacing_col_mm": None if film.spacing is None else round(film.spacing.col_mm, 6),
        "spacing_source": "none" if film.spacing is None else film.spacing.source.value,
        "view": film.view if film.view in VIEWS else analysis.view,
        "view_probability": None if analysis.view_probability is None else round(analysis.view_probability, 4),
        "sha256": sha256,
        "seconds": round(seconds, 3),
        "model": analysis.model,
    }


def analysis_rows(analysis: Analysis, sha256: str, seconds: float) -> FilmRows:
    """The rows of a readable film; a refused one has its images row only."""
    image = _image_row(analysis, sha256, seconds)
    if analysis.status is Status.REFUSED:
        return FilmRows(image)
    return FilmRows(
        image,
        tuple(_structure_row(analysis.image, quality) for quality in analysis.qualities),
        tuple(measurement_row(analysis.image, each) for each in analysis.measurements),
        tuple(_landmark_row(analysis.image, name, landmark) for name, landmark in analysis.landmarks.items()),
    )


def unmeasured_rows(image: str, status: Status, reason: str, error: str, sha256: str) -> FilmRows:
    """The row of a file that is no film (refused, with its reason) or cannot be read (failed, with its error)."""
    row: Row = dict.fromkeys(COLUMNS["images"])
    row |= {
        "image": image,
        "status": status.value,
        "reasons": reason,
        "error": one_line(error),
        "sha256": sha256,
    }
    row["spacing_source"] = "none"
    return FilmRows(row)
