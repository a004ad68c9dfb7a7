"""The three angles of the AASCE 2019 challenge, as its truth defines them.

They are not PT, MT and TL. ``main`` is the largest difference of tilt over all pairs of vertebrae. ``second`` and
``third`` depend on the spine's shape and, in the challenge's program, on the image's height too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.vertebra import Corners, vertebral_tilts
from radcaliper.measurements.types import Grid


@dataclass(frozen=True)
class AasceAngles:
    """The three angles of the AASCE 2019 challenge, and the vertebrae that each is between.

    Attributes
    ----------
    main : float
        The largest difference of tilt over any pair of vertebrae, in degrees, 0 to 180.
    second, third : float
        Two further differences, in degrees, 0 to 180. They are not those of the thoracic and lumbar curves.
    main_pair, second_pair, third_pair : tuple[int, int]
        Places from the top, 0 the first, of the two vertebrae that each angle is between.
    """

    main: float
    second: float
    third: float
    main_pair: tuple[int, int]
    second_pair: tuple[int, int]
    third_pair: tuple[int, int]


def _is_s_shaped(corners: Corners) -> bool:
    """Whether end plate middles, less the last two, lie on either side of the chord from the first to the last."""
    middles = np.stack([corners[:, :2].mean(axis=1), corners[:, 2:].mean(axis=1)], axis=1).reshape(-1, 2)
    offset, chord = middles[:-2] - middles[-1], middles[0] - middles[-1]
    side = offset[:, 0] * chord[1] - offset[:, 1] * chord[0]
    return bool((side[1:] > 0).any() and (side[1:] < 0).any())


def _largest(differences: NDArray[np.float64], vertebra: int, part: slice) -> tuple[float, int]:
    within = differences[vertebra, part]
    best = int(within.argmax())
    return float(within[best]), best + (part.start or 0)


def aasce_angles(corners: Corners, height: float) -> AasceAngles:
    """Compute the three angles of the AASCE 2019 challenge, as its truth defines them.

    They are not PT, MT and TL: ``main`` is the largest difference of tilt over any pair of vertebrae; ``second`` and
    ``third`` depend on the spine's shape and, by an oddity of the challenge's program, on the image's height.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    height : float
        Rows of the image, whose pixels are square.

    Returns
    -------
    AasceAngles
        The angles in degrees, 0 to 180, and the main pair's places.

    References
    ----------
    .. [1] Wang L, et al. Evaluation and comparison of accurate automated spinal curvature estimation algorithms with
       spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021;72:102115.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> angles = aasce_angles(corners, 600)
    >>> round(angles.main, 6), *angles.main_pair
    (40.0, 0, 8)
    """
    tilts = vertebral_tilts(corners, Grid())
    differences = np.abs(tilts[:, None] - tilts[None, :])
    upper, lower = sorted(int(i) for i in np.unravel_index(int(differences.argmax()), differences.shape))
    main = float(differences[upper, lower])
    if not _is_s_shaped(corners):
        last = len(corners) - 1
        pairs = (upper, lower), (0, upper), (lower, last)
        return AasceAngles(main, float(differences[0, upper]), float(differences[last, lower]), *pairs)
    second, top = _largest(differences, upper, slice(0, upper + 1))
    bottoms = corners[:, 2:, 0].mean(axis=1)
    if bottoms[upper] + bottoms[lower] < height:
        third, bottom = _largest(differences, lower, slice(lower, None))
        return AasceAngles(main, second, third, (upper, lower), (top, upper), (lower, bottom))
    third, above = _largest(differences, top, slice(0, top + 1))
    return AasceAngles(main, second, third, (upper, lower), (top, upper), (above, top))
