"""Calibrate the intervals of hip numbers: ``python -m radcaliper.learning.hip.calibrate DATA QC_FOLDER``.

Runs the shipped weights over simulated films of the subjects for choosing and over the real films that were read by
eye, and writes the widths into ``intervals.json``: where the real films ask for wider intervals, theirs. Coverage is
printed from a cross-fit by film and by patient: what judges a film was not fitted on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pandas as pd

from radcaliper.learning.conformal import (
    MeasurementError,
    describe_coverage,
    fit_widths,
    measurement_error,
    parts,
    quantile,
    update_table,
)
from radcaliper.learning.datasets.real_hips import HipSide, real_hip_films
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import SimulatedFilm, is_measurable, simulated_films, true_axes
from radcaliper.measurements.catalog import CCD_ANGLE
from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.measures import leg_length_difference
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Grid, Radiograph
from radcaliper.models.hip.predict import predict_hips
from radcaliper.pipelines.protocols.hip.analyse import leg_length_values
from radcaliper.pipelines.protocols.hip.measurements import SIDE_MEASUREMENTS
from radcaliper.pipelines.protocols.hip.sides import Hip, locate
from radcaliper.qc.intervals import Width

_FILMS: Final = 100
_SEED: Final = 1


def film_errors(film: SimulatedFilm) -> Iterator[MeasurementError]:
    """The errors of every number of one film whose truth is known."""
    grid, hips = film.film.grid, locate(film.film, predict_hips(film.film)).measured
    truths = {side: true_axes(hip) for side, hip in film.hips.items() if is_measurable(hip, film.film.shape)}
    for side in truths.keys() & hips.keys():
        for spec in SIDE_MEASUREMENTS:
            found, truth = spec.measure(hips[side].axes, grid, side), spec.measure(truths[side], grid, side)
            values = [spec.measure(axes, grid, side).value for axes in hips[side].plausible]
            yield measurement_error(film.name, found, truth.value, values)
    if len(truths.keys() & hips.keys()) == 2:
        found = leg_length_difference(hips["right"].axes, hips["left"].axes, grid)
        truth = leg_length_difference(truths["right"], truths["left"], grid)
        values = leg_length_values(hips["right"], hips["left"], grid)
        yield measurement_error(film.name, found, truth.value, values)


def simulated_errors(data: Path) -> Iterator[MeasurementError]:
    """The errors of every number of simulated films of the subjects for choosing."""
    for film in simulated_films(bones_of(data, Part.VALIDATION), _FILMS, _SEED):
        yield from film_errors(film)


def _side_errors(patient: str, read: HipSide, hip: Hip, side: str, grid: Grid) -> Iterator[MeasurementError]:
    for spec in SIDE_MEASUREMENTS:
        if not (read.clear or spec is CCD_ANGLE):  # lengths of heads a few pixels wide say nothing
            continue

        def value(axes: FemurAxes, spec: MeasurementSpec = spec) -> float:
            return spec.measure(axes, grid, side).value

        plausible = [value(axes) for axes in hip.plausible]
        yield measurement_error(patient, spec.measure(hip.axes, grid, side), read.reading(value), plausible)


def real_errors(data: Path) -> Iterator[MeasurementError]:
    """The errors of the numbers of the real femora that were read, against the mean of their readings."""
    for film in real_hip_films(data):
        radiograph = Radiograph(film.grey)
        for side, hip in locate(radiograph, predict_hips(radiograph)).measured.items():
            if film.sides[side].drawn:
                yield from _side_errors(film.patient, film.sides[side], hip, side, radiograph.grid)


def widened(widths: dict[str, Width], errors: Iterable[MeasurementError]) -> dict[str, Width]:
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
