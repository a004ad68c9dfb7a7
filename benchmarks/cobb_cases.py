"""Where the common code for Cobb angles fails, as data: ``python benchmarks/cobb_cases.py``.

Spines with known tilts of their vertebrae: three curves, two equal curves, a curve under noise, a film squashed to half
its width. Beside the true angles stand those by ``cobb_angle``, and the three of the AASCE 2019 challenge's code, which
many repeat, as ``cobb_angle_aasce`` reproduces them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from radcaliper.measurements.spine.angles import measure_spine
from radcaliper.measurements.spine.vertebra import Corners, vertebra_names
from radcaliper.measurements.types import Grid

_HEIGHT, _WIDTH, _GAP = 40.0, 60.0, 10.0
_FILM: Final = 1000.0
_DRAWS: Final = 100
_NOISE: Final = 0.02
"""Standard deviation of the corners, in widths of a vertebra: about a pixel of a film 1280 high."""


def spine(tilts: Sequence[float]) -> Corners:
    """(N, 4, 2) corners of vertebrae with these tilts in degrees, one below the other."""
    row, col, quads = 60.0, 300.0, []
    for tilt in np.radians(tilts):
        across, down = np.array([np.sin(tilt), np.cos(tilt)]), np.array([np.cos(tilt), -np.sin(tilt)])
        middle = np.array([row, col])
        half, tall = across * _WIDTH / 2, down * _HEIGHT / 2
        quads.append([middle - half - tall, middle + half - tall, middle - half + tall, middle + half + tall])
        row, col = middle + down * (_HEIGHT + _GAP)
    return np.array(quads)


def tilts_through(*peaks: float) -> list[float]:
    """The tilts of 17 vertebrae that go from one peak to the next as a sine does; each peak is a vertebra's."""
    places = np.round(np.linspace(0, 16, len(peaks)))
    tilts = []
    for (start, first), (stop, second) in pairwise(zip(places, peaks, strict=True)):
        share = (1 - np.cos(np.pi * np.arange(stop - start) / (stop - start))) / 2
        tilts += (first + (second - first) * share).tolist()
    return [*tilts, float(peaks[-1])]


@dataclass(frozen=True)
class Angles:
    """The curves' angles, the largest first, and the challenge's main, second and third."""

    curves: tuple[float, ...]
    challenge: tuple[float, ...]


_SQUARE: Final = Grid()


def angles_of(corners: Corners, grid: Grid = _SQUARE) -> Angles:
    """The angles of a spine on pixels of a grid."""
    found = measure_spine(corners, vertebra_names(len(corners)), _FILM, grid)
    curves = [each.value for each in found if each.spec.name == "cobb_angle" and each.method == "vertebral_tilt"]
    challenge = [each.value for each in found if each.spec.name == "cobb_angle_aasce"]
    return Angles(tuple(curves), tuple(challenge))


def _words(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def rows() -> list[tuple[str, str, str, str]]:
    """Case, true angles, ours, the challenge's."""
    table = []
    for name, peaks in (
        ("one curve", (0, 20, -20, 0)),
        ("three curves", (10, -20, 20, -10)),
        ("two equal curves", (15, -15, 15)),
        ("four curves", (12, -12, 12, -12, 12)),
    ):
        true = sorted((abs(b - a) for a, b in pairwise(peaks)), reverse=True)
        found = angles_of(spine(tilts_through(*peaks)))
        table.append((name, _words(true), _words(found.curves), _words(found.challenge)))
    squashed = spine(tilts_through(0, 20, -20, 0)) * [1, 0.5]
    for words, grid in (("squashed to half its width, not known", Grid()), ("the same, known", Grid(1, 2))):
        found = angles_of(squashed, grid)
        challenge = _words(found.challenge) if grid.is_square else "does not know of it"
        table.append((words, "40, 20, 20", _words(found.curves), challenge))
    return table


def noise_rows() -> list[tuple[str, str, str, str]]:
    """How far the largest angle of a straight and of a curved spine is off under noise of the corners."""
    rng, table = np.random.default_rng(0), []
    for name, peaks, true in (("straight, noise", (0, 0), 0.0), ("one curve, noise", (0, 20, -20, 0), 40.0)):
        corners = spine(tilts_through(*peaks))
        drawn = [angles_of(corners + rng.normal(0, _NOISE * _WIDTH, corners.shape)) for _ in range(_DRAWS)]
        ours, challenge = (
            np.array([each[0] for each in values]) - true
            for values in ([d.curves for d in drawn], [d.challenge for d in drawn])
        )
        cells = (f"{errors.mean():+.1f} ± {errors.std(ddof=1):.1f} off" for errors in (ours, challenge))
        table.append((f"{name} (n {_DRAWS})", f"{true:.0f}", *cells))
    return table


def main() -> None:
    """Print the table."""
    table = Table("case", "true", "cobb_angle (vertebral_tilt)", "challenge's code: main, second, third", box=None)
    for row in [*rows(), *noise_rows()]:
        table.add_row(*row)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
