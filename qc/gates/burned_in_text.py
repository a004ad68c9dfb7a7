"""Text that was drawn into a film's pixels, as a patient's name: lines of letters at the film's brightest or darkest.

No letter is read: a line is five or more patches of a letter's size, of one grey that is far from what surrounds them,
side by side on one line. A marker of a side is one or two such patches, and is no line.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_LETTERS: Final = 5
"""Patches that make a line."""
_HEIGHTS: Final = (7, 0.05)
"""A letter's least height in pixels, and its greatest as a share of the film's."""
_WIDTHS: Final = (0.1, 1.5)
"""A letter's width over its height."""
_FILLED: Final = (0.15, 0.85)
"""The share of its box that a letter fills."""
_GREY: Final = 0.04
"""How far from the film's brightest, as a share of its greys, a letter's pixels may be."""
_CONTRAST: Final = 0.3
"""How far from it what surrounds a letter is at least, on average."""
_ALIKE: Final = 1.5
"""Heights of neighbouring letters, the larger over the smaller, at most."""
_OFF_LINE: Final = 0.3
"""How far apart the lower edges of neighbouring letters are at most, as a share of their height."""
_GAP: Final = 1.2
"""How far apart neighbouring letters are at most, as a share of their height."""
_LARGEST: Final = 2048
"""Larger films are looked at in this size, in pixels on the longer side."""
_MOST_PATCHES: Final = 4000
"""More patches than any text has: noise, or a picture of two greys."""

_Boxes = NDArray[np.int64]
"""A row for each patch: left, top, width, height, area."""


def _letters(bright: NDArray[np.float32]) -> _Boxes:
    """The patches at the brightest of a film (greys from 0 to 1) that may be letters."""
    patches = (bright >= 1 - _GREY).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(patches, connectivity=8)
    if count > _MOST_PATCHES:
        return np.zeros((0, 5), np.int64)
    _, _, width, height, area = boxes.T
    fits = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1] * len(bright))
    fits &= (width >= _WIDTHS[0] * height) & (width <= _WIDTHS[1] * height)
    fits &= (area >= _FILLED[0] * width * height) & (area <= _FILLED[1] * width * height)
    fits[0] = False  # what is around all patches
    stands_out = [place for place in np.flatnonzero(fits) if _stands_out(bright, labels, boxes[place], int(place))]
    return np.asarray(boxes[stands_out], dtype=np.int64).reshape(-1, 5)


def _stands_out(bright: NDArray[np.float32], labels: NDArray[np.int32], box: NDArray[np.int32], place: int) -> bool:
    """Whether a patch has a sharp edge: two pixels from it the film is far darker."""
    left, top, width, height, _ = (int(each) for each in box)
    window = slice(max(0, top - 3), top + height + 3), slice(max(0, left - 3), left + width + 3)
    own = (labels[window] == place).astype(np.uint8)
    near = cv2.dilate(own, np.ones((3, 3), np.uint8))
    ring = cv2.dilate(near, np.ones((3, 3), np.uint8)).astype(bool) & ~near.astype(bool)
    return bool(ring.any()) and float(bright[window][ring].mean()) <= 1 - _CONTRAST


def _follow(letter: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether ``other`` may stand to the right of ``letter`` in a line."""
    heights = sorted((int(letter[3]), int(other[3])))
    if heights[1] > _ALIKE * heights[0]:
        return False
    gap = int(other[0] - letter[0] - letter[2])
    lower = abs(int(other[1] + other[3] - letter[1] - letter[3]))
    return -0.3 * heights[1] <= gap <= _GAP * heights[1] and lower <= _OFF_LINE * heights[1] and other[0] > letter[0]


def _longest_line(letters: _Boxes) -> int:
    """The number of letters in the longest line."""
    ordered = letters[np.argsort(letters[:, 0], kind="stable")]
    lengths = np.ones(len(ordered), int)
    for place, letter in enumerate(ordered):
        before = [lengths[other] for other in range(place) if _follow(ordered[other], letter)]
        lengths[place] = 1 + max(before, default=0)
    return int(lengths.max(initial=0))


def shows_text(pixels: NDArray[np.float32]) -> bool:
    """Tell whether a line of text was drawn into a film.

    Parameters
    ----------
    pixels : NDArray[np.float32]
        The film (H, W), as it is stored; text may be its brightest or its darkest.

    Returns
    -------
    bool
        Whether there are five or more letters in a line. A marker of a side, of one or two letters, is no text.

    Examples
    --------
    >>> film = np.full((400, 400), 80, np.uint8)
    >>> film[200:, 200:] = 10
    >>> shows_text(film.astype(np.float32))
    False
    >>> from PIL import Image, ImageDraw
    >>> picture = Image.fromarray(film)
    >>> ImageDraw.Draw(picture).text((20, 20), "MUELLER HANS", fill=255, font_size=20)
    >>> shows_text(np.asarray(picture, np.float32))
    True
    """
    low, high = float(pixels.min()), float(pixels.max())
    if high <= low:
        return False
    shrunk = _LARGEST / max(pixels.shape)
    seen = cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA) if shrunk < 1 else pixels
    bright = ((seen - low) / (high - low)).astype(np.float32)
    return any(_longest_line(_letters(film)) >= _LETTERS for film in (bright, 1 - bright))
