"""What integers change: ``integers.py DATA PROTOCOL`` prints figures of the validation films in both precisions.

Chest and spine films are those of the validation fifth, hip films are simulated from the subjects kept for validation.
Two tables: each figure's mean by networks in single precision, with its 95 % bootstrap interval, and in integers; and
how far the masks of both agree.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from radcaliper.learning.datasets.chest import chest_films
from radcaliper.learning.datasets.spine import aasce_films, column_mask
from radcaliper.learning.hip.bones import bones_of
from radcaliper.learning.hip.meshes import Part
from radcaliper.learning.hip.simulated_films import is_measurable, simulated_films, true_axes
from radcaliper.learning.network_inputs import VALIDATION_FOLD
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


def main() -> None:
    """Measure each film twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("protocol", choices=FILMS)
    parser.add_argument("--films", type=int, help="no more films than these")
    arguments = parser.parse_args()
    figures: defaultdict[str, dict[str, list[float]]] = defaultdict(lambda: {each: [] for each in PRECISIONS})
    agreed, other_status = defaultdict[str, list[float]](list), 0
    for film in islice(FILMS[arguments.protocol](arguments.data), arguments.films):
        exact, in_integers = (analysed(film, arguments.protocol, precision) for precision in PRECISIONS)
        other_status += exact.status is not in_integers.status
        for precision, analysis in zip(PRECISIONS, (exact, in_integers), strict=True):
            for name, value in film.figures(analysis):
                figures[name][precision].append(value)
        if exact.prediction is not None and in_integers.prediction is not None:
            for name in exact.prediction.masks.keys() & in_integers.prediction.masks.keys():
                agreed[name].append(dice(exact.prediction.masks[name], in_integers.prediction.masks[name]))
    table = Table("figure", "n", *PRECISIONS, box=None)
    random = np.random.default_rng(0)
    for name, of_precision in figures.items():
        values, others = (np.array(of_precision[each]) for each in PRECISIONS)
        low, high = np.percentile(random.choice(values, (2000, len(values))).mean(axis=1), (2.5, 97.5))
        exact_words = f"{values.mean():.4f} [{low:.4f}, {high:.4f}]"
        table.add_row(name, str(len(values)), exact_words, f"{others.mean():.4f}")
    masks = Table("mask", "n", "mean Dice of both", "lowest", box=None)
    for name, overlaps in sorted(agreed.items()):
        masks.add_row(name, str(len(overlaps)), f"{np.mean(overlaps):.4f}", f"{min(overlaps):.4f}")
    console = Console()
    console.print(table, masks, f"films of another status: {other_status}")


if __name__ == "__main__":
    main()
