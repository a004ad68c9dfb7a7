"""The curves of a spine when a reviewer chose the end vertebrae of some of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.curves import Curve, curve_between, curve_number, find_curves
from radcaliper.pipelines.review.edits import CurveEnds


def _overlap(a: Curve, b: Curve) -> int:
    """The number of intervertebral levels that lie in both curves; 0 or less where they do not overlap."""
    return min(a.lower, b.lower) - max(a.upper, b.upper)


def _chosen_curves(tilts: NDArray[np.float64], names: Sequence[str], ends: Mapping[str, CurveEnds]) -> dict[int, Curve]:
    """The chosen curves by their number, without those whose end vertebrae do not exist."""
    return {
        curve_number(site): curve_between(tilts, names.index(upper), names.index(lower))
        for site, (upper, lower) in ends.items()
        if upper in names and lower in names
    }


def with_chosen_ends(tilts: NDArray[np.float64], names: Sequence[str], ends: Mapping[str, CurveEnds]) -> list[Curve]:
    """All curves of (N,) smoothed tilts, sorted by number; a chosen curve has the number of its site (``curve_1``).

    Each chosen curve replaces the automatic curve that it overlaps most. The remaining automatic curves get the free
    numbers, the largest angle first.
    """
    chosen = _chosen_curves(tilts, names, ends)
    others = sorted(find_curves(tilts), key=lambda curve: -curve.angle)
    for curve in chosen.values():
        overlaps = [_overlap(other, curve) for other in others]
        if max(overlaps, default=0) > 0:
            others.pop(int(np.argmax(overlaps)))
    free = (number for number in itertools.count(1) if number not in chosen)
    numbered = {**chosen, **dict(zip(free, others, strict=False))}
    return [numbered[number] for number in sorted(numbered)]
