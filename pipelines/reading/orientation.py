"""How a film lies, as its file says: by directions of rows and columns, or by an orientation tag of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from radcaliper.measurements.types import Projection

_AXES: Final = {"R": "x", "L": "x", "A": "y", "P": "y", "H": "z", "F": "z"}
_LPH: Final = (("L", "R"), ("P", "A"), ("H", "F"))
"""Where DICOM's patient axes point to, and where they come from."""


@dataclass(frozen=True)
class Turn:
    """What brings a stored film upright: rows and columns swapped, then rows, then columns in reverse order."""

    transposed: bool = False
    rows_reversed: bool = False
    cols_reversed: bool = False


@dataclass(frozen=True)
class Directions:
    """Where a stored film's columns and rows lead: ``rightwards`` along a row of pixels, ``downwards`` along a column.

    Each is one of DICOM's letters: R, L, A(nterior), P(osterior), H(ead), F(eet).
    """

    rightwards: str
    downwards: str

    @property
    def plane(self) -> frozenset[str]:
        """The two of the patient's axes x (right to left), y (front to back) and z (feet to head) that are seen."""
        return frozenset((_AXES[self.rightwards], _AXES[self.downwards]))

    @property
    def projection(self) -> Projection | None:
        """Frontal or lateral; None for the third, which no protocol's films are taken in."""
        return {frozenset("xz"): Projection.FRONTAL, frozenset("yz"): Projection.LATERAL}.get(self.plane)

    def turn(self) -> Turn:
        """What brings the head up, and the patient's right to the left of the image.

        A lateral film is not mirrored: either way may be right.
        """
        transposed = _AXES[self.rightwards] == "z"
        down, right = (self.rightwards, self.downwards) if transposed else (self.downwards, self.rightwards)
        return Turn(transposed, down == "H", right == "R")


def directions(rightwards: str, downwards: str) -> Directions | None:
    """Directions by their first letters; None where these are no two different axes of a patient."""
    first = rightwards.strip().upper()[:1], downwards.strip().upper()[:1]
    if not all(letter in _AXES for letter in first) or _AXES[first[0]] == _AXES[first[1]]:
        return None
    return Directions(*first)


def _letter(vector: Sequence[float], axis: int) -> str:
    to, back = _LPH[axis]
    return to if vector[axis] > 0 else back


def directions_of_vectors(rightwards: Sequence[float], downwards: Sequence[float]) -> Directions | None:
    """Directions by vectors towards the patient's left, back and head, the nearest axis of each.

    None where a vector is not finite or zero, or both are nearest to the same axis.
    """
    vectors = np.array([rightwards, downwards], dtype=float)
    if vectors.shape != (2, 3) or not np.isfinite(vectors).all() or not np.abs(vectors).max(axis=1).all():
        return None
    axes = np.abs(vectors).argmax(axis=1)
    if axes[0] == axes[1]:
        return None
    return Directions(*(_letter(vector, axis) for vector, axis in zip(vectors.tolist(), axes.tolist(), strict=True)))


_BY_NUMBER: Final = {
    2: Turn(cols_reversed=True),
    3: Turn(rows_reversed=True, cols_reversed=True),
    4: Turn(rows_reversed=True),
    5: Turn(transposed=True),
    6: Turn(transposed=True, cols_reversed=True),
    7: Turn(transposed=True, rows_reversed=True, cols_reversed=True),
    8: Turn(transposed=True, rows_reversed=True),
}


def turn_of_picture(orientation: object) -> Turn:
    """The turn that the Orientation tag (274) of TIFF and EXIF asks for; none where it says nothing."""
    return _BY_NUMBER.get(orientation, Turn()) if isinstance(orientation, int) else Turn()
