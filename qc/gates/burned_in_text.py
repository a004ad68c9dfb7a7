"""Text that was drawn into a film's pixels, as a patient's name: lines of letters at the film's brightest or darkest.

No letter is read: a line is five or more patches of a letter's size, of one grey that is far from what surrounds them,
side by side on one line. A marker of a side is one or two such patches, and is no line.
"""

from __future__ import annotations

from collections.abc import Callable
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

_MARGIN: Final = 3
"""Pixels around a patch's box in which its surroundings are looked at."""

_Boxes = NDArray[np.int64]
"""A row for each patch: left, top, width, height."""
_Darkness = Callable[[NDArray[np.float32]], float]
"""How far greys are from those of the letters on average, as a share of the film's."""


def _boxes(patches: NDArray[np.uint8]) -> _Boxes:
    """The boxes of all patches; none where there are more than any text has."""
    outermost, _ = cv2.findContours(patches, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if len(outermost) >= _MOST_PATCHES:  # noise: all of its outlines would take long
        return np.zeros((0, 4), np.int64)
    outlines, nesting = cv2.findContours(patches, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = np.flatnonzero(nesting[0, :, 3] < 0) if outlines else np.zeros(0, np.intp)
    if len(outer) >= _MOST_PATCHES:
        return np.zeros((0, 4), np.int64)
    return np.array([cv2.boundingRect(outlines[place]) for place in outer], np.int64).reshape(-1, 4)


def _letters(seen: NDArray[np.float32], patches: NDArray[np.uint8], darkness: _Darkness) -> _Boxes:
    """The boxes of those patches of a film that may be letters."""
    boxes = _boxes(patches)
    _, _, width, height = boxes.T
    fits = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1] * len(seen))
    fits &= (width >= _WIDTHS[0] * height) & (width <= _WIDTHS[1] * height)
    stands_out = [_stands_out(seen, patches, box, darkness) for box in boxes[fits]]
    return np.asarray(boxes[fits][np.array(stands_out, bool)])


def _patch_in(box: NDArray[np.int64], window: NDArray[np.uint8], left: int, top: int) -> NDArray[np.uint8] | None:
    """The patch with a box among those in a window around it, which begins at (``left``, ``top``)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(window, connectivity=8)
    same = np.flatnonzero((stats[1:, :4] == box - (left, top, 0, 0)).all(axis=1))
    return (labels == 1 + same[0]).astype(np.uint8) if len(same) else None


def _stands_out(
    seen: NDArray[np.float32], patches: NDArray[np.uint8], box: NDArray[np.int64], darkness: _Darkness
) -> bool:
    """Whether a patch fills its box as letters do and has a sharp edge: two pixels from it the film is far darker."""
    left, top, width, height = (int(each) for each in box)
    first = max(0, left - _MARGIN), max(0, top - _MARGIN)
    window = slice(first[1], top + height + _MARGIN), slice(first[0], left + width + _MARGIN)
    own = _patch_in(box, patches[window], *first)
    if own is None or not _FILLED[0] * width * height <= np.count_nonzero(own) <= _FILLED[1] * width * height:
        return False
    near = cv2.dilate(own, np.ones((3, 3), np.uint8))
    ring = cv2.dilate(near, np.ones((3, 3), np.uint8)).view(bool) & ~near.view(bool)
    return bool(ring.any()) and darkness(seen[window][ring]) >= _CONTRAST


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
    span = high - low
    bright = _letters(seen, (seen >= high - _GREY * span).view(np.uint8), lambda grey: (high - grey.mean()) / span)
    dark = _letters(seen, (seen <= low + _GREY * span).view(np.uint8), lambda grey: (grey.mean() - low) / span)
    return any(_longest_line(letters) >= _LETTERS for letters in (bright, dark))
