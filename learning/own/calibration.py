"""Calibrate what a bundle of the user's own finds: qualities of its masks and intervals of their areas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from radcaliper.learning.conformal import MeasurementError, fitted_widths, measurement_error
from radcaliper.learning.damage import DAMAGES, damaged
from radcaliper.learning.datasets.own_films import LabelledOwnFilm
from radcaliper.learning.dice_bound import MaskExample, cross_fitted, fit_quality
from radcaliper.learning.film_with_masks import FilmWithMasks
from radcaliper.measurements.own import own_area
from radcaliper.measurements.types import NotMeasurable, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.inference.segment import segment
from radcaliper.pipelines.protocols.measuring import measure_masks, values_over_passes
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.features import quality_features
from radcaliper.qc.mask_quality import shipped_fits

_COPIES: Final = 4
"""Damaged copies of each film, so that bad masks are seen too."""
_FEWEST_MASKS: Final = 20
_FEWEST_AREAS: Final = 10
"""The fewest films that a conformal interval of 90 % exists for is nine."""
CLEAN: Final = "clean"


@dataclass(frozen=True)
class FoundMask:
    """A mask that was found on a copy of a film, against the true one; ``example`` is None where nothing was found."""

    image: str
    damage: str
    structure: str
    dice: float
    example: MaskExample | None


@dataclass(frozen=True)
class Found:
    """What a bundle found on one film and its damaged copies, and the errors of areas on the undamaged film."""

    masks: tuple[FoundMask, ...]
    errors: tuple[MeasurementError, ...]


def _copies(film: LabelledOwnFilm, number: int) -> Iterator[tuple[str, FilmWithMasks]]:
    undamaged = FilmWithMasks(normalize_grey(film.film.pixels), film.masks)
    yield CLEAN, undamaged
    kinds = list(DAMAGES)
    for place in range(_COPIES):
        kind = kinds[(number * _COPIES + place) % len(kinds)]
        yield kind, damaged(undamaged, kind, (number, place))


def found_on(film: LabelledOwnFilm, number: int, folder: str) -> Found:
    """What the bundle in ``folder`` finds on a film of the user's; its ``number`` chooses and seeds the damages."""
    masks: list[FoundMask] = []
    errors: list[MeasurementError] = []
    for kind, copy in _copies(film, number):
        radiograph = Radiograph(copy.grey)
        prediction = segment(radiograph, folder)
        features, patient = quality_features(prediction), film.source.patient
        for name, truth in copy.masks.items():
            if not truth.any():
                continue
            overlap = dice(prediction.masks[name], truth)
            example = MaskExample(patient, name, overlap, features[name]) if name in features else None
            masks.append(FoundMask(film.source.name, kind, name, overlap, example))
            spec = own_area(name, "")
            try:
                found = measure_masks(spec, "", prediction.masks, radiograph.grid)
            except NotMeasurable:  # nothing was found: there is no area to be wrong
                continue
            if kind == CLEAN:
                values = values_over_passes(spec, "", prediction, radiograph)
                truth_area = measure_masks(spec, "", copy.masks, radiograph.grid).value
                errors.append(measurement_error(patient, found, truth_area, values))
    return Found(tuple(masks), tuple(errors))


def fit_calibration(found: Iterable[Found], structures: Iterable[str]) -> tuple[Calibration, list[str]]:
    """The calibration, and a line on each of its entries.

    A structure with too few masks has the quality of masks in general, one with too few areas no interval.
    """
    found = list(found)
    examples = [mask.example for each in found for mask in each.masks if mask.example is not None]
    judged = [each for each in cross_fitted(examples, examples) if each is not None]
    qualities, lines = {}, []
    for name in structures:
        own = [mask for mask in examples if mask.name == name]
        if len(own) < _FEWEST_MASKS:
            qualities[name] = shipped_fits()["default"]
            lines.append(f"{name}: too few masks ({len(own)}): the quality of masks in general")
            continue
        qualities[name] = fit_quality(name, examples)
        rows = [each for each in judged if each.name == name]
        covered, error = np.mean([r.dice >= r.lower for r in rows]), np.mean([abs(r.dice - r.quality) for r in rows])
        lines.append(
            f"{name}: predicted Dice is off by {error:.3f} on average, its 90 % bound holds for {covered:.2f}"
            f" (n {len(rows)} masks of undamaged and damaged films, each judged without its patient)"
        )
    widths = {}
    for name, width, words in fitted_widths((error for each in found for error in each.errors), _FEWEST_AREAS):
        widths[name] = width
        lines.append(f"{name}: 90 % interval, {words}")
    return Calibration(qualities, widths), lines


def dice_table(found: Iterable[Found], images: set[str]) -> pd.DataFrame:
    """By structure, the Dice on undamaged films among ``images``: n, mean, SD, worst."""
    masks = [mask for each in found for mask in each.masks if mask.damage == CLEAN and mask.image in images]
    rows = []
    for name in dict.fromkeys(sorted(mask.structure for mask in masks)):
        own = sorted((mask for mask in masks if mask.structure == name), key=lambda mask: mask.dice)
        values = np.array([mask.dice for mask in own])
        rows.append(
            {
                "structure": name,
                "n": len(own),
                "mean Dice": round(float(values.mean()), 3),
                "SD": round(float(values.std(ddof=1)), 3) if len(own) > 1 else float("nan"),
                "worst": round(float(values[0]), 3),
                "worst film": own[0].image,
            }
        )
    return pd.DataFrame(rows)
