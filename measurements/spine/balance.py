"""Coronal balance of the spine, and translation of a curve's apex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import APICAL_TRANSLATION, CORONAL_BALANCE
from radcaliper.measurements.spine.curves import Curve
from radcaliper.measurements.spine.vertebra import Corners, centres
from radcaliper.measurements.types import Grid, MeasuredValue, Point


def _point(place: NDArray[np.float64]) -> Point:
    return Point(float(place[0]), float(place[1]))


def coronal_balance(corners: Corners, grid: Grid) -> MeasuredValue:
    """Measure the signed horizontal distance of the first vertebra's centre from the last one's.

    It stands for the distance of C7 from the central sacral line, which a film without them does not show.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive to the patient's left (image right). Its points are the
        centres of the first and of the last vertebra.

    Examples
    --------
    >>> box = np.array([[0.0, 0.0], [0.0, 50.0], [40.0, 0.0], [40.0, 50.0]])
    >>> corners = np.stack([box + [0, 110], box + [60, 105], box + [120, 100]])
    >>> coronal_balance(corners, Grid(0.5, 0.5, "mm")).value
    5.0
    """
    middle = centres(corners)
    value = float(middle[0, 1] - middle[-1, 1]) * grid.col
    points = (_point(middle[0]), _point(middle[-1]))
    return CORONAL_BALANCE.value(value, grid, points, method="vertebra_centres")


def apical_translation(corners: Corners, curve: Curve, site: str, grid: Grid) -> MeasuredValue:
    """Measure the signed horizontal distance of a curve's apex from the vertical through the last vertebra.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    curve : Curve
        The curve, whose apex is one of these vertebrae.
    site : str
        What the curve is called: ``curve_1`` and so on.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive to the patient's left (image right). Its points are the
        centres of the apex and of the last vertebra.

    Examples
    --------
    >>> box = np.array([[0.0, 0.0], [0.0, 50.0], [40.0, 0.0], [40.0, 50.0]])
    >>> corners = np.stack([box + [0, 100], box + [60, 90], box + [120, 100]])
    >>> apical_translation(corners, Curve(upper=0, lower=2, apex=1, bend=15.0), "curve_1", Grid()).value
    -10.0
    """
    middle = centres(corners)
    value = float(middle[curve.apex, 1] - middle[-1, 1]) * grid.col
    points = (_point(middle[curve.apex]), _point(middle[-1]))
    return APICAL_TRANSLATION.value(value, grid, points, site, "vertebra_centres")
