"""The hip protocol's measurements on femur masks and landmarks of any origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np

from radcaliper.measurements.catalog import FEMORAL_HEAD_DIAMETER, LEG_LENGTH_DIFFERENCE
from radcaliper.measurements.hip.axes import POINT_NAMES, FemurAxes
from radcaliper.measurements.hip.from_mask import axes_from_mask
from radcaliper.measurements.hip.measures import leg_length_difference
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Grid, Key, Masks, MeasuredValue, NotMeasurable, Point
from radcaliper.models.hip.channels import SIDES
from radcaliper.pipelines.protocols.geometry import ProtocolGeometry, Shape, Values, value_or_refusal
from radcaliper.pipelines.protocols.hip.measurements import SIDE_MEASUREMENTS

_METHOD: Final = "mask"
_EDGE: Final = "femoral_head_edge"
"""A landmark on the head's circle; without it the head's diameter is not known."""


def _values(axes_of: Callable[[str], FemurAxes], grid: Grid) -> Values:
    """Every measurement; ``axes_of`` gives a side's axes, or raises NotMeasurable."""

    def of_side(spec: MeasurementSpec, side: str) -> MeasuredValue:
        return spec.measure(axes_of(side), grid, side)

    def of_both() -> MeasuredValue:
        return leg_length_difference(axes_of("right"), axes_of("left"), grid)

    sides = [(spec, side) for spec in SIDE_MEASUREMENTS for side in SIDES]
    values = {Key(spec.name, side, _METHOD): value_or_refusal(partial(of_side, spec, side)) for spec, side in sides}
    return {**values, Key(LEG_LENGTH_DIFFERENCE.name, "", _METHOD): value_or_refusal(of_both)}


def _on_masks(masks: Masks, grid: Grid) -> Values:
    def axes_of(side: str) -> FemurAxes:
        if f"{side}_femur" not in masks:
            raise NotMeasurable("missing_structure")
        return axes_from_mask(masks[f"{side}_femur"], grid, side)

    return _values(axes_of, grid)


def _on_landmarks(points: Mapping[str, Point], grid: Grid, _: Shape | None) -> Values:
    def place(side: str, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if f"{side}_{name}" not in points:
            raise NotMeasurable("missing_structure", f"no landmark {side}_{name}")
        return np.multiply(points[f"{side}_{name}"], [grid.row, grid.col])

    def axes_of(side: str) -> FemurAxes:
        head, neck, upper, lower = (place(side, name) for name in POINT_NAMES)
        if (neck == head).all() or (upper == lower).all():
            raise NotMeasurable("implausible_hip", "two landmarks of one axis coincide")
        edge = place(side, _EDGE) if f"{side}_{_EDGE}" in points else head
        return FemurAxes(head, float(np.linalg.norm(edge - head)), neck, upper, lower)

    def is_known(key: Key) -> bool:
        return key.measurement != FEMORAL_HEAD_DIAMETER.name or f"{key.site}_{_EDGE}" in points

    return {key: value for key, value in _values(axes_of, grid).items() if is_known(key)}


GEOMETRY: Final = ProtocolGeometry(_on_masks, _on_landmarks)
