"""From an AP spine film to its vertebrae: locate the column, straighten it, read the strip, and once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from radcaliper.measurements.spine.matching import matching
from radcaliper.measurements.spine.vertebra import corner_landmarks, vertebra_names
from radcaliper.measurements.types import Mask, Pass, Prediction, Radiograph
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
"""Of the passes over the strip: how much of the column's length is added at the top and bottom."""
_LEAST_ROWS: Final = 16
_LEAST_VERTEBRAE: Final = 5
_SAME: Final = 0.4
"""Heights apart within which two vertebrae are the same one."""
_WORTH: Final = 0.3
"""A vertebra of lower confidence makes a sequence worse than one without it."""
Margins = tuple[float, float]


def _agreement(corners: Corners, other: Corners) -> list[float]:
    """Dice of each vertebra with the same one in a pass; 0 where the pass does not show it."""
    same = matching(corners, other, _SAME)
    return [0.0 if there is None else quad_dice(quad, other[there]) for quad, there in zip(corners, same, strict=True)]


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


def _merged(base: Vertebrae, passes: Sequence[Vertebrae]) -> Vertebrae:
    """The vertebrae of ``base``, each the mean over the passes that show it; every other pass lowers its confidence."""
    same = [matching(base.corners, each.corners, _SAME) for each in passes]
    corners, confidence = np.zeros_like(base.corners), np.zeros(len(base))
    for place in range(len(base)):
        seen = [(one, each[place]) for one, each in zip(passes, same, strict=True) if each[place] is not None]
        corners[place] = np.mean([one.corners[there] for one, there in seen], axis=0)
        confidence[place] = sum(one.confidence[there] for one, there in seen) / len(passes)
    return Vertebrae(corners, base.levels, confidence)


def _agreed(passes: Sequence[Vertebrae]) -> Vertebrae:
    """The pass's sequence that the others support best: a vertebra that few passes show counts against it."""
    return max((_merged(each, passes) for each in passes), key=lambda merged: float((merged.confidence - _WORTH).sum()))


def _read_along(pixels: NDArray[np.float32], line: Points, width: float, passes: Sequence[Margins]) -> list[Vertebrae]:
    """The vertebrae of strips along a centreline, every other one mirrored."""
    strips = [strip_along(line, ROWS, COLS, fitting_margins(line, width, margins)) for margins in passes]
    return [read_strip(pixels, strip, mirrored=number % 2 == 1) for number, strip in enumerate(strips)]


def _passes(film: Radiograph) -> tuple[Vertebrae, ...]:
    """Locate, straighten and read twice: the second strips run along the vertebrae that the first one found."""
    column = locate(film)
    if not column:
        return ()
    pixels = normalize_grey(film.pixels)
    (first,) = _read_along(pixels, column.centres, column.width, (_FIRST_MARGINS,))
    if len(first) < _LEAST_VERTEBRAE:
        return ()
    line = smooth_centreline(first.corners.mean(axis=1), 1.0)
    return tuple(_read_along(pixels, line, first.width, _MARGINS))


def filled(shape: tuple[int, int], outline: NDArray[np.float64]) -> Mask:
    """The (H, W) mask inside an outline of (row, col) places."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.round(outline[:, ::-1]).astype(np.int32)], 1)
    return np.asarray(canvas, dtype=bool)


def column_outline(corners: Corners) -> NDArray[np.float64]:
    """The outline of all vertebrae and the discs between them."""
    left, right = corners[:, [0, 2]].reshape(-1, 2), corners[:, [1, 3]].reshape(-1, 2)
    return np.concatenate([left, right[::-1]])


def _by_structure(of_vertebrae: NDArray[np.float64]) -> dict[str, float]:
    """(N,) values by vertebra, and their mean for the spine."""
    names = vertebra_names(len(of_vertebrae))
    return {"spine": float(of_vertebrae.mean()), **dict(zip(names, of_vertebrae.tolist(), strict=True))}


def predict_spine(film: Radiograph) -> Prediction:
    """Masks and corners of every vertebra, and the whole ``spine``; nothing where no column of vertebrae is seen."""
    passes = _passes(film)
    vertebrae = _agreed(passes) if passes else None
    if not vertebrae:
        return Prediction()
    corners, names = vertebrae.corners, vertebra_names(len(vertebrae))
    masks = {"spine": filled(film.shape, column_outline(corners))}
    masks |= {name: filled(film.shape, quad[[0, 1, 3, 2]]) for name, quad in zip(names, corners, strict=True)}
    agreement = np.mean([_agreement(corners, each.corners) for each in passes], axis=0)
    return Prediction(
        masks=masks,
        landmarks=corner_landmarks(corners, vertebrae.confidence),
        passes=tuple(Pass(landmarks=corner_landmarks(each.corners, each.confidence)) for each in passes),
        agreement=_by_structure(np.asarray(agreement)),
        margin=_by_structure(np.minimum(vertebrae.confidence, 1)),
    )
