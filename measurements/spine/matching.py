"""The same vertebrae in two predictions of one spine."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.spine.vertebra import Corners, centres


def match_vertebrae(corners: Corners, other: Corners, within: float = 0.5) -> list[int | None]:
    """For each of (N, 4, 2) vertebrae the index of the same one among ``other`` (M, 4, 2), None where there is none.

    It is the one with the nearest centre, at a distance below ``within`` of the vertebra's height.
    """
    if len(other) == 0:
        return [None] * len(corners)
    distance = np.linalg.norm(centres(corners)[:, None] - centres(other)[None], axis=2)
    height = np.linalg.norm(corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1), axis=1)
    return [
        int(row.argmin()) if row.min() < within * size else None for row, size in zip(distance, height, strict=True)
    ]
