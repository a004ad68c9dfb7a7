"""Films cropped to the lungs, and films with everything else dark: what networks are trained on."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Mask
from radcaliper.pipelines.reading import NotARadiograph, UnreadableFilm, read_radiograph
from radcaliper.pipelines.reading.archives import as_file
from radcaliper.pipelines.reading.file_frame import film_in_file_frame
from radcaliper.pipelines.results.exports.coco import box_of
from radcaliper.pipelines.results.exports.registry import Exported
from radcaliper.pipelines.results.files import whole_text, write_whole_bytes
from radcaliper.pipelines.results.names import place_of
from radcaliper.pipelines.results.png import encoded_png
from radcaliper.pipelines.results.records import codes
from radcaliper.pipelines.results.stored import StoredResult, StoredResults
from radcaliper.pipelines.running.film import file_hash

_LUNGS: Final = ("right_lung", "left_lung")
_COLUMNS: Final = ("image", "row", "col", "height", "width")
_MARGIN: Final = 0.05
"""Of the lungs' height and width, around them."""
_DARKEST_BRIGHTEST: Final = (0.5, 99.5)
"""Percentiles of a film that become 0 and 255."""


def _lungs(masks: Mapping[str, Mask]) -> Mask | None:
    """Both lungs; None where one is missing."""
    if not all(name in masks and masks[name].any() for name in _LUNGS):
        return None
    return masks["right_lung"] | masks["left_lung"]


def _box(lungs: Mask) -> tuple[slice, slice]:
    """Rows and columns of the lungs with their margin."""
    col, row, width, height = box_of(lungs)
    rows, cols = round(_MARGIN * height), round(_MARGIN * width)
    return (
        slice(max(0, row - rows), min(lungs.shape[0], row + height + rows)),
        slice(max(0, col - cols), min(lungs.shape[1], col + width + cols)),
    )


def _pixels(film: StoredResult) -> NDArray[np.uint8] | str:
    """The film on its file's pixels, bone bright, 0 to 255; or why there is none."""
    if film.file is None:
        return "the results do not say where the film is"
    try:
        with as_file(film.file) as file:
            if file_hash(file) != film.row["sha256"]:
                return "the file has changed since it was measured"
            read = read_radiograph(file)
    except (OSError, UnreadableFilm, NotARadiograph):
        return "the file cannot be read"
    bright = read.inverted() if "inverted" in codes(str(film.row["reasons"] or "")) else read
    pixels = film_in_file_frame(bright).pixels
    low, high = np.percentile(pixels, _DARKEST_BRIGHTEST)
    return np.asarray(np.clip((pixels - low) / max(high - low, 1e-6), 0, 1) * 255, dtype=np.uint8)


def _write_png(path: Path, image: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole_bytes(path, encoded_png(image))


def write_roi(results: StoredResults, folder: Path) -> Exported:
    """Write ``roi/cropped/<image>.png``, ``roi/masked/<image>.png`` and ``roi/boxes.csv`` of films with both lungs.

    The box, in pixels of the film's file, has a margin of a twentieth of the lungs' size.
    """
    films, left_out, place = 0, Counter[str](), folder / "roi"
    place.mkdir(exist_ok=True)
    with whole_text(place / "boxes.csv") as file:
        boxes = csv.writer(file, lineterminator="\n")
        boxes.writerow(_COLUMNS)
        for film in results.films():
            lungs = _lungs(results.masks(film))
            pixels = "no lungs" if lungs is None else _pixels(film)
            if lungs is None or isinstance(pixels, str):
                left_out[str(pixels)] += 1
                continue
            rows, cols = _box(lungs)
            _write_png(place / "cropped" / place_of(film.image, ".png"), pixels[rows, cols])
            _write_png(place / "masked" / place_of(film.image, ".png"), np.where(lungs, pixels, 0).astype(np.uint8))
            boxes.writerow((film.image, rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start))
            films += 1
    return Exported(place, films, left_out)
