"""The gates of a predicted spine film: is it an AP spine film, and are its vertebrae certain enough?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.spine.partial import is_partial
from radcaliper.measurements.types import Finding, Mask, Radiograph, Status

_FEWEST: Final = 4
"""Fewer vertebrae are no column."""
DOUBTFUL: Final = 0.3
"""A vertebra of lower confidence, 0 to 1, is doubtful."""
_LEAST_OF_THE_WHOLE: Final = 0.22
"""Least mean confidence of a whole spine, of at least 16 vertebrae.

On scoliosis films of another hospital whose vertebrae have 0.26 to 0.29, the outlines lie on the column."""
_LEAST_OF_A_PART: Final = 0.35
"""Least mean confidence of a part of the spine.

90 of 93 parts of AASCE films (fold 1) reach it, and of 61 films of other views a lateral chest and a lateral spine."""
_SURE_OF_LEVELS: Final = 0.8
"""25 of 27 AASCE films (fold 1) of at least this probability keep all names when they are cut, mirrored or exposed
otherwise, and 10 of 21 others."""
_UNSURE_OF_ALL: Final = 0.5


def appears_inverted(film: Radiograph, column: Mask) -> bool:
    """Whether the vertebral column's (H, W) mask is darker than what lies to both sides of it: bone is shown dark.

    False where there is none.
    """
    step = max(1, max(film.shape) // 512)
    column, pixels = column[::step, ::step], film.pixels[::step, ::step]
    reach = max(1, round(float(np.sqrt(column.sum())) / 6))
    beside = cv2.dilate(column.astype(np.uint8), np.ones((1, 2 * reach + 1), np.uint8)).astype(bool) & ~column
    if not column.any() or not beside.any():
        return False
    return float(np.median(pixels[column])) < float(np.median(pixels[beside]))


def spine_findings(count: int, confidence: NDArray[np.float64], pass_counts: Sequence[int]) -> tuple[Finding, ...]:
    """Find whether a film is an AP spine film, and whether its vertebrae are seen well enough.

    Parameters
    ----------
    count : int
        How many vertebrae were found.
    confidence : NDArray[np.float64]
        Their (count,) confidences, 0 to 1.
    pass_counts : Sequence[int]
        How many vertebrae each pass saw.

    Returns
    -------
    tuple[Finding, ...]
        ``not_ap_spine`` where there is no column, or ``spine_too_short`` where its vertebrae are hardly seen, refused
        and alone; else ``doubtful_vertebra`` and ``vertebra_count``, to review.

    Examples
    --------
    >>> [finding.reason for finding in spine_findings(17, np.full(17, 0.9), pass_counts=[17, 17, 16])]
    ['vertebra_count']
    >>> [finding.reason for finding in spine_findings(3, np.full(3, 0.9), pass_counts=[3])]
    ['not_ap_spine']
    """
    if count < _FEWEST:
        return (Finding("not_ap_spine", Status.REFUSED),)
    if float(confidence.mean()) < (_LEAST_OF_A_PART if is_partial(count) else _LEAST_OF_THE_WHOLE):
        return (Finding("spine_too_short", Status.REFUSED),)
    found = []
    if float(np.sort(confidence)[:3].mean()) < DOUBTFUL or float(confidence.mean()) < _UNSURE_OF_ALL:
        found.append(Finding("doubtful_vertebra", Status.REVIEW))
    if len(set(pass_counts)) > 1:
        found.append(Finding("vertebra_count", Status.REVIEW))
    return tuple(found)


def level_findings(probability: float) -> tuple[Finding, ...]:
    """Find whether it is sure which vertebra is which.

    Parameters
    ----------
    probability : float
        That the levels named are right, 0 to 1.

    Returns
    -------
    tuple[Finding, ...]
        ``level_unsure``, a note that asks for no review of the angles, or nothing.

    Examples
    --------
    >>> [finding.reason for finding in level_findings(0.5)], level_findings(0.9)
    (['level_unsure'], ())
    """
    return (Finding("level_unsure", Status.REVIEW),) if probability < _SURE_OF_LEVELS else ()


def partial_findings(shows_whole_curve: bool) -> tuple[Finding, ...]:
    """Find that a film shows a part of the spine.

    Parameters
    ----------
    shows_whole_curve : bool
        Whether some curve is wholly seen, which is then measured.

    Returns
    -------
    tuple[Finding, ...]
        ``spine_too_short``: to review, or refused where no curve is wholly seen.

    Examples
    --------
    >>> [finding.status.value for seen in (True, False) for finding in partial_findings(seen)]
    ['review', 'refused']
    """
    return (Finding("spine_too_short", Status.REVIEW if shows_whole_curve else Status.REFUSED),)
