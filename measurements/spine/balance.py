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
    """Signed horizontal distance of the first vertebra's centre from the last one's, positive to the patient's left.

    The patient's left is the image's right. It approximates the distance of C7 from the central sacral line, which many
    films do not show.
    """
    middle = centres(corners)
    value = float(middle[0, 1] - middle[-1, 1]) * grid.col
    points = (_point(middle[0]), _point(middle[-1]))
    return CORONAL_BALANCE.value(value, grid, points, method="vertebra_centres")


def apical_translation(corners: Corners, curve: Curve, site: str, grid: Grid) -> MeasuredValue:
    """Signed horizontal distance of a curve's apex from the vertical through the last vertebra, positive left."""
    middle = centres(corners)
    value = float(middle[curve.apex, 1] - middle[-1, 1]) * grid.col
    points = (_point(middle[curve.apex]), _point(middle[-1]))
    return APICAL_TRANSLATION.value(value, grid, points, site, "vertebra_centres")
