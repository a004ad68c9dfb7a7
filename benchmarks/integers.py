"""What integers change: ``integers.py DATA PROTOCOL`` prints figures of the validation films in both precisions.

Chest and spine films are those of the validation fifth, hip films are simulated from the subjects kept for validation.
Two tables: each figure's mean by networks in single precision, with its 95 % bootstrap interval, and in integers; and
how far the masks of both agree.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.spine import aasce_films, column_mask
from radcaliper.learning.datasets.split import VALIDATION_FOLD
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import is_measurable, simulated_films, true_axes
from radcaliper.learning.own.figures import bootstrapped_mean
from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, CCD_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.chest import cardiothoracic_ratio
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.types import Analysis, Grid, Mask, Radiograph
from radcaliper.models.inference.agreement import dice
from radcaliper.models.inference.computing import Computing, computing_by
from radcaliper.pipelines.protocols.registry import PROTOCOLS

PRECISIONS: Final = ("float32", "int8")
WHOLE: Final = {"right_lung", "left_lung", "heart"}
"""What a chest film must have outlines of."""
HIP_FILMS: Final = 60
SEED: Final = 3


@dataclass(frozen=True, eq=False)
class Film:
    """A film with its true masks, and the true values of a measurement by site."""

    name: str
    radiograph: Radiograph
    masks: Mapping[str, Mask]
    spec: MeasurementSpec
    truths: Mapping[str, float]

    def figures(self, analysis: Analysis) -> Iterator[tuple[str, float]]:
        """Dice of its masks, and the error of its measurement and whether the interval covers it."""
        for name, mask in self.masks.items():
            yield f"Dice, {name}", 0.0 if analysis.prediction is None else dice(analysis.prediction.masks[name], mask)
        for found in analysis.measurements:
            truth = self.truths.get(found.site) if found.spec is self.spec else None
            if truth is None:
                continue
            yield f"measured, {self.spec.name}", float(found.value is not None)
            if found.value is not None and found.lower is not None and found.upper is not None:
                yield f"absolute error, {self.spec.name}", abs(found.value - truth)
                yield f"covered, {self.spec.name}", float(found.lower <= truth <= found.upper)


@dataclass(frozen=True, eq=False)
class Twice:
    """A film, and how it is measured in single precision and in integers."""

    film: Film
    exact: Analysis
    in_integers: Analysis


def chests(data: Path) -> Iterator[Film]:
    """The validation films with outlines of lungs and heart."""
    for film in chest_films(data, VALIDATION_FOLD):
        masks = {name: film.targets[name] for name, known in film.known.items() if known.all()}
        if masks.keys() >= WHOLE:
            truth = cardiothoracic_ratio(film.targets, Grid()).value
            yield Film(film.name, Radiograph(film.grey), masks, CARDIOTHORACIC_RATIO, {"": truth})


def spines(data: Path) -> Iterator[Film]:
    """The validation films of spines."""
    for film in aasce_films(data):
        if film.fold == VALIDATION_FOLD:
            truth = aasce_angles(film.corners, film.grey.shape[0]).main
            masks = {"spine": column_mask(film)}
            yield Film(film.name, Radiograph(film.grey), masks, COBB_ANGLE_AASCE, {"main": truth})


def hips(data: Path) -> Iterator[Film]:
    """Films of the subjects kept for validation."""
    for film in simulated_films(bones_of(data, Part.VALIDATION), HIP_FILMS, SEED):
        sides = [side for side, hip in film.hips.items() if is_measurable(hip, film.film.shape)]
        truths = {side: true_axes(film.hips[side]).ccd_angle() for side in sides}
        masks = {f"{side}_femur": film.hips[side].mask for side in sides}
        yield Film(film.name, film.film, masks, CCD_ANGLE, truths)


FILMS: Final = {"chest": chests, "spine": spines, "hip": hips}


def analysed(film: Film, protocol: str, precision: str) -> Analysis:
    """A film as networks in a precision measure it."""
    with computing_by(Computing(engine="onnxruntime", precision=precision)):
        return PROTOCOLS[protocol].analyse(film.name, film.radiograph)


def measured_twice(films: Iterable[Film], protocol: str) -> Iterator[Twice]:
    """Each film as networks in single precision measure it, and in integers."""
    for film in films:
        yield Twice(film, *(analysed(film, protocol, precision) for precision in PRECISIONS))


def figures_table(measured: Iterable[Twice]) -> Table:
    """The mean of each figure in both precisions, with its bootstrap interval in single precision."""
    figures: defaultdict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for each in measured:
        for place, analysis in enumerate((each.exact, each.in_integers)):
            for name, value in each.film.figures(analysis):
                figures[name][place].append(value)
    table = Table("figure", "n", *PRECISIONS, box=None)
    for name, (exact, in_integers) in figures.items():
        low, high = bootstrapped_mean(pd.Series(exact), pd.Series(range(len(exact))))
        table.add_row(
            name, str(len(exact)), f"{np.mean(exact):.4f} [{low:.4f}, {high:.4f}]", f"{np.mean(in_integers):.4f}"
        )
    return table


def agreement_table(measured: Iterable[Twice]) -> Table:
    """How far the masks of both precisions agree."""
    agreed: defaultdict[str, list[float]] = defaultdict(list)
    for each in measured:
        exact, in_integers = each.exact.prediction, each.in_integers.prediction
        if exact is None or in_integers is None:
            continue
        for name in exact.masks.keys() & in_integers.masks.keys():
            agreed[name].append(dice(exact.masks[name], in_integers.masks[name]))
    table = Table("mask", "n", "mean Dice of both", "lowest", box=None)
    for name, overlaps in sorted(agreed.items()):
        table.add_row(name, str(len(overlaps)), f"{np.mean(overlaps):.4f}", f"{min(overlaps):.4f}")
    return table


def main() -> None:
    """Print both tables, and how many films have another status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("protocol", choices=FILMS)
    parser.add_argument("--films", type=int, help="no more films than these")
    arguments = parser.parse_args()
    films = islice(FILMS[arguments.protocol](arguments.data), arguments.films)
    measured = list(measured_twice(films, arguments.protocol))
    others = sum(each.exact.status is not each.in_integers.status for each in measured)
    Console().print(figures_table(measured), agreement_table(measured), f"films of another status: {others}")


if __name__ == "__main__":
    main()
