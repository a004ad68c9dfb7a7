"""How small and how large a film may be, for every kind of file, looked at before its pixels are decoded."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.reading.errors import UnreadableFilm

LEAST_SIDE: Final = 64
MOST_PIXELS: Final = 250_000_000
"""Twice what the finest digitiser makes of the largest film (35 x 43 cm at 0.035 mm)."""


def check_size(height: int, width: int) -> None:
    """UnreadableFilm where a film of ``height`` x ``width`` pixels is too small or too large to be one."""
    if min(height, width) < LEAST_SIDE:
        raise UnreadableFilm(f"fewer than {LEAST_SIDE} pixels on a side: too small for a radiograph")
    if height * width > MOST_PIXELS:
        raise UnreadableFilm(f"more than {MOST_PIXELS // 1_000_000} million pixels: too large for a radiograph")
