"""Curves between the end vertebrae that a reviewer chose, beside those that the tilts show."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.curves import Curve, curve_between, curve_number, find_curves
from radcaliper.pipelines.review.edits import Ends


def _shared(a: Curve, b: Curve) -> int:
    """Steps from vertebra to vertebra that lie in both."""
    return min(a.lower, b.lower) - max(a.upper, b.upper)


def _drawn(tilts: NDArray[np.float64], names: Sequence[str], ends: Mapping[str, Ends]) -> dict[int, Curve]:
    """The chosen curves by their number; one whose end is not among the vertebrae is left out."""
    return {
        curve_number(site): curve_between(tilts, names.index(upper), names.index(lower))
        for site, (upper, lower) in ends.items()
        if upper in names and lower in names
    }


def with_chosen_ends(tilts: NDArray[np.float64], names: Sequence[str], ends: Mapping[str, Ends]) -> list[Curve]:
    """All curves of (N,) smoothed tilts in the order of their numbers, the chosen ones (``curve_1`` ...) at theirs.

    A chosen curve stands in place of the one that shares most of it. The others fill the numbers that are free, the
    largest first.
    """
    drawn = _drawn(tilts, names, ends)
    others = sorted(find_curves(tilts), key=lambda curve: -curve.angle)
    for curve in drawn.values():
        shared = [_shared(other, curve) for other in others]
        if max(shared, default=0) > 0:
            others.pop(int(np.argmax(shared)))
    free = (number for number in itertools.count(1) if number not in drawn)
    numbered = {**drawn, **dict(zip(free, others, strict=False))}
    return [numbered[number] for number in sorted(numbered)]
