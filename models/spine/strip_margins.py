"""Margins of the vertebra network's strip, and its corners after a flip."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.spine.vertebra import Corners
from radcaliper.models.spine.channels import COLS, ROWS
from radcaliper.models.spine.strip import path_length

_WIDEST: Final = 0.55
"""The column's width as a share of the strip's: lumbar bodies are half as wide again as the mean."""


def fitting_margins(centres: Places, width: float, margins: tuple[float, float]) -> tuple[float, float]:
    """Margins, as shares of the centreline's length, enlarged evenly until a column ``width`` film pixels wide fits.

    Few vertebrae make a short column. Without wider margins it would fill the strip's length and exceed its width.
    """
    needed = width / (_WIDEST * COLS) * (ROWS - 1) / path_length(centres) - 1
    more = max(0.0, needed - sum(margins)) / 2
    return margins[0] + more, margins[1] + more


def mirrored_corners(corners: Corners) -> Corners:
    """(N, 4, 2) strip corners after a left-right flip of the strip: tl and tr, bl and br change places."""
    flipped = corners[:, [1, 0, 3, 2]].copy()
    flipped[..., 1] = COLS - 1 - flipped[..., 1]
    return flipped
