"""The chest protocol's measurements on masks and landmarks of any origin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from radcaliper.measurements.types import Grid, Key, Masks, Point
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.chest.review import LANDMARK_MEASUREMENTS, MASK_MEASUREMENTS
from radcaliper.pipelines.protocols.geometry import ProtocolGeometry, Shape, Values, value_or_refusal, values_on_masks


def _on_landmarks(points: Mapping[str, Point], grid: Grid, _: Shape | None) -> Values:
    """The measurements whose landmarks are there."""
    nothing: Masks = {}
    return {
        Key(name, "", PROTOCOL.measurement(name).methods[0]): value_or_refusal(
            partial(each.measure, nothing, points, grid)
        )
        for name, each in LANDMARK_MEASUREMENTS.items()
        if set(each.landmarks) <= set(points)
    }


GEOMETRY: Final = ProtocolGeometry(partial(values_on_masks, MASK_MEASUREMENTS), _on_landmarks)
