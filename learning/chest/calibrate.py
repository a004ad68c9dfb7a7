"""Calibrate chest qualities and intervals: ``python -m radcaliper.learning.chest.calibrate DATA QC_FOLDER``.

Runs the shipped weights over the films they never saw, as they are and damaged, and a weakened network too, and writes
``mask_quality.json`` and ``intervals.json``. Coverage is printed from a cross-fit by patient: what judges a film was
not fitted on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.learning.chest.copies import CLEAN, Look, Purpose, looks, over_films
from radcaliper.learning.chest.labels import labelled_everywhere
from radcaliper.learning.conformal import FLOOR, NumberError, fit_widths, number_error, update_table
from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.learning.dice_bound import MaskSeen, fit_bounds, fit_quality, update_qualities
from radcaliper.measurements.chest import CHEST_MEASURES
from radcaliper.measurements.types import NotMeasurable
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.measuring import values_over_variants
from radcaliper.qc.features import causes_of
from radcaliper.qc.intervals import Width
from radcaliper.qc.shape_model import SHAPED

_USUAL: Final = ("disagreement", "softness")
"""Causes that every protocol's masks have."""


def masks_seen(look: Look) -> Iterator[MaskSeen]:
    """Every mask found on a copy whose truth is known."""
    causes = causes_of(look.segmentation)
    for name, truth in look.truth.items():
        if name in causes and truth.any():
            yield MaskSeen(look.film.patient, name, dice(look.segmentation.masks[name], truth), causes[name])


def number_errors(look: Look) -> Iterator[NumberError]:
    """The error of every number of a copy that truth and network both allow."""
    known = labelled_everywhere(look.film)
    for measure in CHEST_MEASURES:
        if not set(measure.needs) <= known:
            continue
        try:
            truth = measure.function(look.truth, look.radiograph.grid)
            found = measure.function(look.segmentation.masks, look.radiograph.grid)
        except NotMeasurable:  # one of them shows no answer: there is no error to learn from
            continue
        values = values_over_variants(measure, look.segmentation, look.radiograph)
        yield number_error(look.film.patient, measure.name, found, truth.value, values)


def _usual(seen: list[MaskSeen]) -> list[MaskSeen]:
    """Lungs and hearts by what any protocol's masks have: the fit of structures that have none of their own."""
    return [
        MaskSeen(mask.patient, "default", mask.dice, {name: mask.causes[name] for name in _USUAL})
        for mask in seen
        if mask.name in SHAPED
    ]


def _seen(number: int, film: LabelledFilm) -> tuple[list[MaskSeen], list[NumberError]]:
    """The masks of all copies of a film, and the errors of the numbers of the film as it is."""
    masks: list[MaskSeen] = []
    errors: list[NumberError] = []
    for look in looks(film, number, (Purpose.CALIBRATING,)):
        masks.extend(masks_seen(look))
        if look.damage == CLEAN:
            errors.extend(number_errors(look))
    return masks, errors


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    found = list(over_films(data, _seen, "calibrating"))
    masks = [mask for seen, _ in found for mask in seen]
    errors = [error for _, errors in found for error in errors]
    fits = fit_bounds(masks)
    update_qualities(qc / "mask_quality.json", fits | {"default": fit_quality("default", _usual(masks))})
    widths = fit_widths(errors)
    scale = float(np.median([width.scale for width in widths.values()]))
    update_table(qc / "intervals.json", widths | {"default": Width(scale, scale * FLOOR)})


if __name__ == "__main__":
    main()
