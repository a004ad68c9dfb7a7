"""Is it an AP film of hips, and does each hip lie so that its angle can be read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import cv2
import numpy as np

from radcaliper.measurements.hip.axes import FemurAxes
from radcaliper.measurements.hip.shaft import ShaftCourse
from radcaliper.measurements.types import Mask, Masks, NotMeasurable, Radiograph

_USUAL_ANGLE: Final = (95.0, 170.0)
"""Degrees; necks of 3D angles from 105 to 150 are seen within these unless the leg is turned far."""
_USUAL_NECK: Final = (0.7, 3.2)
"""Distance along the neck from the head's centre to the shaft's axis, in head radii."""
_FORESHORTENED: Final = 1.4
"""Seen necks are 1.9 head radii long at the median of the simulated films, and 1.2 at the lowest twentieth."""
_LEAST_AGREEMENT: Final = 0.6
_MOST_BEND, _LEAST_PINCH, _LEAST_FLARE = 0.12, 0.75, 1.3
"""Limits of a whole shaft's course: none of 120 measurable simulated femora is beyond one, 22 of 54 broken ones are."""
_LEAST_SHAFT_AGREEMENT: Final = 0.8
"""Agreement of the passes about the shaft's band, 0 to 1: 3 of those 120 and 8 of the 54 have less."""
_LEAST_HEAD_AGREEMENT, _LEAST_HEAD_MARGIN, _LEAST_NECK_MARGIN = 0.92, 0.54, 0.64
"""Of the head's disc and of the band along the neck: of 117 measured sound simulated femora of the subjects for
choosing at most one in twelve has less of each, and 12 have less of any."""
_MOST_UNEQUAL: Final = 1.4
"""Radius of a film's larger head over that of its smaller: at most 1.31 on 55 simulated films of such subjects."""
_SUSPECT_SHARE: Final = 0.09
_PROSTHESIS_SHARE: Final = 0.2
"""Of the femur's mask, marked as metal. Nails and plates fill up to 0.18 of 33 simulated femora; where a prosthesis
replaces the head, none is found on 74 of 76."""


def refuse_implausible(axes: FemurAxes, side: str) -> None:
    """NotMeasurable(``implausible_hip``) where head, neck and shaft do not lie as on an AP film.

    The head lies above the shaft, to the inner side of its axis, at the end of a neck of usual length and angle.
    """
    inwards = 1.0 if side == "right" else -1.0
    down = axes.shaft_lower - axes.shaft_upper
    inner = (axes.head - axes.foot())[1] * inwards > 0
    upright = down[0] > 0.7 * float(np.linalg.norm(down)) and axes.head[0] < axes.shaft_upper[0]
    angle, neck = axes.ccd_angle(), axes.neck_length() / axes.radius
    usual = _USUAL_ANGLE[0] < angle < _USUAL_ANGLE[1] and _USUAL_NECK[0] < neck < _USUAL_NECK[1]
    if not (inner and upright and usual):
        raise NotMeasurable("implausible_hip")


def appears_inverted(film: Radiograph, masks: Masks) -> bool:
    """Whether the femora are darker than what lies around them: bone is shown dark. False where there are none."""
    bone = np.logical_or.reduce(list(masks.values()))
    step = max(1, max(film.shape) // 512)
    bone, pixels = bone[::step, ::step], film.pixels[::step, ::step]
    reach = max(1, round(float(np.sqrt(bone.sum())) / 10))
    around = cv2.dilate(bone.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)).astype(bool) & ~bone
    if not bone.any() or not around.any():
        return False
    return float(np.median(pixels[bone])) < float(np.median(pixels[around]))


def metal_share(metal: Mask, femur: Mask) -> float:
    """Share, 0 to 1, of the femur's (H, W) mask that ``metal`` fills."""
    return float((metal & femur).sum()) / max(int(femur.sum()), 1)


def shows_metal(metal: Mask, femur: Mask) -> bool:
    """Whether so much of the femur may be metal that a person should look."""
    return metal_share(metal, femur) > _SUSPECT_SHARE


def refuse_metal(metal: Mask, femur: Mask) -> None:
    """NotMeasurable(``prosthesis``) where (H, W) ``metal`` fills so much of the femur that it replaces the head."""
    if metal_share(metal, femur) > _PROSTHESIS_SHARE:
        raise NotMeasurable("prosthesis")


def refuse_irregular_shaft(course: ShaftCourse, agreement: float) -> None:
    """NotMeasurable(``irregular_shaft``) where the bone below the lesser trochanter is not one straight whole.

    ``agreement`` is the mean pairwise Dice of the passes about where the shaft's axis lies.
    """
    whole = course.bend < _MOST_BEND and course.pinch > _LEAST_PINCH and course.flare > _LEAST_FLARE
    if not whole or agreement < _LEAST_SHAFT_AGREEMENT:
        raise NotMeasurable("irregular_shaft")


def is_head_doubtful(agreement: float, margin: float) -> bool:
    """Whether the passes do not agree on the head's disc, or its border is uncertain: hidden, collapsed or broken."""
    return agreement < _LEAST_HEAD_AGREEMENT or margin < _LEAST_HEAD_MARGIN


def are_heads_unequal(one: float, other: float) -> bool:
    """Whether the radii of a film's two heads differ as no patient's do: one is another bone."""
    return max(one, other) > _MOST_UNEQUAL * min(one, other)


def is_neck_doubtful(margin: float) -> bool:
    """Whether the border of the band along the neck is uncertain: the network learned to mark none on a broken neck."""
    return margin < _LEAST_NECK_MARGIN


def is_turned(axes: FemurAxes) -> bool:
    """Whether the neck is so short on the film that the leg must be turned."""
    return axes.neck_length() < _FORESHORTENED * axes.radius


def shows_hip(measured: Iterable[str], agreement: Mapping[str, float]) -> bool:
    """Whether the passes agree about the femur of at least one side that was ``measured``.

    ``agreement`` is the mean pairwise Dice of the passes, by side.
    """
    return any(agreement[side] > _LEAST_AGREEMENT for side in measured)
