"""Calibrate chest qualities and intervals: ``python -m radcaliper.pipelines.calibration.chest DATA QC_FOLDER``.

Runs the shipped weights over the films they never saw, as they are and damaged, and writes ``mask_quality.json`` and
``intervals.json``. Coverage is printed from a cross-fit by film: what judges a film was not fitted on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import NotMeasurable, Radiograph, Segmentation
from radcaliper.models.agreement import dice
from radcaliper.models.segment import segment
from radcaliper.models.training.chest_data import LabelledFilm, chest_films
from radcaliper.models.training.split import HELD_OUT_FOLD
from radcaliper.pipelines.calibration.conformal import FLOOR, NumberError, fit_widths, number_error, update_table
from radcaliper.pipelines.calibration.damage import damaged
from radcaliper.pipelines.calibration.dice_bound import DiceSeen, fit_bounds, update_qualities
from radcaliper.pipelines.chest import BUNDLE
from radcaliper.pipelines.measuring import values_over_variants
from radcaliper.qc.intervals import Width
from radcaliper.qc.mask_quality import QualityFit
from radcaliper.qc.thorax_shape import unlikeness

_MISLABELLED: Final = 5.0
"""Labels whose proportions are this unlike any thorax have their structures swapped."""


@dataclass(frozen=True)
class Seen:
    """One calibration film as the network saw it."""

    film: LabelledFilm
    radiograph: Radiograph
    segmentation: Segmentation
    is_damaged: bool


def _swapped(film: LabelledFilm) -> bool:
    complete = all(name in film.known and film.known[name].all() for name in ("right_lung", "left_lung", "heart"))
    return complete and unlikeness(film.targets) > _MISLABELLED


def _films(data: Path) -> Iterator[Seen]:
    for number, film in enumerate(chest_films(data)):
        if film.fold != HELD_OUT_FOLD or _swapped(film):
            continue
        for is_damaged, grey in ((False, film.grey), (True, damaged(film.grey, number))):
            radiograph = Radiograph(grey)
            yield Seen(film, radiograph, segment(radiograph, BUNDLE), is_damaged)


def _dices(seen: Seen) -> Iterator[DiceSeen]:
    found = seen.segmentation
    for name, known in seen.film.known.items():
        if known.all() and found.masks[name].any():
            overlap = dice(found.masks[name], seen.film.targets[name])
            yield DiceSeen(seen.film.name, name, overlap, found.agreement[name], found.margin[name])


def _errors(seen: Seen) -> Iterator[NumberError]:
    everywhere = {name for name, known in seen.film.known.items() if known.all()}
    for measure in CHEST_MEASURES:
        if not set(measure.needs) <= everywhere:
            continue
        try:
            truth = measure.function(seen.film.targets, seen.radiograph.grid)
            found = measure.function(seen.segmentation.masks, seen.radiograph.grid)
        except NotMeasurable:  # one of them shows no answer: there is no error to learn from
            continue
        values = values_over_variants(measure, seen.segmentation, seen.radiograph)
        yield number_error(seen.film.name, measure.name, found, truth.value, values)


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    dices: list[DiceSeen] = []
    errors: list[NumberError] = []
    for seen in _films(data):
        dices.extend(_dices(seen))
        if not seen.is_damaged:
            errors.extend(_errors(seen))
    fits = fit_bounds(dices)
    usual = QualityFit(*np.median([astuple(fit) for fit in fits.values()], axis=0).tolist())
    update_qualities(qc / "mask_quality.json", fits | {"default": usual})
    widths = fit_widths(errors)
    scale = float(np.median([width.scale for width in widths.values()]))
    update_table(qc / "intervals.json", widths | {"default": Width(scale, scale * FLOOR)})


if __name__ == "__main__":
    main()
