"""Calibrate spine qualities and intervals: ``python -m radcaliper.learning.spine.calibrate DATA QC_FOLDER``.

Runs the shipped weights over the AASCE films they never saw and writes their part of ``mask_quality.json`` and
``intervals.json``. Coverage is printed from a cross-fit by patient: what judges a film was not fitted on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radcaliper.learning.conformal import NumberError, fit_widths, number_error, update_table
from radcaliper.learning.datasets.spine import SpineFilm, aasce_films
from radcaliper.learning.datasets.split import HELD_OUT_FOLD
from radcaliper.learning.dice_bound import MaskSeen, fit_bounds, update_qualities, usual_causes
from radcaliper.measurements.spine.angles import spine_readings
from radcaliper.measurements.spine.matching import matching
from radcaliper.measurements.types import Grid, Radiograph, Reading
from radcaliper.models.inference.agreement import dice
from radcaliper.models.spine.decode import Corners
from radcaliper.models.spine.predict import SpineReading, read_spine
from radcaliper.models.spine.quad_overlap import quad_dice
from radcaliper.pipelines.protocols.spine.analyse import column_outline, filled, vertebra_names
from radcaliper.pipelines.protocols.spine.passes import interval_key, values_over_views, views_of

_FEWEST = 4
_COMPARED = frozenset({"main", "second", "third", "curve_1"})
"""Sites that the truth has too, however many curves were found."""


@dataclass(frozen=True)
class Seen:
    """One calibration film as the networks saw it."""

    film: SpineFilm
    spine: SpineReading


def _readings(corners: Corners, height: int) -> dict[tuple[str, str, str], Reading]:
    readings = spine_readings(corners, vertebra_names(len(corners)), height, Grid())
    return {(r.measurement, r.site, r.method): r for r in readings if r.site in _COMPARED or not r.site}


def spine_errors(seen: Seen) -> Iterator[NumberError]:
    """The error of every number of one film."""
    film = Radiograph(seen.film.grey)
    truth, views = _readings(seen.film.corners, film.shape[0]), views_of(seen.spine, film)
    for key, found in _readings(seen.spine.vertebrae.corners, seen.film.grey.shape[0]).items():
        values = values_over_views(found, views, film)
        yield number_error(seen.film.patient, interval_key(found), found, truth[key].value, values)


def spine_masks(seen: Seen) -> Iterator[MaskSeen]:
    """Every vertebra found on one film, and the column."""
    vertebrae, agreement = seen.spine.vertebrae, seen.spine.agreement
    certainty = np.minimum(vertebrae.confidence, 1)
    nearest = matching(vertebrae.corners, seen.film.corners)
    for place, same in enumerate(nearest):
        overlap = 0.0 if same is None else quad_dice(vertebrae.corners[place], seen.film.corners[same])
        yield MaskSeen(seen.film.patient, "vertebra", overlap, usual_causes(agreement[place], certainty[place]))
    columns = [filled(seen.film.grey.shape, column_outline(each)) for each in (vertebrae.corners, seen.film.corners)]
    yield MaskSeen(seen.film.patient, "spine_column", dice(*columns), usual_causes(agreement.mean(), certainty.mean()))


def spines_seen(data: Path) -> Iterator[Seen]:
    """The held-out films on which a spine was found."""
    for film in aasce_films(data):
        if film.fold == HELD_OUT_FOLD:
            spine = read_spine(Radiograph(film.grey))
            if len(spine.vertebrae) >= _FEWEST:
                yield Seen(film, spine)


def main() -> None:
    """Calibrate and write both tables."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    dices: list[MaskSeen] = []
    errors: list[NumberError] = []
    for seen in spines_seen(data):
        dices.extend(spine_masks(seen))
        errors.extend(spine_errors(seen))
    update_qualities(qc / "mask_quality.json", fit_bounds(dices))
    update_table(qc / "intervals.json", fit_widths(errors))


if __name__ == "__main__":
    main()
