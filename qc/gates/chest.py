"""The gates of a predicted chest film: is it a frontal chest film, and can it be measured?

Inclusion and rotation limits follow CheXStruct: gaps between lung and edge as a share of the lungs' extent, and the
shorter over the longer distance of the clavicles' medial ends to the midline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from radcaliper.measurements.region import Region, regions_of
from radcaliper.measurements.types import Finding, Masks, Prediction, Radiograph, Status
from radcaliper.qc.gates.exposure import exposure_findings
from radcaliper.qc.thorax_modes import THORAX_STRUCTURES, thorax_features
from radcaliper.qc.thorax_proportions import mahalanobis_distance

LUNGS: Final = ("right_lung", "left_lung")
VITAL: Final = THORAX_STRUCTURES
"""Masks without which there is no chest film to measure."""
_LEAST_THORAX: Final = 0.2
_MOST_UNLIKE: Final = 3.0
_UNUSUAL: Final = 2.0
"""Labelled films of ill and upright patients stay below 2.8, nearly all below 1.5; see ``thorax_proportions``."""
_MOST_UNEXPLAINED: Final = 0.35
"""Share of a lung or heart that the model of ``thorax_modes`` does not explain."""
_LEAST_AGREEMENT: Final = 0.6
_WIDTHS: Final = ("cardiothoracic_ratio", "thoracic_width", "lung_width", "lung_area", "lung_area_ratio")


def _shows_chest(coarse: Masks, prediction: Prediction) -> bool:
    """Whether lungs and heart are large enough, of plausible proportions and shape, and alike in all passes."""
    regions = regions_of(coarse)
    if any(regions[name].is_empty for name in VITAL):
        return False
    thorax = regions["right_lung"].extent.joined(regions["left_lung"].extent)
    return (
        thorax.cols > _LEAST_THORAX * max(regions["heart"].shape)
        and mahalanobis_distance(coarse) < _MOST_UNLIKE
        and max(features["unlike_shape"] for features in thorax_features(coarse).values()) < _MOST_UNEXPLAINED
        and min(prediction.agreement[name] for name in VITAL) > _LEAST_AGREEMENT
    )


def appears_inverted(film: Radiograph, masks: Masks) -> bool:
    """Whether the lungs are brighter than what lies between and below them: bone is shown dark.

    False where lungs or mediastinum are missing.
    """
    regions, step = regions_of(masks), max(1, max(film.shape) // 512)
    right, left, heart, vessels = (regions[name].sampled(step) for name in (*LUNGS, "heart", "cardiomediastinum"))
    lungs, pixels = right | left, film.pixels[::step, ::step]
    middle = (heart | vessels) & ~lungs
    if not lungs.any() or not middle.any():
        return False
    return float(np.median(pixels[lungs])) > float(np.median(pixels[middle]))


def _inclusion(regions: Mapping[str, Region]) -> list[Finding]:
    height, width = regions[LUNGS[0]].shape
    right, left = (regions[name].extent for name in LUNGS)
    thorax, rows = left.right - right.left + 1, max(right.bottom, left.bottom) - min(right.top, left.top) + 1
    side = min(right.left, width - 1 - left.right) / thorax
    apex = min(right.top, left.top) / rows
    base = (height - 1 - max(right.bottom, left.bottom)) / rows
    found = []
    if side < 0.005:
        found.append(Finding("border_cut", Status.REVIEW, _WIDTHS))
    if apex < 0.01 or base < 0.005:
        found.append(
            Finding("border_cut", Status.REVIEW, ("lung_height", "lung_area", "lung_area_ratio", "costophrenic_angle"))
        )
    return found


def _mirrored(regions: Mapping[str, Region]) -> bool:
    right, left, heart = (regions[name].extent for name in (*LUNGS, "heart"))
    midline = (right.right + left.left) / 2 if right.right < left.left else (right.left + left.right) / 2
    spine = regions.get("spine")
    if spine is not None and not spine.is_empty:
        midline = float(spine.row_spans.middles.mean())
    to_right, to_left = midline - heart.left, heart.right - midline
    return bool(to_right > 1.35 * to_left)


def chest_findings(film: Radiograph, prediction: Prediction, rotation_ratio: float | None) -> tuple[Finding, ...]:
    """Find whether a film is a frontal chest film, and what has to be reviewed before its measurements are used.

    Limits of inclusion and rotation follow CheXStruct [1]_.

    Parameters
    ----------
    film : Radiograph
        The film.
    prediction : Prediction
        The chest network's prediction, with at least one pass.
    rotation_ratio : float | None
        The shorter over the longer distance of the clavicles' medial ends to the midline, 0 to 1; None where it could
        not be measured.

    Returns
    -------
    tuple[Finding, ...]
        ``not_frontal_chest`` alone, refused; else what is to be reviewed: ``border_cut``, ``unusual_shape``,
        ``mirrored`` (with ``tag_contradicts_content`` where the file says the film's sides), ``rotated`` and what
        ``exposure_findings`` finds.

    References
    ----------
    .. [1] Lee H, Choi G, Lee JO, Yoon H, Hong HG, Choi E. CXReasonBench: a benchmark for evaluating structured
       diagnostic reasoning in chest X-rays. arXiv:2505.18087, 2025.

    Examples
    --------
    >>> film = Radiograph(np.zeros((100, 100), np.float32))
    >>> nothing = {name: np.zeros((50, 50), bool) for name in VITAL}
    >>> from radcaliper.measurements.types import Pass
    >>> [finding.reason for finding in chest_findings(film, Prediction(passes=(Pass(nothing),)), None)]
    ['not_frontal_chest']
    """
    coarse = prediction.passes[0].masks
    if not _shows_chest(coarse, prediction):
        return (Finding("not_frontal_chest", Status.REFUSED),)
    regions = regions_of(prediction.masks)
    found = _inclusion(regions)
    if mahalanobis_distance(coarse) > _UNUSUAL:
        found.append(Finding("unusual_shape", Status.REVIEW))
    if _mirrored(regions):
        found.append(Finding("mirrored", Status.REVIEW))
        if film.sides_tagged:
            found.append(Finding("tag_contradicts_content", Status.REVIEW))
    if rotation_ratio is not None and rotation_ratio < 0.4:
        found.append(Finding("rotated", Status.REVIEW, (*_WIDTHS, "heart_width", "trachea_deviation")))
    return (*found, *exposure_findings(film, prediction.masks, VITAL))
