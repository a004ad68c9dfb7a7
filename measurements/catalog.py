"""Every measurement of the protocols that ship, an entry each.

Units, signs, intervals, reference classes, labels and the tables of the docs derive from these. The structures that
they are made on stand in ``structures.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from radcaliper.measurements.specs import Calibration, Code, MeasurementSpec, Quantity, ReferenceRange
from radcaliper.measurements.types import Unit

_SIDES: Final = ("right", "left")
_LUNGS: Final = ("right_lung", "left_lung")
_CHEST: Final = "radcaliper.measurements.chest"
_COBB_PROGRESSION: Final = 5.0
"""Degrees from which progression of a curve is said; one reader's two readings differ by 3 to 5."""

_WIDTH: Final = Code("103355008", "Width")
_HEIGHT: Final = Code("121207", "Height", "DCM")
_AREA: Final = Code("42798000", "Area")
_DIAMETER: Final = Code("81827009", "Diameter")
_THORAX: Final = Code("816094009", "Thorax")
_MEDIASTINUM: Final = Code("72410000", "Mediastinum")
_CARINA: Final = Code("28700002", "Carina")
_DIAPHRAGM: Final = Code("5798000", "Diaphragm")
_HEAD_OF_FEMUR: Final = Code("2812003", "Head of Femur")

_calibrated = partial(MeasurementSpec, calibration=Calibration.BY_NAME)
_chest = partial(_calibrated, protocol="chest")
_tube = partial(_chest, methods=("course",), signed=True)
_spine = partial(_calibrated, protocol="spine")
_hip = partial(_calibrated, protocol="hip", methods=("parts_and_mask", "parts", "mask"))

