"""Which part of a film was exposed: without a uniform frame, shutter, canvas or empty half around it.

A line of pixels at the border belongs to the frame where nearly all of it has one grey. The frame must end abruptly
along most of the film's side: the air beside a patient is dark too, but the patient's outline enters it gradually.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.pipelines.reading.limits import LEAST_SIDE

_TOLERANCES: Final = (0.01, 0.04)
"""Share of the film's range of greys within which a frame's grey may vary: at least, and for a noisy frame at most."""
_UNIFORM: Final = 0.92
"""Share of a line that has the frame's grey; the rest may be a marker."""
_ABRUPT: Final = ((0.25, 0.0), (0.0, 0.5))
"""Of frames from that share of the picture on: along which share of the film's side they end within ``_WITHIN`` of the
film's extent. A film may fade where it meets a black canvas, and no film has so much even air as a wide one.
"""
_WITHIN: Final = 0.015
_MIXED: Final = 0.9
"""Share of a line with the frame's grey, from which it is the frame's where the end was found on a blurred picture."""
_LEAVES: Final = 3.0
"""Tolerances by which a pixel must differ from the frame's grey to have left it."""
_LEAST_CUT: Final = 0.03
"""Share of the picture: thinner frames, as scanners leave, are on the films that the networks learned from."""
_SAMPLES: Final = 512
_ROUNDS: Final = 4
"""Frames within frames that are looked for."""
_AT_ONCE: Final = 16
"""Lines of a frame that are looked at at once: most films have none, and the first lines tell."""
_NEAR_BORDER: Final = 64
"""Lines from the picture's border within which its noise is blurred line by line, as most frames end there."""
_BLUR: Final = 3
"""Side of the box, in pixels, over which a frame's noise is evened out."""

Box = tuple[int, int, int, int]
"""First row, row behind the last, first column, column behind the last."""


@dataclass(frozen=True)
class _Frame:
    """The grey of one side's frame, and how far its pixels may be from it."""

    grey: float
    tolerance: float

    def share(self, lines: NDArray[Any], slack: float = 1.0) -> NDArray[np.float64]:
        """The share of each line that has the frame's grey within ``slack`` tolerances."""
        return np.asarray((np.abs(lines - self.grey) <= slack * self.tolerance).mean(axis=1))


def _frames_of(line: NDArray[Any], span: float) -> tuple[_Frame, _Frame]:
    """The frame that a border line belongs to, as even as the line is, and as uneven as frames may be."""
    grey = float(np.median(line))
    noise = float(np.percentile(np.abs(line - grey), 100 * _UNIFORM))
    even, uneven = (share * span for share in _TOLERANCES)
    return _Frame(grey, float(np.clip(2 * noise, even, uneven))), _Frame(grey, uneven)


@dataclass(frozen=True, eq=False)
class _Picture:
    """A film's pixels (H, W), and the same without noise."""

    pixels: NDArray[np.float32]

    @cached_property
    def calm(self) -> NDArray[np.float32]:
        """The pixels without noise; most films need no more of it than lines near their borders."""
        return np.asarray(cv2.blur(self.pixels, (_BLUR, _BLUR)), dtype=np.float32)


