"""Calibrate the intervals of hip numbers: ``python -m radcaliper.learning.hip.calibrate DATA QC_FOLDER``.

Runs the shipped weights over simulated films of the subjects they never saw and over the real films that were read by
eye, and writes the widths into ``intervals.json``: where the real films ask for wider intervals, theirs. Coverage is
printed from a cross-fit by film and by patient: what judges a film was not fitted on it. The simulated films are others
than those that ``radcaliper evaluate`` judges by.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pandas as pd

from radcaliper.learning.conformal import (
    NumberError,
    describe_coverage,
    fit_widths,
    number_error,
    parts,
    quantile,
    update_table,
)
from radcaliper.learning.datasets.real_hips import HipSide, real_hip_films
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import SimulatedFilm, is_measurable, simulated_films, true_axes
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.measures import HIP_MEASURES, leg_length_difference
from radcaliper.measurements.types import Grid, Radiograph, Reading
from radcaliper.pipelines.protocols.hip.analyse import leg_length_values
from radcaliper.pipelines.protocols.hip.sides import Hip, read_hips
from radcaliper.qc.intervals import Width

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


def simulated_errors(data: Path) -> Iterator[NumberError]:
    """The errors of every number of simulated films of the held-out subjects."""
    for film in simulated_films(bones_of(data, Part.JUDGING), _FILMS, _SEED):
        yield from film_errors(film)


def _side_errors(patient: str, read: HipSide, hip: Hip, side: str, grid: Grid) -> Iterator[NumberError]:
    for name, measure in HIP_MEASURES.items():
        if not (read.clear or name == "ccd_angle"):  # lengths of heads a few pixels wide say nothing
            continue

        def value(axes: FemurAxes, of: Callable[[FemurAxes, Grid, str], Reading] = measure) -> float:
            return of(axes, grid, side).value

        plausible = [value(axes) for axes in hip.plausible]
        yield number_error(patient, name, measure(hip.axes, grid, side), read.reading(value), plausible)


def real_errors(data: Path) -> Iterator[NumberError]:
    """The errors of the numbers of the real femora that were read, against the mean of their readings."""
    for film in real_hip_films(data):
        radiograph = Radiograph(film.grey)
        for side, hip in read_hips(radiograph).hips.items():
            if film.sides[side].drawn:
                yield from _side_errors(film.patient, film.sides[side], hip, side, radiograph.grid)


def widened(widths: dict[str, Width], errors: Iterable[NumberError]) -> dict[str, Width]:
    """The widths, each as wide as the real films' errors ask for; prints their coverage by five folds of patients."""
    wider = dict(widths)
    for name, rows in pd.DataFrame([asdict(error) for error in errors]).groupby("name"):
        width = widths[str(name)]
        part = parts(rows.patient)
        limits = part.map({number: max(width.scale, quantile(rows.score[part != number])) for number in part.unique()})
        print(f"{name:26s} real {describe_coverage(rows.score <= limits)}")  # noqa: T201
        scale = max(width.scale, quantile(rows.score))
        wider[str(name)] = Width(scale, width.floor / width.scale * scale)
    return wider


def main() -> None:
    """Calibrate and write the widths."""
    data, qc = Path(sys.argv[1]), Path(sys.argv[2])
    update_table(qc / "intervals.json", widened(fit_widths(simulated_errors(data)), real_errors(data)))


if __name__ == "__main__":
    main()
