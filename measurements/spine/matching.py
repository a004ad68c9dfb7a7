"""How other readings of the same spine see a curve."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.spine.vertebra import Corners, centres


def matching(corners: Corners, other: Corners, within: float = 0.5) -> list[int | None]:
    """For each of (N, 4, 2) vertebrae the place of the same one in another reading (M, 4, 2), None where there is none.

    The same is the one whose centre lies nearest, within ``within`` of the vertebra's height.
    """
    if len(other) == 0:
        return [None] * len(corners)
    apart = np.linalg.norm(centres(corners)[:, None] - centres(other)[None], axis=2)
    height = np.linalg.norm(corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1), axis=1)
    return [int(row.argmin()) if row.min() < within * size else None for row, size in zip(apart, height, strict=True)]
