"""Rotation of the patient, from the clavicles' medial ends and the midline."""

from __future__ import annotations

import numpy as np

from radcaliper.measurements.catalog import ROTATION_RATIO
from radcaliper.measurements.region import structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point


def rotation_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure how symmetrically the clavicles' medial ends lie about the spine's middle.

    It is the shorter over the longer horizontal distance of the two ends to the midline. CheXStruct [1]_ calls a film
    rotated where it is under 0.4.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_clavicle``, ``left_clavicle`` and ``spine``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, 0 to 1; 1 is a straight film. Its points are the right medial end (image left), the
        spine's middle at their height, and the left medial end.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a clavicle or the spine is not seen; ``implausible_masks`` if both ends lie on the
        wrong side of the midline.

    References
    ----------
    .. [1] Lee H, Choi G, Lee JO, Yoon H, Hong HG, Choi E. CXReasonBench: a benchmark for evaluating structured
       diagnostic reasoning in chest X-rays. arXiv:2505.18087, 2025.

    Examples
    --------
    >>> right, left, spine = np.zeros((3, 100, 100), bool)
    >>> right[20:31, 10:41] = True
    >>> left[20:31, 70:91] = True
    >>> spine[:, 48:53] = True
    >>> rotation_ratio({"right_clavicle": right, "left_clavicle": left, "spine": spine}, Grid()).value
    0.5
    """
    right, left = structure(masks, "right_clavicle"), structure(masks, "left_clavicle")
    ends = tuple(
        Point(bone.row_middle(col), float(col)) for bone, col in ((right, right.extent.right), (left, left.extent.left))
    )
    spine = structure(masks, "spine").row_spans
    row = (ends[0].row + ends[1].row) / 2
    midline = float(np.interp(row, spine.rows, spine.middles))
    distances = (midline - ends[0].col) * grid.col, (ends[1].col - midline) * grid.col
    if max(distances) <= 0:
        raise NotMeasurable("implausible_masks")
    ratio = max(0.0, min(distances) / max(distances))
    return ROTATION_RATIO.value(ratio, grid, (ends[0], Point(row, midline), ends[1]))
