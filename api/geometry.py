"""``radcaliper.measure_masks`` and ``radcaliper.measure_landmarks``: the geometry alone, without network or film."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radcaliper.measurement_table import MeasurementTable
from radcaliper.measurements.spine.vertebra import corner_names, vertebra_names
from radcaliper.measurements.types import Mask, MeasuredValue, Measurement, NotMeasurable, Point
from radcaliper.pipelines.protocols.base import Protocol
from radcaliper.pipelines.protocols.geometry import Values
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.sources import Spacing, grid_of_spacing


class GeometryResult(MeasurementTable):
    """What geometry alone says of masks or landmarks: values without intervals, as no network made them."""

    def __repr__(self) -> str:
        """How many numbers there are, and those that have a value."""
        named = [f"{each.name} {each.site}".strip() + f" {each.value:.4g}" for each in self.measurements if each.value]
        return f"<{len(self.measurements)} measurements: {', '.join(named[:5])}{', ...' if len(named) > 5 else ''}>"


def _protocol(name: str) -> Protocol:
    if name not in PROTOCOLS:
        raise ValueError(f"no protocol is called {name!r}; there are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def _measurement(protocol: Protocol, value: MeasuredValue | NotMeasurable, key: tuple[str, str, str]) -> Measurement:
    name, site, method = key
    if isinstance(value, NotMeasurable):
        return Measurement.refused(protocol.measurement(name), site, method, value.reason)
    return Measurement.of(value, None, value.spec.reference_class(value, ""), ())


def _result(protocol: Protocol, values: Values) -> GeometryResult:
    return GeometryResult("", (_measurement(protocol, value, key) for key, value in values.items()))


def _mask(name: str, mask: ArrayLike) -> Mask:
    array = np.asarray(mask)
    if array.ndim != 2:
        raise ValueError(f"the mask {name!r} is an array (height, width), not one of shape {array.shape}")
    return np.ascontiguousarray(array != 0)


def _known(protocol: Protocol, names: Iterable[str]) -> None:
    """Raise ValueError for a structure that the protocol does not have."""
    for name in names:
        if not any(spec.matches(name) for spec in protocol.structures):
            there = ", ".join(spec.pattern or spec.name for spec in protocol.structures)
            raise ValueError(f"{protocol.name} has no structure {name!r}; there are {there}")


def measure_masks(protocol: str, masks: Mapping[str, ArrayLike], spacing: Spacing | None = None) -> GeometryResult:
    """Measure masks of any origin by a protocol's geometry alone.

    Parameters
    ----------
    protocol : str
        ``chest``, ``spine`` or ``hip``.
    masks : Mapping[str, ArrayLike]
        Arrays (height, width) of one shape by structure, 0 outside; rows running down, the patient's right on the left.
    spacing : float | tuple[float, float] | None
        Millimetres a pixel, or (down, across); without it lengths are in pixels.

    Returns
    -------
    GeometryResult
        Every measurement of the protocol that masks show, without intervals; one that cannot be made says why.

    Raises
    ------
    ValueError
        For a protocol or a structure that there is not, or arrays that are no masks of one shape.

    Examples
    --------
    >>> import numpy as np
    >>> right, left, heart = (np.zeros((100, 100), bool) for _ in range(3))
    >>> right[10:90, 5:40], left[10:90, 60:95], heart[50:80, 30:75] = True, True, True
    >>> result = measure_masks("chest", {"right_lung": right, "left_lung": left, "heart": heart})
    >>> result.measurement("cardiothoracic_ratio").value
    0.5
    """
    chosen = _protocol(protocol)
    _known(chosen, masks)
    checked = {name: _mask(name, mask) for name, mask in masks.items()}
    shapes = {mask.shape for mask in checked.values()}
    if len(shapes) != 1:
        raise ValueError(f"masks are of one shape, not of {', '.join(map(str, sorted(shapes))) or 'none'}")
    return _result(chosen, chosen.load_geometry().on_masks(checked, grid_of_spacing(spacing)))


def _corners(landmarks: NDArray[Any]) -> dict[str, Point]:
    """(N, 4, 2) corners of vertebrae, as (row, col) in the order tl, tr, bl, br, by name."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (4, 2):
        raise ValueError(f"corners of vertebrae are an array (N, 4, 2), not one of shape {landmarks.shape}")
    names = [corner for name in vertebra_names(len(landmarks)) for corner in corner_names(name)]
    return {name: Point(*map(float, place)) for name, place in zip(names, landmarks.reshape(-1, 2), strict=True)}


def _points(landmarks: Mapping[str, Sequence[float]] | ArrayLike) -> dict[str, Point]:
    if not isinstance(landmarks, Mapping):
        return _corners(np.asarray(landmarks, float))
    try:
        return {name: Point(float(row), float(col)) for name, (row, col) in landmarks.items()}
    except (TypeError, ValueError) as error:
        raise ValueError("landmarks are pairs (row, col) by name") from error


def measure_landmarks(
    protocol: str,
    landmarks: Mapping[str, Sequence[float]] | ArrayLike,
    spacing: Spacing | None = None,
    shape: tuple[int, int] | None = None,
) -> GeometryResult:
    """Measure landmarks of any origin by a protocol's geometry alone.

    Parameters
    ----------
    protocol : str
        ``chest``, ``spine`` or ``hip``.
    landmarks : Mapping[str, Sequence[float]] | ArrayLike
        (row, col) in pixels by the names of landmarks.csv; for spines also an array (N, 4, 2) of the vertebrae's
        corners, (row, col) in the order top left, top right, bottom left, bottom right, from the top down.
    spacing : float | tuple[float, float] | None
        Millimetres a pixel, or (down, across); without it lengths are in pixels.
    shape : tuple[int, int] | None
        (height, width) of the film, on which the angles of the AASCE challenge rest; without it they are left out.

    Returns
    -------
    GeometryResult
        Every measurement that these landmarks allow, without intervals; one that cannot be made says why.

    Raises
    ------
    ValueError
        For a protocol that there is not or that measures no landmarks, or for what are no landmarks.

    Examples
    --------
    >>> ends = {"heart_right": (60, 30), "heart_left": (60, 75), "thorax_right": (70, 5), "thorax_left": (70, 95)}
    >>> measure_landmarks("chest", ends).measurement("cardiothoracic_ratio").value
    0.5
    """
    chosen = _protocol(protocol)
    geometry = chosen.load_geometry()
    if geometry.on_landmarks is None:
        raise ValueError(f"{protocol} measures no landmarks, but masks: measure_masks")
    return _result(chosen, geometry.on_landmarks(_points(landmarks), grid_of_spacing(spacing), shape))
