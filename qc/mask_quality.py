"""Predicted Dice of a mask, with a lower bound, from its quality features.

The loss of Dice is predicted as a sum of rising functions, one for each feature, so that a higher feature never means a
better mask. The bound is a rising function of the predicted loss, the conformal 90 % quantile of the true loss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from radcaliper.measurements.region import Region, regions_of
from radcaliper.measurements.specs import StructureSpec
from radcaliper.measurements.types import MaskQuality, PixelSpacing, Prediction, Status
from radcaliper.qc.features import quality_features
from radcaliper.qc.quality_fit import QualityFit
from radcaliper.qc.reasons import worst_first
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_TABLE: Final = Path(__file__).resolve().parent / "mask_quality.json"
_SURE_PRESENCE: Final = 0.8
"""Probability from which the presence of a structure that may be absent is certain."""


@cache
def shipped_fits() -> dict[str, QualityFit]:
    """The fits by name, of the networks that ship."""
    return {name: QualityFit.of_table(entry) for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()}


def _review_if_uncertain(quality: MaskQuality) -> MaskQuality:
    """The quality of a structure that may be absent: left for review where its presence is uncertain."""
    if quality.presence is None or quality.presence >= _SURE_PRESENCE:
        return quality
    status = Status.REFUSED if quality.status is Status.REFUSED else Status.REVIEW
    return replace(quality, status=status, reasons=worst_first({*quality.reasons, "doubtful_tube"}))


def mask_qualities(
    prediction: Prediction,
    structures: Sequence[StructureSpec],
    spacing: PixelSpacing | None,
    rules: StatusRules = DEFAULT_RULES,
) -> tuple[MaskQuality, ...]:
    """Judge the quality and the status of every mask.

    Parameters
    ----------
    prediction : Prediction
        A network's prediction.
    structures : Sequence[StructureSpec]
        The entries of the structures that the masks may show.
    spacing : PixelSpacing | None
        The film's pixel size, for areas in square millimetres; None where it is not known.
    rules : StatusRules
        What is ok, left for review, or refused, and the calibration of a user's own.

    Returns
    -------
    tuple[MaskQuality, ...]
        One for each mask: its predicted Dice and the 90 % lower bound of it, 0 to 1. A mask of no pixels is refused; a
        structure with a presence but no mask is absent.

    Raises
    ------
    KeyError
        If a quality feature that a structure's fit needs is missing.

    Examples
    --------
    >>> from radcaliper.measurements.structures import structures_of
    >>> prediction = Prediction(masks={"heart": np.zeros((10, 10), bool)}, presence={"cvc": 0.1})
    >>> qualities = mask_qualities(prediction, structures_of("chest"), spacing=None)
    >>> [(each.structure, each.status.value, each.reasons) for each in qualities]
    [('heart', 'refused', ('structure_not_seen',)), ('cvc', 'absent', ())]
    """
    fits, features = {**shipped_fits(), **rules.calibration.qualities}, quality_features(prediction)

    def of_mask(name: str, region: Region) -> MaskQuality:
        spec = next(each for each in structures if each.matches(name))
        area = region.area
        area_mm2 = None if spacing is None else area * spacing.row_mm * spacing.col_mm
        quality, lower = fits[spec.quality_fit].predict(features[name]) if area else (0.0, 0.0)
        status, reasons = rules.of_mask(name, area, lower)
        presence = prediction.presence.get(name)
        found = MaskQuality(name, status, quality, lower, area, area_mm2, presence, reasons)
        return _review_if_uncertain(found) if spec.may_be_absent else found

    regions = regions_of(prediction.masks)
    always = [name for name in regions if name not in prediction.presence]
    return tuple(
        of_mask(name, regions[name])
        if name in regions
        else MaskQuality(name, Status.ABSENT, None, None, None, None, prediction.presence[name])
        for name in (*always, *prediction.presence)
    )
