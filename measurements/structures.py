"""Every structure of the protocols that ship, an entry each; labels, colours and DICOM codes derive from these.

Colours are Okabe and Ito's, but for their blue, which is too dark on a film, and further ones that are as far from
these for eyes that lack one of the three cones. Structures of one protocol have different ones, but for pairs of sides.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from radcaliper.measurements.specs import Code, Rgb, StructureSpec

SKY: Final[Rgb] = (86, 180, 233)
GREEN: Final[Rgb] = (0, 158, 115)
VERMILION: Final[Rgb] = (213, 94, 0)
ORANGE: Final[Rgb] = (230, 159, 0)
YELLOW: Final[Rgb] = (240, 228, 66)
PURPLE: Final[Rgb] = (204, 121, 167)
VIOLET: Final[Rgb] = (120, 105, 240)
CYAN: Final[Rgb] = (0, 240, 255)
LIME: Final[Rgb] = (195, 255, 165)
SAGE: Final[Rgb] = (150, 195, 135)
MAUVE: Final[Rgb] = (165, 90, 150)
WHITE: Final[Rgb] = (255, 255, 255)

_chest_structure = partial(StructureSpec, protocol="chest")
_tube_structure = partial(StructureSpec, protocol="chest", may_be_absent=True)
_LUNG: Final = Code("39607008", "Lung")
_CLAVICLE: Final = Code("51299004", "Clavicle")
_FEMUR: Final = Code("71341001", "Femur")
_SPINE: Final = Code("421060004", "Spine")

STRUCTURES: Final = (
    _chest_structure(
        name="right_lung",
        label="Right lung",
        code=_LUNG,
        laterality="right",
        colour=SKY,
        vital=True,
        quality_fit="right_lung",
    ),
    _chest_structure(
        name="left_lung",
        label="Left lung",
        code=_LUNG,
        laterality="left",
        colour=GREEN,
        vital=True,
        quality_fit="left_lung",
    ),
    _chest_structure(
        name="heart",
        label="Heart",
        code=Code("80891009", "Heart"),
        colour=VERMILION,
        vital=True,
        quality_fit="heart",
    ),
    _chest_structure(
        name="right_clavicle",
        label="Right clavicle",
        code=_CLAVICLE,
        laterality="right",
        colour=YELLOW,
        quality_fit="right_clavicle",
    ),
    _chest_structure(
        name="left_clavicle",
        label="Left clavicle",
        code=_CLAVICLE,
        laterality="left",
        colour=YELLOW,
        quality_fit="left_clavicle",
    ),
    _chest_structure(
        name="cardiomediastinum",
        label="Cardiomediastinum",
        code=Code("72410000", "Mediastinum"),
        colour=PURPLE,
        quality_fit="cardiomediastinum",
    ),
    _chest_structure(
        name="airways",
        label="Trachea and main bronchi",
        code=Code("110726009", "Trachea and bronchus"),
        colour=WHITE,
        quality_fit="airways",
    ),
    _chest_structure(name="spine", label="Spine", code=_SPINE, colour=VIOLET, quality_fit="chest_other"),
    _tube_structure(
        name="ett",
        label="Endotracheal tube",
        code=Code("26412008", "Endotracheal tube"),
        colour=ORANGE,
        quality_fit="ett",
    ),
    _tube_structure(
        name="ngt",
        label="Gastric tube",
        code=Code("17102003", "Nasogastric tube"),
        colour=LIME,
        quality_fit="ngt",
    ),
    _tube_structure(
        name="cvc",
        label="Central venous catheter",
        code=Code("52124006", "Central venous catheter"),
        colour=CYAN,
        quality_fit="cvc",
    ),
    _tube_structure(
        name="tracheostomy",
        label="Tracheostomy tube",
        code=Code("129121000", "Tracheostomy tube"),
        colour=SAGE,
        quality_fit="ett",
    ),
    _tube_structure(
        name="pacemaker_lead",
        label="Pacemaker lead",
        code=Code("360129009", "Cardiac pacemaker lead"),
        colour=MAUVE,
        quality_fit="pacemaker_lead",
    ),
    StructureSpec(
        name="spine", protocol="spine", label="Spine", code=_SPINE, colour=VIOLET, quality_fit="spine_column"
    ),
    StructureSpec(
        name="vertebra",
        protocol="spine",
        label="Vertebra",
        code=Code("51282000", "Vertebra"),
        colour=SKY,
        quality_fit="vertebra",
        pattern="vertebra_*",
    ),
    StructureSpec(
        name="right_femur",
        protocol="hip",
        label="Right femur",
        code=_FEMUR,
        laterality="right",
        colour=SKY,
    ),
    StructureSpec(
        name="left_femur",
        protocol="hip",
        label="Left femur",
        code=_FEMUR,
        laterality="left",
        colour=GREEN,
    ),
)


def structures_of(protocol: str) -> tuple[StructureSpec, ...]:
    """List the structures of a protocol.

    Parameters
    ----------
    protocol : str
        The protocol's name, as ``chest``.

    Returns
    -------
    tuple[StructureSpec, ...]
        Their entries in the order of the protocol's tables; none for a name that is not in the catalog.

    Examples
    --------
    >>> [spec.name for spec in structures_of("spine")]
    ['spine', 'vertebra']
    """
    return tuple(spec for spec in STRUCTURES if spec.protocol == protocol)