def _turned(pixels: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """A picture with one of its sides (top, bottom, left, right) as its first rows."""
    return (pixels, pixels[::-1], pixels.T, pixels.T[::-1])[number]


@dataclass(frozen=True, eq=False)
class _Lines:
    """The lines of a box of a picture from one of its sides (``number``) inwards, thinned.

    ``rows`` and ``cols`` are the box's of the picture with that side as its first rows.
    """

    picture: _Picture
    number: int
    rows: slice
    cols: slice

    @classmethod
    def of_side(cls, picture: _Picture, box: Box, number: int) -> _Lines:
        """From the top, the bottom, the left or the right of a box."""
        (top, bottom, left, right), (height, width) = box, picture.pixels.shape
        rows = ((top, bottom), (height - bottom, height - top), (left, right), (width - right, width - left))[number]
        cols = (left, right) if number < 2 else (top, bottom)
        return cls(picture, number, slice(*rows), slice(*cols, max(1, (cols[1] - cols[0]) // _SAMPLES)))

    def __len__(self) -> int:
        return int(self.rows.stop - self.rows.start)

    def _places(self, start: int, stop: int) -> tuple[int, int]:
        """The rows from ``start`` to before ``stop``, or to the last, of the whole picture."""
        return self.rows.start + start, min(self.rows.start + stop, self.rows.stop)

    def sharp(self, start: int, stop: int) -> NDArray[np.float32]:
        """The lines from ``start`` to before ``stop``, or to the last."""
        first, last = self._places(start, stop)
        return _turned(self.picture.pixels, self.number)[first:last, self.cols]

    def calm(self, start: int, stop: int) -> NDArray[np.float32]:
        """The same without noise."""
        first, last = self._places(start, stop)
        if last > _NEAR_BORDER:
            return _turned(self.picture.calm, self.number)[first:last, self.cols]
        before = min(first, _BLUR // 2)
        around = _turned(self.picture.pixels, self.number)[first - before : last + _BLUR // 2]
        calm = np.asarray(cv2.blur(np.ascontiguousarray(around), (_BLUR, _BLUR)), dtype=np.float32)
        return calm[before : before + last - first, self.cols]


def _frame_lines(lines: _Lines, frame: _Frame) -> int:
    """How many of the first lines are the frame's nearly everywhere; 0 where all are."""
    for start in range(0, len(lines), _AT_ONCE):
        alike = frame.share(lines.calm(start, start + _AT_ONCE)) >= _UNIFORM
        if not alike.all():
            return start + int(np.argmin(alike))
    return 0


def _abrupt_end(lines: _Lines, count: int, frame: _Frame) -> int:
    """Where within the next few lines enough pixels leave the grey of the first ``count`` lines; 0 if nowhere."""
    reach = max(2, round(_WITHIN * (len(lines) - count)))
    needed = next(share for width, share in _ABRUPT if count >= width * len(lines))
    leaving = frame.share(lines.calm(count, count + reach), _LEAVES) <= 1 - needed
    return count + int(np.argmax(leaving)) if leaving.any() else 0


def _sharp_end(lines: _Lines, end: int, frame: _Frame) -> int:
    """The end that was found on a blurred picture, moved inwards past lines that are mostly of the frame's grey."""
    mixed = np.flatnonzero(frame.share(lines.sharp(end, end + _BLUR)) > _MIXED)
    return end + int(mixed[-1]) + 1 if len(mixed) else end


def _within(box: Box, cuts: list[int]) -> Box:
    return box[0] + cuts[0], box[1] - cuts[1], box[2] + cuts[2], box[3] - cuts[3]


def _cuts(picture: _Picture, box: Box, frames: list[_Frame]) -> list[int]:
    """How many lines of each side of a box are its frame's."""
    counts = [_frame_lines(_Lines.of_side(picture, box, number), frame) for number, frame in enumerate(frames)]
    top, bottom, left, right = _within(box, counts)
    if min(bottom - top, right - left) < LEAST_SIDE:
        return [0, 0, 0, 0]
    crosses = (box[0], box[1], left, right), (top, bottom, box[2], box[3])
    ends = [0, 0, 0, 0]
    for number, (count, frame) in enumerate(zip(counts, frames, strict=True)):
        cross = crosses[number // 2]
        end = _abrupt_end(_Lines.of_side(picture, cross, number), count, frame) if count else 0
        ends[number] = _sharp_end(_Lines.of_side(picture, cross, number), end, frame) if end else 0
    return ends


def _cut_once(picture: _Picture, box: Box, span: float) -> Box:
    """The box without the frame that surrounds it now; the same box where there is none."""
    frames = [_frames_of(_Lines.of_side(picture, box, number).calm(0, 1)[0], span) for number in range(4)]
    even, uneven = (_cuts(picture, box, list(each)) for each in zip(*frames, strict=True))
    return _within(box, [first or second for first, second in zip(even, uneven, strict=True)])


def exposed_box(pixels: NDArray[np.float32]) -> tuple[slice, slice]:
    """The rows and columns of a (H, W) film that were exposed; all of them where no frame of some size surrounds it."""
    height, width = pixels.shape
    whole = slice(0, height), slice(0, width)
    rows, cols = (max(1, side // _SAMPLES) for side in pixels.shape)
    low, high = (float(end) for end in np.percentile(pixels[::rows, ::cols], (0.5, 99.5)))
    if high <= low:
        return whole
    picture, box = _Picture(pixels), (0, height, 0, width)
    for _ in range(_ROUNDS):
        smaller = _cut_once(picture, box, high - low)
        if smaller == box:
            break
        box = smaller
    share = (box[1] - box[0]) * (box[3] - box[2]) / (height * width)
    return whole if share > 1 - _LEAST_CUT else (slice(box[0], box[1]), slice(box[2], box[3]))
