"""End plates on the film at its full resolution: the network's corners, turned to the edges that lie along them.

The grey rises from a disc to a vertebral body. Around each end plate of the network, lines of other offsets and tilts
are weighed by how much the grey rises across them, and by how far they are from the network's. The mean tilt under
these weights turns the end plate about its middle; the tilts of vertebrae are then smoothed along the spine, the less
sure of an end plate the film is, the more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Floats
from radcaliper.measurements.spine.smoothing import smooth_weighted
from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.models.inference.arrays import Grey

END_PLATES: Final = "unsure_end_plates"
"""The quality feature of a vertebra whose end plates the film hardly shows."""
_PLACES: Final = 17
"""Places along an end plate at which the grey is read across it."""
_LINES: Final = 13
"""Offsets, and tilts, of the lines that are weighed."""
_SPREADS: Final = 2.5
"""How far the lines reach, in the standard deviations of offset and tilt."""
_OFFSET: Final = 0.1
"""Standard deviation of the distance from the network's end plate to the edge, in heights of the vertebra."""
_TILT: Final = float(np.radians(3.0))
"""Standard deviation of the tilt of the edge against the network's end plate."""
_EVIDENCE: Final = 12.0
"""Log likelihood of a line for each time by which the grey rises more across it than it changes nearby on average."""
_STEEPEST: Final = 2.5
"""A single place does not count for more than this many times the mean change nearby."""
_NOISE: Final = 0.003
"""Change of grey, of 1, that is added to the mean one, so that noise is not amplified."""
_BLUR: Final = 0.04
_STEP: Final = 0.025
"""Blur of the film, and the step in which it is read across an end plate, in heights."""
_LEAST_SURE: Final = float(np.radians(1.0))
"""Standard deviation of a vertebra's tilt that no film is better than."""
_STIFFNESS: Final = 0.02
"""Of the tilts of vertebrae along the spine."""


@dataclass(frozen=True)
class EndPlateFit:
    """How N end plates lie on the film against the network's.

    ``turn`` (N,) is by how much, in radians, the right end is to move down against the left; ``spread`` (N,) its
    standard deviation.
    """

    turn: Floats
    spread: Floats


@dataclass(frozen=True)
class _Plates:
    """The end plates of N vertebrae, upper ones first: left and right ends (2N, 2), whether the body lies below."""

    left: Floats
    right: Floats
    inwards: Floats

    @classmethod
    def of(cls, corners: Corners) -> _Plates:
        """The upper end plates of (N, 4, 2) corners, then the lower ones."""
        count = len(corners)
        left, right = (np.concatenate([corners[:, upper], corners[:, upper + 2]]) for upper in (0, 1))
        return cls(left, right, np.repeat([1.0, -1.0], count))

    @property
    def length(self) -> Floats:
        """(2N,) the lengths of the end plates, in pixels."""
        return np.asarray(np.hypot(*(self.right - self.left).T))

    @property
    def down(self) -> Floats:
        """(2N, 2) unit steps across the end plates, to the film's bottom."""
        along = (self.right - self.left) / self.length[:, None]
        return np.stack([along[:, 1], -along[:, 0]], axis=1)


def _heights(corners: Corners) -> Floats:
    return np.asarray(np.hypot(*(corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1)).T))


