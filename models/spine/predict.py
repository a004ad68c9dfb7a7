"""From an AP spine film to its vertebrae: locate the column, straighten it, read the strip, and once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from radcaliper.measurements.spine.matching import matching
from radcaliper.measurements.types import Radiograph
from radcaliper.models.inference.forward import forward, predict
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.inference.local_contrast import local_contrast
from radcaliper.models.inference.normalize import normalize_grey
from radcaliper.models.inference.postprocess import main_piece
from radcaliper.models.inference.segment import network_square
from radcaliper.models.registry import BUNDLES
from radcaliper.models.spine.channels import COLS, PROBABILITIES, REACH, ROWS
from radcaliper.models.spine.decode import Corners, Vertebrae, decode
from radcaliper.models.spine.quad_overlap import quad_dice
from radcaliper.models.spine.strip import Points, Strip, path_length, smooth_centreline, strip_along
from radcaliper.models.spine.strip_margins import fitting_margins, mirrored_corners

LOCATOR: Final = "spine_locator"
VERTEBRAE: Final = "spine_vertebrae"
_FIRST_MARGINS: Final = (0.05, 0.05)
_MARGINS: Final = ((0.05, 0.05), (0.08, 0.08), (0.03, 0.07), (0.07, 0.03), (0.06, 0.06))
"""Of the strip's views: how much of the column's length is added at the top and bottom."""
_LEAST_ROWS: Final = 16
_LEAST_VERTEBRAE: Final = 5
_SAME: Final = 0.4
"""Heights apart within which two vertebrae are the same one."""
_WORTH: Final = 0.3
"""A vertebra of lower confidence makes a sequence worse than one without it."""
Margins = tuple[float, float]


@dataclass(frozen=True)
class SpineReading:
    """The vertebrae of a film in its own pixels: the answer, and the views that it is the mean of."""

    vertebrae: Vertebrae
    views: tuple[Vertebrae, ...]

    @property
    def agreement(self) -> NDArray[np.float64]:
        """(N,) mean Dice, 0 to 1, of each vertebra with the same one in the views; 0 where a view does not show it."""
        return np.asarray(np.mean([_overlaps(self.vertebrae.corners, view.corners) for view in self.views], axis=0))


def _overlaps(corners: Corners, view: Corners) -> list[float]:
    """Dice of each vertebra with the same one in a view; 0 where the view does not show it."""
    same = matching(corners, view, _SAME)
    return [0.0 if there is None else quad_dice(quad, view[there]) for quad, there in zip(corners, same, strict=True)]


@dataclass(frozen=True)
class Column:
    """Where the spine runs on a film: (N, 2) centres from the top down, N = 0 where there is none; its mean width in
    film pixels."""

    centres: Points
    width: float

    def __bool__(self) -> bool:
        """Whether a column was found."""
        return len(self.centres) > 0


def locate(film: Radiograph) -> Column:
    """The column of vertebrae as the locator sees it."""
    square, box = network_square(film, int(BUNDLES[LOCATOR].metadata["size"]))
    network = load_predictor(LOCATOR)
    both = predict(network, np.stack([square, np.ascontiguousarray(square[:, ::-1])]))
    mask = main_piece((both[0, 0] + both[1, 0, :, ::-1]) / 2)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) < _LEAST_ROWS:
        return Column(np.zeros((0, 2)), 0.0)
    cols = np.array([np.flatnonzero(mask[row]).mean() for row in rows])
    knots = np.linspace(0, len(rows) - 1, 24).round().astype(int)
    centres = smooth_centreline(np.stack([rows, cols], axis=1)[knots].astype(float), 1.0)
    on_film = box.on_film(centres)
    length = path_length(on_film)
    return Column(on_film, float(mask.sum()) / box.scale**2 / length)


def read_strip(pixels: NDArray[np.float32], strip: Strip, mirrored: bool) -> Vertebrae:
    """The vertebrae along a strip of the (H, W) film in [0, 1], in the film's pixels."""
    grey = local_contrast(strip.sample(pixels), REACH)
    seen = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
    maps = forward(load_predictor(VERTEBRAE), seen[None])[0]
    maps[PROBABILITIES] = torch.sigmoid(torch.from_numpy(maps[PROBABILITIES])).numpy()
    found = decode(maps)
    corners = mirrored_corners(found.corners) if mirrored else found.corners
    on_film = strip.to_film(corners.reshape(-1, 2)).reshape(-1, 4, 2)
    return Vertebrae(on_film, found.levels, found.confidence)


def _merged(base: Vertebrae, views: Sequence[Vertebrae]) -> Vertebrae:
    """The vertebrae of ``base``, each the mean over the views that show it; every other view lowers its confidence."""
    same = [matching(base.corners, view.corners, _SAME) for view in views]
    corners, confidence = np.zeros_like(base.corners), np.zeros(len(base))
    for place in range(len(base)):
        seen = [(view, each[place]) for view, each in zip(views, same, strict=True) if each[place] is not None]
        corners[place] = np.mean([view.corners[there] for view, there in seen], axis=0)
        confidence[place] = sum(view.confidence[there] for view, there in seen) / len(views)
    return Vertebrae(corners, base.levels, confidence)


def _agreed(views: Sequence[Vertebrae]) -> Vertebrae:
    """The view's sequence that the others support best: a vertebra that few views show counts against it."""
    return max((_merged(view, views) for view in views), key=lambda merged: float((merged.confidence - _WORTH).sum()))


def _read_along(pixels: NDArray[np.float32], line: Points, width: float, views: Sequence[Margins]) -> list[Vertebrae]:
    """The vertebrae of strips along a centreline, every other one mirrored."""
    strips = [strip_along(line, ROWS, COLS, fitting_margins(line, width, margins)) for margins in views]
    return [read_strip(pixels, strip, mirrored=number % 2 == 1) for number, strip in enumerate(strips)]


def read_spine(film: Radiograph) -> SpineReading:
    """Locate, straighten and read twice: the second strips run along the vertebrae that the first one found."""
    column = locate(film)
    nothing = SpineReading(Vertebrae(np.zeros((0, 4, 2)), np.zeros(0, np.intp), np.zeros(0)), ())
    if not column:
        return nothing
    pixels = normalize_grey(film.pixels)
    (first,) = _read_along(pixels, column.centres, column.width, (_FIRST_MARGINS,))
    if len(first) < _LEAST_VERTEBRAE:
        return nothing
    line = smooth_centreline(first.corners.mean(axis=1), 1.0)
    views = tuple(_read_along(pixels, line, first.width, _MARGINS))
    return SpineReading(_agreed(views), views)
