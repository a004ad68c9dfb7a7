"""Calibrate the intervals of Cobb angles: ``python -m radcaliper.pipelines.calibration.spine DATA QC_FOLDER``.

Runs the shipped weights over the AASCE films they never saw and writes the widths into ``intervals.json``. Coverage is
printed from a cross-fit by film: what judges a film was not fitted on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from radcaliper.measurements.cobb.angles import spine_readings
from radcaliper.measurements.types import Grid, Radiograph, Reading
from radcaliper.models.spine import read_spine
from radcaliper.models.training.spine_data import SpineFilm, aasce_films
from radcaliper.models.training.split import HELD_OUT_FOLD
from radcaliper.models.vertebrae import Corners
from radcaliper.pipelines.calibration.conformal import NumberError, fit_widths, number_error, update_table
from radcaliper.pipelines.spine import vertebra_names
from radcaliper.pipelines.spine_spread import interval_key, values_over_views

_FEWEST = 4
_COMPARED = frozenset({"main", "second", "third", "curve_1"})
"""Sites that the truth has too, however many curves were found."""


def _readings(corners: Corners, height: int) -> dict[tuple[str, str, str], Reading]:
    readings = spine_readings(corners, vertebra_names(len(corners)), height, Grid())
    return {(r.measurement, r.site, r.method): r for r in readings if r.site in _COMPARED or not r.site}


def _errors(film: SpineFilm) -> Iterator[NumberError]:
    radiograph = Radiograph(film.grey)
    spine = read_spine(radiograph)
    if len(spine.vertebrae) < _FEWEST:
        return
    truth = _readings(film.corners, film.grey.shape[0])
    for key, found in _readings(spine.vertebrae.corners, film.grey.shape[0]).items():
        values = values_over_views(found, spine, radiograph)
        yield number_error(film.name, interval_key(found), found, truth[key].value, values)


def main() -> None:
    """Calibrate and write the widths."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    held_out = (film for film in aasce_films(data) if film.fold == HELD_OUT_FOLD)
    update_table(qc / "intervals.json", fit_widths(error for film in held_out for error in _errors(film)))


if __name__ == "__main__":
    main()
