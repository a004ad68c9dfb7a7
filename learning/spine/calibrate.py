"""Calibrate spine qualities and intervals: ``python -m radcaliper.learning.spine.calibrate DATA QC_FOLDER``.

Predicts the held-out AASCE films with the shipped weights and writes their part of ``mask_quality.json`` and
``intervals.json``. The coverage printed is cross-fitted by patient: each film is judged by a fit without its patient.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radcaliper.learning.conformal import MeasurementError, fit_widths, measurement_error, update_table
from radcaliper.learning.datasets.spine import SpineFilm, aasce_films, column_mask
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskExample, basic_features, fit_bounds, update_qualities
from radcaliper.measurements.spine.angles import measure_spine
from radcaliper.measurements.spine.matching import match_vertebrae
from radcaliper.measurements.spine.vertebra import Corners, vertebra_names
from radcaliper.measurements.types import Grid, Key, MeasuredValue, Prediction, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.spine.predict import predict_spine
from radcaliper.models.spine.quad_overlap import quad_dice
from radcaliper.pipelines.protocols.spine.passes import Spine, locate, values_over_passes

_FEWEST = 4
_COMPARED = frozenset({"main", "second", "third", "curve_1"})
"""Sites that truth and prediction both have, whatever their numbers of curves."""


@dataclass(frozen=True)
class PredictedSpine:
    """One calibration film, its prediction, and the vertebrae of the prediction."""

    film: SpineFilm
    prediction: Prediction
    spine: Spine


def _values(corners: Corners, height: int) -> dict[Key, MeasuredValue]:
    values = measure_spine(corners, vertebra_names(len(corners)), height, Grid())
    return {value.key: value for value in values if value.site in _COMPARED or not value.site}


def spine_errors(predicted: PredictedSpine) -> Iterator[MeasurementError]:
    """The error of every measurement of one film."""
    film, spine = Radiograph(predicted.film.grey), predicted.spine
    truth = _values(predicted.film.corners, film.shape[0])
    for key, found in _values(spine.corners, film.shape[0]).items():
        in_passes = values_over_passes(found, spine.passes, film)
        yield measurement_error(predicted.film.patient, found, truth[key].value, in_passes)


def spine_masks(predicted: PredictedSpine) -> Iterator[MaskExample]:
    """Every vertebra found on one film, and the whole spine."""
    film, prediction, spine = predicted.film, predicted.prediction, predicted.spine
    same_in_truth = match_vertebrae(spine.corners, film.corners)

    def example(structure: str, fit: str, overlap: float) -> MaskExample:
        features = basic_features(prediction.agreement[structure], prediction.margin[structure])
        return MaskExample(film.patient, fit, overlap, {**features, **prediction.features.get(structure, {})})

    for name, corners, same in zip(spine.names, spine.corners, same_in_truth, strict=True):
        yield example(name, "vertebra", 0.0 if same is None else quad_dice(corners, film.corners[same]))
    yield example("spine", "spine_column", dice(prediction.masks["spine"], column_mask(film)))


def predicted_spines(data: Path) -> Iterator[PredictedSpine]:
    """The held-out films on which a spine was found."""
    for film in aasce_films(data):
        if film.fold == HELD_OUT_FOLD:
            radiograph = Radiograph(film.grey)
            prediction = predict_spine(radiograph)
            spine = locate(radiograph, prediction)
            if len(spine.names) >= _FEWEST:
                yield PredictedSpine(film, prediction, spine)


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    examples: list[MaskExample] = []
    errors: list[MeasurementError] = []
    for predicted in predicted_spines(data):
        examples.extend(spine_masks(predicted))
        errors.extend(spine_errors(predicted))
    update_qualities(qc / "mask_quality.json", fit_bounds(examples))
    update_table(qc / "intervals.json", fit_widths(errors))


if __name__ == "__main__":
    main()
