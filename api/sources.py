"""What a film may be given as: a file, an array, or a radiograph that was read before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radcaliper.measurements.types import Grid, PixelSpacing, Radiograph, SpacingSource

Spacing = float | tuple[float, float]
"""Millimetres a pixel; of pixels that are not square, (along rows down, along columns across)."""
_LEAST_SIDE: Final = 2


def pixel_spacing(spacing: Spacing | None) -> PixelSpacing | None:
    """A spacing that a user gives, as the type that measurements use. Raises ValueError with a sentence."""
    if spacing is None:
        return None
    pair = spacing if isinstance(spacing, tuple) else (spacing, spacing)
    try:
        row, col = (float(side) for side in pair)
        return PixelSpacing(row, col, SpacingSource.USER)
    except (TypeError, ValueError) as error:
        raise ValueError(f"spacing is in mm a pixel, a number above 0 or a pair of them, not {spacing!r}") from error


def grid_of_spacing(spacing: Spacing | None) -> Grid:
    """The grid that a user's spacing makes: millimetres, or pixels without one."""
    found = pixel_spacing(spacing)
    return Grid() if found is None else Grid(found.row_mm, found.col_mm, "mm")


def existing(path: str | os.PathLike[str]) -> Path:
    """A path that there is. Raises FileNotFoundError with a sentence."""
    found = Path(path).expanduser()
    if not found.exists():
        raise FileNotFoundError(f"{found} does not exist")
    return found


def _grey(pixels: NDArray[Any]) -> NDArray[np.float32]:
    if pixels.ndim != 2 or min(pixels.shape) < _LEAST_SIDE:
        raise ValueError(f"a film is an array of grey values (height, width), not one of shape {pixels.shape}")
    if not (np.issubdtype(pixels.dtype, np.number) or pixels.dtype == bool) or np.iscomplexobj(pixels):
        raise ValueError(f"a film is an array of numbers, not of {pixels.dtype}")
    grey = np.ascontiguousarray(pixels, np.float32)
    if not np.isfinite(grey).all():
        raise ValueError("a film's grey values are finite numbers, and this array holds NaN or infinity")
    return grey


def radiograph_of(pixels: ArrayLike, spacing: Spacing | None = None) -> Radiograph:
    """A film from an array of grey values, bone bright, rows running down, the patient's right on its left."""
    return Radiograph(_grey(np.asarray(pixels)), pixel_spacing(spacing))
