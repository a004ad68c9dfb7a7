"""Structures of the user's own: what is known of them follows from their name alone.

A structure outside the catalog was learned by a bundle of the user's own. Its label, colour and code are made of its
name, and its area is measured.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from radcaliper.measurements.region import regions_of
from radcaliper.measurements.specs import PRIVATE_SCHEME, Calibration, Code, MeasurementSpec, Quantity, StructureSpec
from radcaliper.measurements.structures import CYAN, LIME, MAUVE, ORANGE, SAGE
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable

_COLOURS: Final = (ORANGE, CYAN, LIME, MAUVE, SAGE)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_AREA: Final = "_area"


def is_structure_name(name: str) -> bool:
    """Whether a structure may be called so: small letters, digits and underscores, a letter first."""
    return _NAME.fullmatch(name) is not None


def own_structure(name: str, protocol: str) -> StructureSpec:
    """Make the entry of a structure that is not in the catalog.

    Parameters
    ----------
    name : str
        Its name in files, as ``aortic_knob``.
    protocol : str
        The protocol of the films that it is found on.

    Returns
    -------
    StructureSpec
        Its entry: label, colour and code follow from the name.

    Examples
    --------
    >>> spec = own_structure("right_aortic_knob", "chest")
    >>> spec.label, spec.laterality, spec.code.value
    ('Right aortic knob', 'right', 'right_aortic_knob')
    """
    label = name.replace("_", " ").capitalize()
    side = name.partition("_")[0]
    place = int(sha256(name.encode()).hexdigest(), 16) % len(_COLOURS)
    return StructureSpec(
        name,
        protocol,
        label,
        Code(name, label, PRIVATE_SCHEME),
        _COLOURS[place],
        laterality=side if side in ("right", "left") else "",
        quality_fit=name,
    )


class OwnArea(MeasurementSpec):
    """The area of a structure of the user's own."""

    def measure(self, *inputs: object) -> MeasuredValue:
        """The area, from masks and the grid of their pixels. Raises NotMeasurable for a mask that is missing."""
        masks, grid = inputs
        return self._measured(masks, grid)  # type: ignore[arg-type]  # what every measurement on masks takes

    def _measured(self, masks: Masks, grid: Grid) -> MeasuredValue:
        region = regions_of(masks).get(self.structures[0])
        if region is None or region.is_empty:
            raise NotMeasurable("missing_structure")
        return self.value(region.area * grid.row * grid.col, grid)


def own_area(structure: str, protocol: str) -> OwnArea:
    """Make the entry of the area of a structure that is not in the catalog.

    Parameters
    ----------
    structure, protocol : str
        The structure's name in files, and the protocol of the films that it is found on.

    Returns
    -------
    OwnArea
        The entry of ``<structure>_area``, which measures it.

    Examples
    --------
    >>> import numpy as np
    >>> own_area("aortic_knob", "chest").measure({"aortic_knob": np.ones((4, 5), bool)}, Grid(0.5, 0.5, "mm")).value
    5.0
    """
    label = own_structure(structure, protocol).label
    return OwnArea(
        name=f"{structure}{_AREA}",
        protocol=protocol,
        label=f"{label}, area",
        definition=f"Area of the mask of {label.lower()}.",
        quantity=Quantity.AREA,
        structures=(structure,),
        calibration=Calibration.BY_NAME,
        pitfalls="A structure of the user's own: the card of its bundle says how it was learned.",
    )


def own_measurement(name: str, protocol: str) -> OwnArea | None:
    """Find the entry of a measurement of the user's own structures.

    Parameters
    ----------
    name, protocol : str
        The measurement's name in files, and the protocol of its film.

    Returns
    -------
    OwnArea | None
        Its entry; None for a name that no such measurement has.

    Examples
    --------
    >>> own_measurement("aortic_knob_area", "chest").structures
    ('aortic_knob',)
    >>> own_measurement("aortic_knob", "chest") is None
    True
    """
    structure = name.removesuffix(_AREA)
    return own_area(structure, protocol) if structure != name and is_structure_name(structure) else None
