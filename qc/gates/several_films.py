"""Does the picture hold several films beside or above each other? Looked at before any network is asked.

Films that meet leave a seam: along a straight line from border to border, greys jump between neighbouring pixels as
nowhere beside it. Plates of one exposure that were joined have such a seam across, too, so that films above each other
must also be apart, or look alike.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.types import Finding, Radiograph, Status

_SIDE: Final = 1024
_LINES: Final = 512
_JUMP: Final = 0.02
"""Share of the range of greys by which a seam exceeds the differences beside it."""
_REACH: Final = 4
"""Columns to either side within which differences are compared."""
_HERE: Final = np.ones((1, 3), np.uint8)
_BESIDE: Final = np.array([[1, 1, 0, 0, 0, 0, 0, 1, 1]], np.uint8)
"""The columns whose differences are compared."""
_OUTER: Final = 0.2
"""Share of the picture at either border in which no seam is looked for."""
_SURE_SEAM: Final = 0.8
"""Share of its length along which a seam is seen; the most on labelled films of one exposure is below."""
_SEAM: Final = 0.6
_ALIKE: Final = 0.75
"""Correlation of two parts beside each other, as of two films of one kind; the halves of a body are mirrored."""
_ALIKE_ABOVE: Final = 0.6
"""The same of two parts above each other."""
_MOST_SEAMS: Final = 4
"""Edges of two gaps; a picture of coarse blocks has a seam at each of them."""
_NEARLY: Final = 0.7
"""Share of the longest seam's length from which another counts."""
_EVEN: Final = 0.03
_GAP: Final = 0.005
"""Share of the picture: an even band between two films. Joins of plates are thinner."""
_SMALL: Final = 64


def _grey(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The film from 0 to 1 between its 1st and 99th percentile, at most 1024 pixels a side."""
    scale = min(1.0, _SIDE / max(pixels.shape))
    size = max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    low, high = (float(end) for end in np.percentile(small[::2, ::2], (1, 99)))
    grey = np.subtract(small, np.float32(low), dtype=np.float32)
    grey /= np.float32(max(high - low, 1e-12))
    return np.asarray(np.clip(grey, 0, 1, out=grey))


def _inner(width: int) -> slice:
    return slice(round(_OUTER * width), round((1 - _OUTER) * width))


def _seam(grey: NDArray[Any]) -> float:
    """The largest share of rows that jump between two columns, and not a few columns beside; 0 for coarse blocks."""
    jump = np.abs(np.diff(grey, axis=1))
    inner = _inner(jump.shape[1])
    around = jump.take(range(inner.start - _REACH, inner.stop + _REACH), axis=1, mode="wrap")
    here, beside = (cv2.dilate(around, within)[:, _REACH:-_REACH] for within in (_HERE, _BESIDE))
    seen = (here - beside > _JUMP).mean(axis=0)
    seams = np.diff((seen > _NEARLY * seen.max()).astype(np.int8), prepend=0, append=0)
    return float(seen.max()) if (seams > 0).sum() <= _MOST_SEAMS else 0.0


def _gap(grey: NDArray[Any]) -> float:
    """The width of the widest even band from top to bottom, as a share of the picture's."""
    unlike = np.percentile(np.abs(grey - np.median(grey, axis=0)), 95, axis=0)
    even = np.concatenate([[False], unlike[_inner(len(unlike))] < _EVEN, [False]])
    ends = np.flatnonzero(np.diff(even.astype(np.int8)))
    widest = int((ends[1::2] - ends[::2]).max(initial=0))
    return widest / int(grey.shape[1])


def _likeness(grey: NDArray[Any]) -> float:
    """Correlation of the left half with the right one, -1 to 1."""
    half = grey.shape[1] // 2
    parts = [cv2.resize(part, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).ravel() for part in
             (np.ascontiguousarray(grey[:, :half]), np.ascontiguousarray(grey[:, -half:]))]  # fmt: skip
    return float(np.corrcoef(*parts)[0, 1]) if all(np.ptp(part) > 0 for part in parts) else 0.0


def _beside_each_other(grey: NDArray[Any]) -> bool:
    seam = _seam(grey[:: max(1, grey.shape[0] // _LINES)])
    return seam > _SURE_SEAM or (seam > _SEAM and (_likeness(grey) > _ALIKE or _gap(grey) > _GAP))


def _above_each_other(grey: NDArray[Any]) -> bool:
    seam = _seam(cv2.transpose(np.ascontiguousarray(grey[:, :: max(1, grey.shape[1] // _LINES)])))
    if seam <= _SURE_SEAM:
        return False
    turned = cv2.transpose(grey)
    return _likeness(turned) > _ALIKE_ABOVE or _gap(turned) > _GAP


def several_films_findings(film: Radiograph) -> tuple[Finding, ...]:
    """``several_films`` (refused) for a picture of more than one film; nothing for a single one."""
    grey = _grey(film.pixels)
    if _beside_each_other(grey) or _above_each_other(grey):
        return (Finding("several_films", Status.REFUSED),)
    return ()
