"""Calibrate chest qualities and intervals: ``python -m radcaliper.learning.chest.calibrate DATA QC_FOLDER``.

Predicts the held-out films, undamaged and damaged, with the shipped weights and with weakened ones, and writes
``mask_quality.json`` and ``intervals.json``. The coverage printed is cross-fitted by patient: each film is judged by a
fit without its patient.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from radcaliper.learning.chest.film_copies import CLEAN, FilmCopy, film_copies, map_films
from radcaliper.learning.chest.gates import gate_of
from radcaliper.learning.chest.labels import labelled_everywhere
from radcaliper.learning.conformal import MeasurementError, fit_widths, measurement_error, update_table
from radcaliper.learning.datasets.chest import LabelledFilm
from radcaliper.learning.dice_bound import MaskExample, fit_bounds, fit_quality, update_qualities
from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, with_sites
from radcaliper.measurements.specs import Calibration
from radcaliper.measurements.types import NotMeasurable
from radcaliper.models.inference.agreement import dice
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.measuring import measure_masks, on_masks, values_over_passes
from radcaliper.qc.features import quality_features
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES

CALIBRATED: Final = tuple(spec for spec in on_masks(PROTOCOL.measurements) if spec.calibration is not Calibration.NONE)
"""The measurements on masks whose intervals are calibrated here."""
OTHER: Final = "chest_other"
"""The fit of the chest's structures that have too few labels for one. ``default`` is for networks asked in passes."""
_BASIC: Final = ("disagreement", "softness")
"""Quality features that every protocol's masks have."""


def mask_examples(copy: FilmCopy) -> Iterator[MaskExample]:
    """Every predicted mask of a copy whose true mask is known."""
    features = quality_features(copy.prediction)
    for name, truth in copy.truth.items():
        if name in features and truth.any():
            yield MaskExample(copy.film.patient, name, dice(copy.prediction.masks[name], truth), features[name])


def measurement_errors(copy: FilmCopy) -> Iterator[MeasurementError]:
    """The error of every measurement that both masks of an undamaged film allow; of others, the main one's alone."""
    known = labelled_everywhere(copy.film)
    for spec, site in with_sites(CALIBRATED if copy.damage == CLEAN else (CARDIOTHORACIC_RATIO,)):
        if not set(spec.measured_on(site)) <= known:
            continue
        try:
            truth = measure_masks(spec, site, copy.truth, copy.radiograph.grid)
            found = measure_masks(spec, site, copy.prediction.masks, copy.radiograph.grid)
        except NotMeasurable:  # one of them cannot be measured: there is no error to learn from
            continue
        values = values_over_passes(spec, site, copy.prediction, copy.radiograph)
        yield measurement_error(copy.film.patient, found, truth.value, values)


def _basic_examples(examples: list[MaskExample]) -> list[MaskExample]:
    """Lungs and hearts with the basic features alone, for the chest's structures without a fit of their own."""
    return [
        MaskExample(mask.patient, OTHER, mask.dice, {name: mask.features[name] for name in _BASIC})
        for mask in examples
        if mask.name in THORAX_STRUCTURES
    ]


def _examples_and_errors(number: int, film: LabelledFilm) -> tuple[list[MaskExample], list[MeasurementError]]:
    """The masks of all copies of a film that show any, and the measurements' errors on the undamaged film."""
    masks: list[MaskExample] = []
    errors: list[MeasurementError] = []
    for copy in film_copies(film, number):
        if gate_of(copy)["refused"]:
            continue
        masks.extend(mask_examples(copy))
        if copy.damage == CLEAN:
            errors.extend(measurement_errors(copy))
    return masks, errors


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    found = list(map_films(data, _examples_and_errors, "calibrating"))
    masks = [mask for examples, _ in found for mask in examples]
    errors = [error for _, errors in found for error in errors]
    fits = fit_bounds(masks)
    update_qualities(qc / "mask_quality.json", fits | {OTHER: fit_quality(OTHER, _basic_examples(masks))})
    update_table(qc / "intervals.json", fit_widths(errors))


if __name__ == "__main__":
    main()
