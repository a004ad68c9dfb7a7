"""The entry of a protocol's table of measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from radcaliper.measurements.types import Grid, Masks, Reading


@dataclass(frozen=True)
class Measure:
    """A measuring function, what its rows are called, and the structures it rests on.

    ``function`` takes masks of one (H, W) shape and the grid of their pixels, and raises NotMeasurable where it has no
    honest answer.
    """

    name: str
    site: str
    needs: tuple[str, ...]
    function: Callable[[Masks, Grid], Reading]
