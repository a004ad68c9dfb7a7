"""Width of the upper mediastinum between the lungs."""

from __future__ import annotations

from typing import Final

import numpy as np

from radcaliper.measurements.catalog import MEDIASTINAL_WIDTH, MEDIASTINAL_WIDTH_RATIO
from radcaliper.measurements.chest.cardiothoracic import thoracic_width
from radcaliper.measurements.region import structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_UPPER: Final = 0.15
_LOWER: Final = 0.40
"""The aortic arch lies within this part of the lungs' common height, from the apices down."""


def _widest_gap(masks: Masks) -> tuple[Point, Point]:
    """The widest horizontal gap between the lungs' inner borders at the level of the aortic arch."""
    right, left = structure(masks, "right_lung").row_spans, structure(masks, "left_lung").row_spans
    shared = np.intersect1d(right.rows, left.rows, assume_unique=True)
    if len(shared) < 10:
        raise NotMeasurable("implausible_masks")
    level = shared[int(_UPPER * len(shared)) : int(_LOWER * len(shared)) + 1]
    inner = right.last[np.searchsorted(right.rows, level)], left.first[np.searchsorted(left.rows, level)]
    gap = inner[1] - inner[0] - 1
    widest = int(gap.argmax())
    if gap[widest] <= 0:
        raise NotMeasurable("implausible_masks")
    row = float(level[widest])
    return Point(row, float(inner[0][widest]) + 0.5), Point(row, float(inner[1][widest]) - 0.5)


def mediastinal_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the greatest horizontal distance between the lungs' inner borders about the aortic arch.

    The arch lies 15 to 40 % of the lungs' common height below the apices. The width is reported, not classified:
    magnification alone moves it by more than a centimetre.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The width of the gap from pixel edge to pixel edge, above 0, in the grid's unit of length. Its points are the
        gap's ends at the right lung (image left) and at the left lung.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen; ``implausible_masks`` if the lungs share fewer than 10 rows, or if
        there is no gap between them.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:80, 10:40] = True
    >>> left[20:80, 60:90] = True
    >>> masks = {"right_lung": right, "left_lung": left}
    >>> mediastinal_width(masks, Grid(0.5, 0.5, "mm")).value
    10.0
    """
    ends = _widest_gap(masks)
    width = (ends[1].col - ends[0].col) * grid.col
    return MEDIASTINAL_WIDTH.value(width, grid, ends)


def mediastinal_width_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure mediastinal width over thoracic width.

    CheXStruct [1]_ normalises it in the same way.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, above 0. Its points are those of the mediastinal width, then those of the thoracic width.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen; ``implausible_masks`` if the lungs share fewer than 10 rows, or if
        there is no gap between them.

    References
    ----------
    .. [1] Lee H, Choi G, Lee JO, Yoon H, Hong HG, Choi E. CXReasonBench: a benchmark for evaluating structured
       diagnostic reasoning in chest X-rays. arXiv:2505.18087, 2025.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:80, 10:40] = True
    >>> left[20:80, 60:90] = True
    >>> masks = {"right_lung": right, "left_lung": left}
    >>> mediastinal_width_ratio(masks, Grid()).value
    0.25
    """
    return mediastinal_width_over(thoracic_width(masks, grid), masks, grid)


def mediastinal_width_over(thorax: MeasuredValue, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure mediastinal width over a thoracic width that was measured otherwise.

    Parameters
    ----------
    thorax : MeasuredValue
        The thoracic width, on the same grid.
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, above 0. Its points are those of the mediastinal width, then those of the thoracic width.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen; ``implausible_masks`` if the lungs share fewer than 10 rows, or if
        there is no gap between them.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:80, 10:40] = True
    >>> left[20:80, 60:90] = True
    >>> masks = {"right_lung": right, "left_lung": left}
    >>> mediastinal_width_over(thoracic_width(masks, Grid()), masks, Grid()).value
    0.25
    """
    width = mediastinal_width(masks, grid)
    return MEDIASTINAL_WIDTH_RATIO.value(width.value / thorax.value, grid, (*width.points, *thorax.points))
