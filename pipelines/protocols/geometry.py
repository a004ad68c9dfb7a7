"""A protocol's geometry alone: its measurements on masks or landmarks of any origin, without network or film."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from radcaliper.measurements.catalog import with_sites
from radcaliper.measurements.specs import MeasurementSpec
from radcaliper.measurements.types import Grid, Key, Masks, MeasuredValue, NotMeasurable, Point
from radcaliper.pipelines.protocols.measuring import METHOD, measure_masks, on_masks

Values = Mapping[Key, MeasuredValue | NotMeasurable]
"""Each measurement's value, or why there is none."""
Shape = tuple[int, int]
"""(height, width) of a film."""


@dataclass(frozen=True)
class ProtocolGeometry:
    """How a protocol measures what others have segmented or marked.

    ``on_masks`` takes masks of one shape by structure. ``on_landmarks`` takes points by name, and the film's shape
    where it is known; it is None where a protocol measures no landmarks.
    """

    on_masks: Callable[[Masks, Grid], Values]
    on_landmarks: Callable[[Mapping[str, Point], Grid, Shape | None], Values] | None = None


def value_or_refusal(measure: Callable[[], MeasuredValue]) -> MeasuredValue | NotMeasurable:
    """The value, or the NotMeasurable with the reason why there is none."""
    try:
        return measure()
    except NotMeasurable as refusal:
        return refusal


def values_on_masks(specs: Iterable[MeasurementSpec], masks: Masks, grid: Grid) -> Values:
    """Every measurement that is made on masks alone, at each of its sites."""
    return {
        Key(spec.name, site, METHOD): value_or_refusal(partial(measure_masks, spec, site, masks, grid))
        for spec, site in with_sites(specs)
    }


def geometry_on_masks(specs: Iterable[MeasurementSpec]) -> ProtocolGeometry:
    """The geometry of a protocol that measures on masks alone."""
    return ProtocolGeometry(partial(values_on_masks, on_masks(specs)))
