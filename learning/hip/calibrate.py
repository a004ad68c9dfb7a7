"""Calibrate the intervals of hip numbers: ``python -m radcaliper.learning.hip.calibrate DATA QC_FOLDER``.

Runs the shipped weights over simulated films of the subjects they never saw and writes the widths into
``intervals.json``. Coverage is printed from a cross-fit by film: what judges a film was not fitted on it. The films are
others than those that ``radcaliper evaluate`` judges by.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from radcaliper.learning.conformal import NumberError, fit_widths, number_error, update_table
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import SimulatedFilm, is_measurable, simulated_films, true_axes
from radcaliper.measurements.hip.measures import HIP_MEASURES, leg_length_difference
from radcaliper.pipelines.protocols.hip.analyse import leg_length_values
from radcaliper.pipelines.protocols.hip.sides import read_hips

_FILMS: Final = 100
_SEED: Final = 1


def film_errors(film: SimulatedFilm) -> Iterator[NumberError]:
    """The errors of every number of one film whose truth is known."""
    grid, hips = film.film.grid, read_hips(film.film).hips
    truths = {side: true_axes(hip) for side, hip in film.hips.items() if is_measurable(hip, film.film.shape)}
    for side in truths.keys() & hips.keys():
        for name, measure in HIP_MEASURES.items():
            found, truth = measure(hips[side].axes, grid, side), measure(truths[side], grid, side)
            values = [measure(axes, grid, side).value for axes in hips[side].plausible]
            yield number_error(film.name, name, found, truth.value, values)
    if len(truths.keys() & hips.keys()) == 2:
        found = leg_length_difference(hips["right"].axes, hips["left"].axes, grid)
        truth = leg_length_difference(truths["right"], truths["left"], grid)
        yield number_error(film.name, found.measurement, found, truth.value, leg_length_values(hips, grid))


def hip_errors(data: Path) -> Iterator[NumberError]:
    """The errors of every number of simulated films of the held-out subjects."""
    for film in simulated_films(bones_of(data, Part.JUDGING), _FILMS, _SEED):
        yield from film_errors(film)


def main() -> None:
    """Calibrate and write the widths."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    update_table(qc / "intervals.json", fit_widths(hip_errors(data)))


if __name__ == "__main__":
    main()
