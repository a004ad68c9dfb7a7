"""Queries that put what reviewers signed beside what was measured, where it belongs to it, and say where it does not.

A review belongs to the file that was signed (its content's hash): of the signed reviews of a name, the latest one of
that very file counts. A corrected number belongs to the unit it was signed in; lengths and areas to the pixel spacing
as well, angles and ratios to the shape of the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from radcaliper.pipelines.results.rows import COLUMNS

STALE: Final = "stale_correction"
"""The reason of a row whose correction belongs to another file of that name, another unit or another spacing."""
GONE: Final = "source_missing"
"""The reason of a film whose file is no longer where it was measured."""

_COUNTING: Final = """
counting AS (
    SELECT image, max(CASE WHEN reviews.sha256 = images.sha256 THEN id END) AS fitting, max(id) AS latest
    FROM images JOIN reviews USING (image) WHERE decision != 'draft' GROUP BY image)
"""
_SAME_SCALE: Final = """
CASE WHEN corrections.unit IN ('mm', 'px', 'mm2', 'px2')
THEN corrections.spacing_row_mm IS images.spacing_row_mm AND corrections.spacing_col_mm IS images.spacing_col_mm
ELSE abs(coalesce(corrections.spacing_row_mm / corrections.spacing_col_mm, 1)
         - coalesce(images.spacing_row_mm / images.spacing_col_mm, 1)) < 1e-3 END
"""
_FITS: Final = f"""
(fitting IS NOT NULL AND {_SAME_SCALE}
 AND (corrections.unit IS automatic.unit OR (automatic.unit IS NULL AND corrections.unit != '?')
      OR (automatic.value IS NULL AND corrections.unit IS NULL)))
"""
_SIGNED: Final = """
LEFT JOIN counting USING (image)
LEFT JOIN corrections ON corrections.review = coalesce(fitting, latest)
    AND (corrections.measurement, corrections.site, corrections.method)
      = (automatic.measurement, automatic.site, automatic.method)
LEFT JOIN reviews ON reviews.id = corrections.review
"""
_BESIDE: Final = {
    "corrected_value": "corrections.corrected_value",
    "reviewer": "reviews.reviewer",
    "reviewed_at": "reviews.reviewed_at",
    "comment": "corrections.comment",
}


def _joined(*parts: str) -> str:
    """SQL for codes or details joined by semicolons, those that are empty or NULL left out."""
    shown = " || ".join(f"CASE WHEN coalesce({part}, '') = '' THEN '' ELSE ';' || {part} END" for part in parts)
    return f"ltrim({shown}, ';')"


def _beside(column: str) -> str:
    return f"CASE WHEN {_FITS} THEN {_BESIDE[column]} END"


def _measurement_column(column: str) -> str:
    if column in _BESIDE:
        return _beside(column)
    if column == "unit":
        return f"coalesce(automatic.unit, CASE WHEN {_FITS} THEN corrections.unit END)"
    if column == "details":
        return _joined("automatic.details", f"CASE WHEN {_FITS} THEN corrections.corrected_details END")
    if column == "reasons":
        stale = f"CASE WHEN corrections.review IS NOT NULL AND NOT {_FITS} THEN '{STALE}' END"
        return _joined("automatic.reasons", stale)
    return f'automatic."{column}"'


def _columns(table: str, how: dict[str, str]) -> str:
    return ", ".join(f'{how[column]} AS "{column}"' for column in COLUMNS[table])


MEASUREMENTS: Final = f"""
WITH {_COUNTING}
SELECT {_columns("measurements", {column: _measurement_column(column) for column in COLUMNS["measurements"]})}
FROM measurements AS automatic JOIN images USING (image) {_SIGNED}
ORDER BY image, automatic.rowid
"""
"""measurements.csv, but for numbers that only a correction shows."""

_ONLY_SIGNED: Final = dict.fromkeys(COLUMNS["measurements"], "NULL") | {
    "image": "images.image",
    "measurement": "corrections.measurement",
    "site": "corrections.site",
    "method": "corrections.method",
    "unit": f"CASE WHEN {_FITS} THEN corrections.unit END",
    "status": "'refused'",
    "class": "''",
    "points": "''",
    "reasons": f"CASE WHEN {_FITS} THEN 'found_in_review' ELSE '{STALE}' END",
    "details": f"CASE WHEN {_FITS} THEN coalesce(corrections.corrected_details, '') ELSE '' END",
    **{column: _beside(column) for column in _BESIDE},
}
FOUND_IN_REVIEW: Final = f"""
WITH {_COUNTING}
SELECT {_columns("measurements", _ONLY_SIGNED)}
FROM counting JOIN images USING (image) JOIN corrections ON corrections.review = coalesce(fitting, latest)
JOIN reviews ON reviews.id = corrections.review
LEFT JOIN measurements AS automatic
    ON (automatic.image, automatic.measurement, automatic.site, automatic.method)
     = (images.image, corrections.measurement, corrections.site, corrections.method)
WHERE automatic.image IS NULL AND corrected_value IS NOT NULL AND images.image IN (SELECT image FROM measurements)
ORDER BY images.image, corrections.measurement, corrections.site, corrections.method
"""
"""Numbers that have no automatic row, as of a curve that only the reviewer's corners show."""

_IMAGE_REASONS: Final = _joined(
    "images.reasons",
    "CASE WHEN latest IS NOT NULL AND fitting IS NULL THEN '" + STALE + "' END",
    "CASE WHEN missing THEN '" + GONE + "' END",
)
STALE_IMAGES: Final = f"""
WITH {_COUNTING}
SELECT image FROM counting WHERE fitting IS NULL
UNION SELECT images.image FROM counting JOIN images USING (image)
JOIN corrections ON corrections.review = fitting
JOIN measurements AS automatic
    ON (automatic.image, automatic.measurement, automatic.site, automatic.method)
     = (images.image, corrections.measurement, corrections.site, corrections.method)
WHERE NOT {_FITS}
"""
"""Films with something signed that no longer belongs to what stands there."""

COUNTING_REVIEWS: Final = f"""
WITH {_COUNTING}
SELECT reviews.*, fitting IS NULL AS stale FROM counting JOIN reviews ON reviews.id = coalesce(fitting, latest)
ORDER BY reviews.image
"""
"""The signed review that counts for each film, or the latest of another file of its name (``stale``)."""


def _images(columns: Sequence[str]) -> str:
    shown = {column: f'images."{column}"' for column in columns} | {"reasons": _IMAGE_REASONS}
    return f"""
WITH {_COUNTING}
SELECT {", ".join(f'{shown[column]} AS "{column}"' for column in columns)}
FROM images LEFT JOIN counting USING (image) LEFT JOIN sources USING (image)
ORDER BY image
"""


def table(name: str, columns: Sequence[str]) -> str:
    """The query for one of the four tables, by image; of images, the columns are those that are asked for."""
    if name == "images":
        return _images(columns)
    if name == "measurements":
        return MEASUREMENTS
    shown = ", ".join(f'"{column}"' for column in columns)
    return f"SELECT {shown} FROM {name} ORDER BY image, rowid"
