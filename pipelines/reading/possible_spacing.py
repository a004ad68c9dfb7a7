"""What spacing of pixels a film can have at all."""

from __future__ import annotations

from typing import Final

Pair = tuple[float, float]
"""Row and column spacing in mm, or height and width of a pixel in any unit."""
_FILM_SIDES_MM: Final = (50.0, 1500.0)
"""From a dental or paediatric plate to three stitched plates of a whole body."""
_MOST_STRETCHED: Final = 3.0


def is_stretched_too_far(height: float, width: float) -> bool:
    """Whether no film has pixels of these two sides, in any unit."""
    return max(height / width, width / height) > _MOST_STRETCHED * (1 + 1e-6)


def is_possible(pair: Pair, shape: tuple[int, int]) -> bool:
    """Whether a film of ``shape`` (rows, columns) can have this (row, column) spacing in mm."""
    sides = (pair[0] * shape[0], pair[1] * shape[1])
    return all(_FILM_SIDES_MM[0] <= side <= _FILM_SIDES_MM[1] for side in sides) and not is_stretched_too_far(*pair)