CARDIOTHORACIC_RATIO: Final = _chest(
    name="cardiothoracic_ratio",
    label="Cardiothoracic ratio",
    definition="Greatest heart width over the greatest distance between the lungs' outer borders (Danzer 1919).",
    quantity=Quantity.RATIO,
    pitfalls="A film taken from front to back (AP), lying, or without a deep breath widens the heart. A rotated"
    " patient, a pericardial fat pad or fluid at the heart's border moves it too.",
    structures=(*_LUNGS, "heart"),
    function=f"{_CHEST}.cardiothoracic:cardiothoracic_ratio",
    reference=ReferenceRange(
        limits=(0.50,),
        words=("normal", "enlarged"),
        noise=0.03,
        limits_by_view={"PA": (0.50,), "AP": (0.55,)},
        source="CheXStruct: under 0.50 PA, 0.55 AP. Readers differ by 0.027 on average (CheXmask, 305 films).",
    ),
)
THORACIC_WIDTH: Final = _chest(
    name="thoracic_width",
    label="Thoracic width",
    definition="Greatest horizontal distance between the outer borders of the lungs.",
    quantity=Quantity.LENGTH,
    pitfalls="It grows with the breath, and with the distance of the detector from the patient.",
    structures=_LUNGS,
    function=f"{_CHEST}.cardiothoracic:thoracic_width",
    plausible_mm=(60, 450),
    standard_code=_WIDTH,
    region=_THORAX,
)
HEART_WIDTH: Final = _chest(
    name="heart_width",
    label="Heart width",
    definition="The heart's greatest horizontal extents to the right and left of the midline together.",
    quantity=Quantity.LENGTH,
    pitfalls="Magnified by a tenth and more on AP and portable films; millimetres are those of the detector,"
    " not of the heart.",
    structures=("heart",),
    function=f"{_CHEST}.cardiothoracic:heart_width",
    standard_code=_WIDTH,
)
HEART_AREA: Final = _chest(
    name="heart_area",
    label="Heart area",
    definition="Area of the heart's shadow.",
    quantity=Quantity.AREA,
    pitfalls="Magnified as the width is, by the square; the upper border against the great vessels is a convention.",
    structures=("heart",),
    function=f"{_CHEST}.sizes:heart_area",
    standard_code=_AREA,
)
LUNG_AREA: Final = _chest(
    name="lung_area",
    label="Lung area",
    definition="Area of one lung, without what lies behind heart and diaphragm.",
    quantity=Quantity.AREA,
    pitfalls="What lies behind heart and diaphragm is not counted, so a large heart makes a small left lung.",
    structures=("{site}_lung",),
    sites=_SIDES,
    function=f"{_CHEST}.sizes:lung_area",
    standard_code=_AREA,
)
LUNG_HEIGHT: Final = _chest(
    name="lung_height",
    label="Lung height",
    definition="Vertical extent of one lung, from its apex to the lowest place of its base.",
    quantity=Quantity.LENGTH,
    pitfalls="It follows the breath; a raised diaphragm and a poor breath look alike.",
    structures=("{site}_lung",),
    sites=_SIDES,
    function=f"{_CHEST}.sizes:lung_height",
    standard_code=_HEIGHT,
)
LUNG_WIDTH: Final = _chest(
    name="lung_width",
    label="Lung width",
    definition="Horizontal extent of one lung.",
    quantity=Quantity.LENGTH,
    pitfalls="It follows the breath and the patient's rotation.",
    structures=("{site}_lung",),
    sites=_SIDES,
    function=f"{_CHEST}.sizes:lung_width",
    standard_code=_WIDTH,
)
LUNG_AREA_RATIO: Final = _chest(
    name="lung_area_ratio",
    label="Lung area ratio",
    definition="Area of the right lung over that of the left.",
    quantity=Quantity.RATIO,
    pitfalls="The right lung is larger in most people; rotation moves the ratio both ways.",
    structures=_LUNGS,
    function=f"{_CHEST}.sizes:lung_area_ratio",
)
MEDIASTINAL_WIDTH: Final = _chest(
    name="mediastinal_width",
    label="Mediastinal width",
    definition="Greatest horizontal distance between the lungs' inner borders about the aortic arch. Magnification"
    " alone moves it by more than a centimetre, so it has no reference range.",
    quantity=Quantity.LENGTH,
    pitfalls="Lying and AP films widen it. The 8 cm rule is not applied here.",
    structures=_LUNGS,
    function=f"{_CHEST}.mediastinum:mediastinal_width",
    standard_code=_WIDTH,
    region=_MEDIASTINUM,
)
MEDIASTINAL_WIDTH_RATIO: Final = _chest(
    name="mediastinal_width_ratio",
    label="Mediastinal width ratio",
    definition="Mediastinal width over thoracic width (CheXStruct).",
    quantity=Quantity.RATIO,
    pitfalls="Lying and AP films widen it.",
    structures=_LUNGS,
    function=f"{_CHEST}.mediastinum:mediastinal_width_ratio",
    region=_MEDIASTINUM,
)
COSTOPHRENIC_ANGLE: Final = _chest(
    name="costophrenic_angle",
    label="Costophrenic angle",
    definition="Angle between chest wall and diaphragm at the lung's lateral lower corner. No limit is agreed.",
    quantity=Quantity.ANGLE,
    pitfalls="A blunt angle may be fluid, an old scar, or a film that ends too high.",
    structures=("{site}_lung",),
    sites=_SIDES,
    function=f"{_CHEST}.costophrenic:costophrenic_angle",
)
CARINA_ANGLE: Final = _chest(
    name="carina_angle",
    label="Carina angle",
    definition="Angle between the axes of the main bronchi below the carina.",
    quantity=Quantity.ANGLE,
    pitfalls="It depends on the mask of two thin bronchi; its interval was never calibrated.",
    structures=("airways",),
    function=f"{_CHEST}.airway:carina_angle",
    calibration=Calibration.NONE,
    reference=ReferenceRange(
        limits=(40.0, 80.0), words=("narrow", "normal", "wide"), source="Usual: 40 to 80 degrees."
    ),
    standard_code=Code("112086", "Carina angle", "DCM"),
)
TRACHEA_DEVIATION: Final = _chest(
    name="trachea_deviation",
    label="Deviation of the trachea",
    definition="Horizontal distance of the trachea from the spine's middle, positive to the patient's left.",
    quantity=Quantity.LENGTH,
    pitfalls="A rotated patient deviates the trachea without disease; its interval was never calibrated.",
    structures=("airways", "spine"),
    function=f"{_CHEST}.airway:trachea_deviation",
    signed=True,
    calibration=Calibration.NONE,
)
ROTATION_RATIO: Final = _chest(
    name="rotation_ratio",
    label="Rotation ratio",
    definition="Shorter over longer distance of the clavicles' medial ends to the spine's middle; 1 is straight.",
    quantity=Quantity.RATIO,
    pitfalls="It rests on the clavicles' medial ends, which fade over the spine; its interval was never calibrated.",
    structures=("right_clavicle", "left_clavicle", "spine"),
    function=f"{_CHEST}.rotation:rotation_ratio",
    calibration=Calibration.NONE,
)
ETT_TIP_TO_CARINA: Final = _tube(
    name="ett_tip_to_carina",
    label="ETT tip to carina",
    definition="Distance of the endotracheal tube's tip above the carina along the trachea; negative below it.",
    quantity=Quantity.LENGTH,
    pitfalls="The tip moves by 2 cm either way with the neck, which the film does not show. The carina may be"
    " hard to see.",
    structures=("ett",),
    function="radcaliper.measurements.tubes.distances:ett_tip_to_carina",
    reference=ReferenceRange(
        limits=(10.0, 30.0, 70.0, 90.0),
        words=("low", "low_unless_flexed", "normal", "high_unless_extended", "high"),
        noise=6.0,
        unit=Unit.MILLIMETRE,
        word_below="tip_in",
        source="5 +- 2 cm with a neutral neck, 3 +- 2 flexed, 7 +- 2 extended (Radiopaedia); under 1 cm is an alarm"
        " (RSNA 2020). Raters of the same film differ by 0.6 cm (Crit Care 2023).",
    ),
    region=_CARINA,
)
ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS: Final = _tube(
    name="ett_tip_to_carina_tracheal_widths",
    label="ETT tip to carina in tracheal widths",
    definition="The same distance over the median width of the trachea.",
    quantity=Quantity.RATIO,
    pitfalls="A wide or a narrow trachea changes it at the same place of the tip.",
    structures=("ett",),
    function="radcaliper.measurements.tubes.distances:ett_tip_to_carina_tracheal_widths",
    region=_CARINA,
)
NGT_TIP_TO_DIAPHRAGM: Final = _tube(
    name="ngt_tip_to_diaphragm",
    label="NGT tip to diaphragm",
    definition="Vertical distance of the gastric tube's tip above the left hemidiaphragm; negative below it.",
    quantity=Quantity.LENGTH,
    pitfalls="A tip below the diaphragm is not yet proof of the stomach; one that leaves the film has no value.",
    structures=("ngt",),
    function="radcaliper.measurements.tubes.distances:ngt_tip_to_diaphragm",
    reference=ReferenceRange(
        limits=(0.0,),
        words=("below_diaphragm", "above_diaphragm"),
        noise=10.0,
        unit=Unit.MILLIMETRE,
        source="The tip belongs below the left hemidiaphragm.",
    ),
    region=_DIAPHRAGM,
)
CVC_TIP_TO_CARINA: Final = _tube(
    name="cvc_tip_to_carina",
    label="CVC tip to carina",
    definition="Vertical distance of the central venous catheter's tip above the carina's level; negative below it.",
    quantity=Quantity.LENGTH,
    pitfalls="The tip moves by centimetres with arm and breath. A line in an artery may lie at the right height.",
    structures=("cvc",),
    function="radcaliper.measurements.tubes.distances:cvc_tip_to_carina",
    reference=ReferenceRange(
        limits=(-55.0, 20.0),
        words=("deep", "normal", "high"),
        noise=10.0,
        unit=Unit.MILLIMETRE,
        source="At or just above the carina, down to the cavo-atrial junction two vertebral bodies below.",
    ),
    region=_CARINA,
)
COBB_ANGLE: Final = _spine(
    name="cobb_angle",
    label="Cobb angle",
    definition="Angle of a curve between its end vertebrae: by the tilt of the vertebrae, by their end plates, or from"
    " the centreline of a spine mask. curve_1 is the largest. On a part of the spine only curves that end within it, at"
    " least two vertebrae from its ends; their details say partial=yes, and they have no class.",
    quantity=Quantity.ANGLE,
    pitfalls="Lying films show smaller curves. Two readers differ by 5 degrees, and more where they choose"
    " other end vertebrae.",
    structures=("spine",),
    sites=("curve_*",),
    methods=("vertebral_tilt", "endplates", "centreline"),
    least_change=_COBB_PROGRESSION,
    reference=ReferenceRange(
        limits=(10.0, 25.0, 40.0),
        words=("none", "mild", "moderate", "severe"),
        sites=("curve_1",),
        noise=3.0,
        no_word_with="partial",
        source="Under 10 degrees is no scoliosis (SRS); sources vary at the top.",
    ),
    standard_code=Code("285285000", "Cobb angle"),
)
COBB_ANGLE_AASCE: Final = _spine(
    name="cobb_angle_aasce",
    label="Cobb angle (AASCE)",
    definition="The three angles of the AASCE 2019 challenge, as its truth defines them.",
    quantity=Quantity.ANGLE,
    pitfalls="The second and third angle are those of the challenge's rules, not of the thoracic or lumbar curve.",
    structures=("spine",),
    sites=("main", "second", "third"),
    methods=("vertebral_tilt",),
    calibration=Calibration.BY_SITE,
    least_change=_COBB_PROGRESSION,
)
CORONAL_BALANCE: Final = _spine(
    name="coronal_balance",
    label="Coronal balance",
    definition="Horizontal distance of the first vertebra's centre from the last one's, positive to the left.",
    quantity=Quantity.LENGTH,
    pitfalls="It assumes that the film's columns are vertical, and both ends of the spine on it.",
    structures=("spine",),
    methods=("vertebra_centres",),
    signed=True,
)
APICAL_TRANSLATION: Final = _spine(
    name="apical_translation",
    label="Apical translation",
    definition="Horizontal distance of a curve's apex from the vertical through the last vertebra, positive to the"
    " patient's left.",
    quantity=Quantity.LENGTH,
    pitfalls="It is measured from the last vertebra seen, not from the sacrum.",
    structures=("spine",),
    sites=("curve_*",),
    methods=("vertebra_centres",),
    signed=True,
)
CCD_ANGLE: Final = _hip(
    name="ccd_angle",
    label="CCD angle",
    definition="Caput-collum-diaphyseal (neck-shaft) angle: between the axes of the femoral neck and shaft.",
    quantity=Quantity.ANGLE,
    pitfalls="Seven degrees of rotation of the leg move it by as much as ten; the neck looks steep when the leg"
    " is turned outwards.",
    structures=("{site}_femur",),
    function="radcaliper.measurements.hip.measures:ccd_angle",
    sites=_SIDES,
    reference=ReferenceRange(
        limits=(120.0, 140.0),
        words=("vara", "normal", "valga"),
        noise=3.0,
        source="Vara under 120 degrees (UpToDate), valga above 140 (sources vary from 135).",
    ),
)
FEMORAL_HEAD_DIAMETER: Final = _hip(
    name="femoral_head_diameter",
    label="Femoral head diameter",
    definition="Diameter of the circle on the femoral head's outline.",
    quantity=Quantity.LENGTH,
    pitfalls="Magnified by a tenth to a fifth, as every length of the hip, unless the file's spacing allows for it.",
    structures=("{site}_femur",),
    function="radcaliper.measurements.hip.measures:femoral_head_diameter",
    plausible_mm=(30, 70),
    sites=_SIDES,
    standard_code=_DIAMETER,
    region=_HEAD_OF_FEMUR,
)
FEMORAL_OFFSET: Final = _hip(
    name="femoral_offset",
    label="Femoral offset",
    definition="Distance of the femoral head's centre from the shaft's axis.",
    quantity=Quantity.LENGTH,
    pitfalls="A leg turned outwards shortens it; it is magnified as every length.",
    structures=("{site}_femur",),
    function="radcaliper.measurements.hip.measures:femoral_offset",
    sites=_SIDES,
)
LEG_LENGTH_DIFFERENCE: Final = _hip(
    name="leg_length_difference",
    label="Leg length difference",
    definition="How much lower the right lesser trochanter lies than the left one on the film; negative if higher.",
    quantity=Quantity.LENGTH,
    pitfalls="A tilted pelvis or a bent knee makes one; it is read between the lesser trochanters alone.",
    structures=("right_femur", "left_femur"),
    function="radcaliper.measurements.hip.measures:leg_length_difference",
    signed=True,
)

