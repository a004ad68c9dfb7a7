"""The spine protocol's measurements on masks and vertebra corners of any origin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from radcaliper.measurements.catalog import COBB_ANGLE
from radcaliper.measurements.spine.angles import measure_centreline, measure_cobb_angles, measure_spine
from radcaliper.measurements.spine.curves import curve_site
from radcaliper.measurements.spine.vertebra import vertebrae_among
from radcaliper.measurements.types import Grid, Key, Masks, NotMeasurable, Point
from radcaliper.pipelines.protocols.geometry import ProtocolGeometry, Shape, Values


def _on_masks(masks: Masks, grid: Grid) -> Values:
    """Cobb angles from the centreline of the column's mask."""
    try:
        return {value.key: value for value in measure_centreline(masks, grid)}
    except NotMeasurable as refusal:
        return {Key(COBB_ANGLE.name, curve_site(1), "centreline"): refusal}


def _on_landmarks(points: Mapping[str, Point], grid: Grid, shape: Shape | None) -> Values:
    """Everything that corners show; without the film's height, on which they rest, no angles of the AASCE challenge."""
    names, corners = vertebrae_among(points)
    try:
        if shape is None:
            values = measure_cobb_angles(corners, names, grid)
        else:
            values = measure_spine(corners, names, shape[0], grid)
    except NotMeasurable as refusal:
        return {Key(COBB_ANGLE.name, curve_site(1), COBB_ANGLE.methods[0]): refusal}
    return {value.key: value for value in values}


GEOMETRY: Final = ProtocolGeometry(_on_masks, _on_landmarks)