def _rises(grey: Grey, plates: _Plates, height: float, steps: int) -> NDArray[np.float32]:
    """(2N, places, 2 steps + 1) how the grey rises towards the body, at and around each place of the end plates.

    In units of the mean change around the place.
    """
    share = np.linspace(0.02, 0.98, _PLACES)[None, :, None]
    across = np.arange(-steps - 1, steps + 2) * _STEP * height
    on_plate = plates.left[:, None] + share * (plates.right - plates.left)[:, None]
    places = on_plate[:, :, None] + across[None, None, :, None] * plates.down[:, None, None]
    first = np.floor(places.min(axis=(0, 1, 2))).astype(int).clip(0) - 1
    last = np.ceil(places.max(axis=(0, 1, 2))).astype(int) + 2
    around = grey[max(0, first[0]) : last[0], max(0, first[1]) : last[1]]
    blurred = cv2.GaussianBlur(around, (0, 0), max(0.6, _BLUR * height))
    row, col = (places - first.clip(0)).reshape(-1, len(across), 2).transpose(2, 0, 1).astype(np.float32)
    profiles = cv2.remap(blurred, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rises = (profiles[:, 2:] - profiles[:, :-2]).reshape(len(plates.left), _PLACES, -1)
    rises *= plates.inwards[:, None, None].astype(np.float32)
    rises /= np.abs(rises).mean(axis=2, keepdims=True) + np.float32(_NOISE)
    return np.asarray(rises.clip(-_STEEPEST, _STEEPEST), dtype=np.float32)


def fit_end_plates(grey: Grey, corners: Corners) -> EndPlateFit:
    """The upper and then the lower end plates of (N, 4, 2) vertebrae, N at least 1, on an (H, W) film in [0, 1]."""
    plates, heights = _Plates.of(corners), np.tile(_heights(corners), 2)
    height = float(np.median(heights))
    offset, tilt = (np.linspace(-_SPREADS, _SPREADS, _LINES) * sigma for sigma in (_OFFSET, _TILT))
    beside = np.linspace(-0.48, 0.48, _PLACES)[None] * plates.length[:, None]
    turned = np.tan(tilt)[None, :, None] * beside[:, None]
    away = offset[None, :, None, None] * heights[:, None, None, None] + turned[:, None]
    steps = int(np.ceil(np.abs(away).max() / (_STEP * height)))
    rises = _rises(grey, plates, height, steps)
    index = np.rint(away / (_STEP * height)).astype(np.intp) + steps
    plate, place = np.arange(len(rises))[:, None, None, None], np.arange(_PLACES)[None, None, None]
    rise = rises[plate, place, index].mean(axis=3)
    log = _EVIDENCE * rise - ((offset / _OFFSET) ** 2)[:, None] / 2 - (tilt / _TILT) ** 2 / 2
    weight = np.exp(log - log.max(axis=(1, 2), keepdims=True)).sum(axis=1)
    weight /= weight.sum(axis=1, keepdims=True)
    turn = weight @ tilt
    return EndPlateFit(turn, np.sqrt((weight @ tilt**2 - turn**2).clip(0)))


def unsure_end_plates(fit: EndPlateFit) -> list[float]:
    """For each of N vertebrae how unsure the tilt of the less sure of its end plates is, 0 to 1.

    It is 1 where the film tells no more than the network had.
    """
    unsure = np.maximum(*np.split(fit.spread / _TILT, 2)).clip(0, 1)
    return [float(each) for each in unsure]


def _turned(corners: Corners, turn: Floats) -> Corners:
    """Vertebrae whose end plates are turned about their middles."""
    plates = _Plates.of(corners)
    shift = plates.down * (np.tan(turn) * plates.length / 2)[:, None]
    count = len(corners)
    left, right = plates.left - shift, plates.right + shift
    return np.stack([left[:count], right[:count], left[count:], right[count:]], axis=1)


def _tilts(corners: Corners) -> Floats:
    """(2N,) tilts of the end plates, upper ones first, in radians."""
    plates = _Plates.of(corners)
    return np.asarray(np.arctan2(*(plates.right - plates.left).T))


def turned_to_edges(corners: Corners, fit: EndPlateFit) -> Corners:
    """(N, 4, 2) vertebrae with their end plates as the film shows them and their tilts smoothed along the spine.

    Smoothing turns both end plates of a vertebra alike, so that a wedge stays.
    """
    upper, lower = np.split(_tilts(corners) + fit.turn, 2)
    spread = np.hypot(*np.split(fit.spread, 2))
    tilts = (upper + lower) / 2
    smoothed = smooth_weighted(tilts, 1 / (spread**2 + _LEAST_SURE**2), _STIFFNESS)
    return _turned(corners, fit.turn + np.tile(smoothed - tilts, 2))
