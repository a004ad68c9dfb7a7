"""Is the femoral head's circle one that a person would draw: round, and on the bone's own border?"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.geometry import Places
from radcaliper.measurements.hip.outline import FemurImage
from radcaliper.measurements.types import Grid, Mask, NotMeasurable

ROUND: Final = 1.15
"""Longer over shorter axis from which an outlined head is an ellipse: a stretched film, or a head that is not round."""
ROUND_DISC: Final = 1.5
"""The same of a network's disc, which hidden borders make longer or shorter: up to 1.37 on real films not stretched."""
_WIDEST, _CLOSEST, _ROUNDS, _FEWEST = 0.5, 0.08, 30, 8
"""Head radii off the circle at which a place counts nothing, in the first round and the last; how many rounds; the
fewest places that a circle is fitted to."""
_ON_A_LINE: Final = 1e-12
"""Determinant of the places' spread, in head radii, under which they lie on a line and on no circle."""
_SETTLED: Final = 1e-7
"""Head radii by which a circle's centre moves in a round when it has come to rest."""
_SEARCHED: Final = 1.35
"""Head radii about a first guess in which the outline may be the head's."""
_NEAR, _ALIKE = 0.45, (0.75, 1.3)
"""How far a circle may move from a first guess, in its radii, and how much its size may change."""
_ON_ARC, _LEAST_ARC = 0.1, 0.4
"""Head radii within which the outline lies on the circle, and the share of the circle at which it must."""
_ON_BORDER: Final = 0.15
"""Head radii within which the bone's border lies on the circle."""
_LEAST_ON_BORDER: Final = 0.5
"""Share of the circle's half away from the neck that must lie on the bone's border."""
_RAYS: Final = np.radians(np.arange(-90, 91, 5.0))


def fit_circle(places: Places) -> tuple[Places, float]:
    """Centre and radius of the circle that fits (N, 2) places best in algebraic distance (Coope 1993)."""
    system = np.column_stack([2 * places, np.ones(len(places))])
    solution = np.linalg.lstsq(system, np.square(places).sum(axis=1), rcond=None)[0]
    centre = solution[:2]
    return centre, float(np.sqrt(max(solution[2] + centre @ centre, 0.0)))


def circle_along(places: Places, start: Places, radius: float) -> tuple[Places, float] | None:
    """The circle that most of (N, 2) places about a first guess lie on; those off it lose weight (Tukey's biweight).

    None where they lie on none, or on one far from the guess.
    """
    row, col = ((places - start) / radius).T  # in radii from the guess
    seen, squares = np.stack([row, col]), np.square(row) + np.square(col)
    shift, size = np.zeros(2), 1.0
    for scale in np.maximum(_WIDEST * 0.8 ** np.arange(_ROUNDS), _CLOSEST):
        off = (np.hypot(row - shift[0], col - shift[1]) / size - 1) / scale
        weights = np.square(np.clip(1 - np.square(off), 0, None))
        if np.count_nonzero(weights) < _FEWEST:
            return None
        weights /= weights.sum()
        middle = seen @ weights
        weighted = (seen - middle[:, None]) * weights
        (down, slant), (_, across) = weighted @ seen.T  # symmetric
        determinant = down * across - slant * slant
        if determinant <= _ON_A_LINE:
            return None
        inverse = np.array([[across, -slant], [-slant, down]]) / (2 * determinant)
        before, shift = shift, inverse @ (weighted @ squares)
        size = float(np.sqrt(max(squares @ weights + (shift - 2 * middle) @ shift, 1e-12)))
        if scale == _CLOSEST and float(np.abs(shift - before).max()) < _SETTLED:
            break
    centre, size = start + radius * shift, radius * size
    near = float(np.hypot(*shift)) < _NEAR and _ALIKE[0] < size / radius < _ALIKE[1]
    return (centre, size) if near and arc_share(places, centre, size, _ON_ARC) > _LEAST_ARC else None


def arc_share(places: Places, centre: Places, radius: float, within: float) -> float:
    """Share of the full circle, in steps of 10 degrees, at which (N, 2) places lie within so many radii of it."""
    off = places - centre
    on = off[np.abs(np.linalg.norm(off, axis=1) / radius - 1) < within]
    return len(np.unique(np.floor(np.degrees(np.arctan2(on[:, 0], on[:, 1])) / 10))) / 36


def head_on_outline(image: FemurImage, start: Places, radius: float) -> tuple[Places, float]:
    """The head's circle along the femur's outline near a first guess, in the image's coordinates; else the guess."""
    outline = image.outline
    near = outline[np.linalg.norm(outline - start, axis=1) < _SEARCHED * radius]
    found = circle_along(near, start, radius) if len(near) >= _FEWEST else None
    return (start, radius) if found is None else found


def fit_upright_ellipse(places: Places) -> tuple[Places, Places] | None:
    """(centre, half axes along rows and columns), (2,) each, of the ellipse that fits (N, 2) places best.

    In algebraic distance, its axes along the film's edges as of a stretched circle; None where a hyperbola fits better.
    """
    middle = places.mean(axis=0)
    row, col = (places - middle).T
    system = np.column_stack([np.square(row), np.square(col), row, col])
    a, b, c, d = np.linalg.lstsq(system, np.ones(len(places)), rcond=None)[0]
    if a <= 0 or b <= 0:
        return None
    size = 1 + c**2 / (4 * a) + d**2 / (4 * b)
    return middle - np.array([c / (2 * a), d / (2 * b)]), np.sqrt([size / a, size / b])


def elongation(disc: Mask, grid: Grid) -> float:
    """A filled outline's (H, W) extent along the film's rows' direction over that along its columns'; 1 is round.

    Over 1 is taller than wide. The disc must not be empty.
    """
    down, across = np.argwhere(disc).std(axis=0) * [grid.row, grid.col]
    return float(down / across)


def refuse_stretched(taller: float, limit: float = ROUND) -> None:
    """NotMeasurable(``stretched_film``) for a head so much taller than wide, or wider than tall."""
    if max(taller, 1 / taller) > limit:
        raise NotMeasurable("stretched_film")


def share_on_border(image: FemurImage, head: Places, radius: float, inwards: Places) -> float:
    """Share, 0 to 1, of the circle's half towards ``inwards`` (away from the neck) that follows the bone's border.

    ``head`` lies in the image's coordinates.
    """
    turn = np.arctan2(inwards[0], inwards[1]) + _RAYS
    rays: NDArray[np.float64] = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    reach = image.edges(np.broadcast_to(head, rays.shape), rays, 1.5 * radius)
    return float(np.mean(np.abs(reach / radius - 1) < _ON_BORDER))


def refuse_off_border(share: float) -> None:
    """NotMeasurable(``no_femoral_head``) where so little of a head's circle follows the bone: collapsed, or hidden."""
    if share < _LEAST_ON_BORDER:
        raise NotMeasurable("no_femoral_head")