MEASUREMENTS: Final = (
    CARDIOTHORACIC_RATIO,
    THORACIC_WIDTH,
    HEART_WIDTH,
    HEART_AREA,
    LUNG_AREA,
    LUNG_HEIGHT,
    LUNG_WIDTH,
    LUNG_AREA_RATIO,
    MEDIASTINAL_WIDTH,
    MEDIASTINAL_WIDTH_RATIO,
    COSTOPHRENIC_ANGLE,
    CARINA_ANGLE,
    TRACHEA_DEVIATION,
    ROTATION_RATIO,
    ETT_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS,
    NGT_TIP_TO_DIAPHRAGM,
    CVC_TIP_TO_CARINA,
    COBB_ANGLE,
    COBB_ANGLE_AASCE,
    APICAL_TRANSLATION,
    CORONAL_BALANCE,
    CCD_ANGLE,
    FEMORAL_HEAD_DIAMETER,
    FEMORAL_OFFSET,
    LEG_LENGTH_DIFFERENCE,
)
"""In the order of the tables."""


def measurements_of(protocol: str) -> tuple[MeasurementSpec, ...]:
    """List the measurements of a protocol.

    Parameters
    ----------
    protocol : str
        The protocol's name, as ``chest``.

    Returns
    -------
    tuple[MeasurementSpec, ...]
        Their entries in the order of the protocol's tables; none for a name that is not in the catalog.

    Examples
    --------
    >>> [spec.name for spec in measurements_of("spine")]
    ['cobb_angle', 'cobb_angle_aasce', 'apical_translation', 'coronal_balance']
    """
    return tuple(spec for spec in MEASUREMENTS if spec.protocol == protocol)


def with_sites(specs: Iterable[MeasurementSpec]) -> tuple[tuple[MeasurementSpec, str], ...]:
    """Pair each measurement with each of its sites.

    Parameters
    ----------
    specs : Iterable[MeasurementSpec]
        Entries of the catalog.

    Returns
    -------
    tuple[tuple[MeasurementSpec, str], ...]
        (entry, site) in the given order; the site is empty where there is only one.

    Examples
    --------
    >>> [(spec.name, site) for spec, site in with_sites([HEART_WIDTH, LUNG_AREA])]
    [('heart_width', ''), ('lung_area', 'right'), ('lung_area', 'left')]
    """
    return tuple((spec, site) for spec in specs for site in spec.sites)
