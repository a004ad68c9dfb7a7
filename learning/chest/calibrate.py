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

from radcaliper.learning.chest.copies import CLEAN, Look, Purpose, looks, over_films
from radcaliper.learning.chest.labels import labelled_everywhere
from radcaliper.learning.conformal import MeasurementError, fit_widths, measurement_error, update_table
from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.learning.dice_bound import MaskExample, fit_bounds, fit_quality, update_qualities
from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.specs import Calibration
from radcaliper.measurements.types import NotMeasurable
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks, values_over_passes
from radcaliper.qc.features import quality_features
from radcaliper.qc.shape_model import SHAPED

CALIBRATED: Final = tuple(spec for spec in on_masks(PROTOCOL.measurements) if spec.calibration is not Calibration.NONE)
"""The measurements on masks whose intervals are calibrated here."""
_USUAL: Final = ("disagreement", "softness")
"""Causes that every protocol's masks have."""


def masks_seen(look: Look) -> Iterator[MaskExample]:
    """Every mask found on a copy whose truth is known."""
    features = quality_features(look.prediction)
    for name, truth in look.truth.items():
        if name in features and truth.any():
            yield MaskExample(look.film.patient, name, dice(look.prediction.masks[name], truth), features[name])


def number_errors(look: Look) -> Iterator[MeasurementError]:
    """The error of every number of a copy that truth and network both allow."""
    known = labelled_everywhere(look.film)
    for spec, site in with_sites(CALIBRATED):
        if not set(spec.measured_on(site)) <= known:
            continue
        try:
            truth = measure_masks(spec, site, look.truth, look.radiograph.grid)
            found = measure_masks(spec, site, look.prediction.masks, look.radiograph.grid)
        except NotMeasurable:  # one of them shows no answer: there is no error to learn from
            continue
        values = values_over_passes(spec, site, look.prediction, look.radiograph)
        yield measurement_error(look.film.patient, found, truth.value, values)


def _usual(seen: list[MaskExample]) -> list[MaskExample]:
    """Lungs and hearts by what any protocol's masks have: the fit of structures that have none of their own."""
    return [
        MaskExample(mask.patient, "default", mask.dice, {name: mask.features[name] for name in _USUAL})
        for mask in seen
        if mask.name in SHAPED
    ]


def _seen(number: int, film: LabelledFilm) -> tuple[list[MaskExample], list[MeasurementError]]:
    """The masks of all copies of a film, and the errors of the numbers of the film as it is."""
    masks: list[MaskExample] = []
    errors: list[MeasurementError] = []
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
    update_table(qc / "intervals.json", fit_widths(errors))


if __name__ == "__main__":
    main()
