"""Heart width, inner thoracic width and their ratio (Danzer 1919).

Each is measured between two ends, which come from masks or from an edit.
"""

from __future__ import annotations

from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO, HEART_WIDTH, THORACIC_WIDTH
from radcaliper.measurements.region import structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

WidthEnds = tuple[Point, Point]
"""The end to the patient's right (image left), and the one to the left."""


def heart_ends(masks: Masks) -> WidthEnds:
    """Find the heart's outermost points to the patient's right and left.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``heart``.

    Returns
    -------
    WidthEnds
        The point to the patient's right (image left) and the point to the left. Each lies in the outermost column, in
        the middle of the rows that the mask covers there.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the heart is not seen.

    Examples
    --------
    >>> heart = np.zeros((100, 100), bool)
    >>> heart[50:81, 30:70] = True
    >>> heart_ends({"heart": heart})
    (Point(row=65.0, col=29.5), Point(row=65.0, col=69.5))
    """
    heart = structure(masks, "heart")
    return heart.left_end, heart.right_end


def thorax_ends(masks: Masks) -> WidthEnds:
    """Find the outermost points of the right lung (image left) and of the left lung.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.

    Returns
    -------
    WidthEnds
        The point to the patient's right (image left) and the point to the left.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:81, 10:40] = True
    >>> left[20:81, 60:90] = True
    >>> thorax_ends({"right_lung": right, "left_lung": left})
    (Point(row=50.0, col=9.5), Point(row=50.0, col=89.5))
    """
    return structure(masks, "right_lung").left_end, structure(masks, "left_lung").right_end


def _width(ends: WidthEnds, grid: Grid) -> float:
    """The horizontal distance of two ends, on pixels' edges; NotMeasurable where they are in reverse order."""
    if ends[0].col >= ends[1].col:
        raise NotMeasurable("implausible_masks")
    return (ends[1].col - ends[0].col) * grid.col


def heart_width_between(ends: WidthEnds, grid: Grid) -> MeasuredValue:
    """Measure the horizontal heart width between two ends.

    Parameters
    ----------
    ends : WidthEnds
        The end to the patient's right (image left) and the end to the patient's left.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The width from the outer edge of the one end's pixel to that of the other's, above 0, in the grid's unit of
        length. Its points are the two ends.

    Raises
    ------
    NotMeasurable
        ``implausible_masks`` if the ends have crossed.

    Examples
    --------
    >>> heart_width_between((Point(65, 29.5), Point(60, 69.5)), Grid(0.5, 0.5, "mm")).value
    20.0
    """
    return HEART_WIDTH.value(_width(ends, grid), grid, ends)


def thoracic_width_between(ends: WidthEnds, grid: Grid) -> MeasuredValue:
    """Measure the horizontal width of the thorax between two ends.

    Parameters
    ----------
    ends : WidthEnds
        The end to the patient's right (image left) and the end to the patient's left.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The width from the outer edge of the one end's pixel to that of the other's, above 0, in the grid's unit of
        length. Its points are the two ends.

    Raises
    ------
    NotMeasurable
        ``implausible_masks`` if the ends have crossed.

    Examples
    --------
    >>> thoracic_width_between((Point(50, 9.5), Point(50, 89.5)), Grid(0.5, 0.5, "mm")).value
    40.0
    """
    return THORACIC_WIDTH.value(_width(ends, grid), grid, ends)


def cardiothoracic_ratio_between(heart: WidthEnds, thorax: WidthEnds, grid: Grid) -> MeasuredValue:
    """Measure heart width over thoracic width between the ends of each.

    Parameters
    ----------
    heart : WidthEnds
        The heart's end to the patient's right (image left) and its end to the left.
    thorax : WidthEnds
        The same of the thorax.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, 0 to 1. Its points are the heart's right and left end, then the thorax's right and left end.

    Raises
    ------
    NotMeasurable
        ``implausible_masks`` if ends have crossed, or if the heart is as wide as the thorax.

    References
    ----------
    .. [1] Danzer CS. The cardiothoracic ratio: an index of cardiac enlargement. Am J Med Sci 1919;157:513-521.

    Examples
    --------
    >>> heart, thorax = (Point(65, 29.5), Point(65, 69.5)), (Point(50, 9.5), Point(50, 89.5))
    >>> cardiothoracic_ratio_between(heart, thorax, Grid()).value
    0.5
    """
    ratio = _width(heart, grid) / _width(thorax, grid)
    if ratio >= 1:
        raise NotMeasurable("implausible_masks")
    return CARDIOTHORACIC_RATIO.value(ratio, grid, (*heart, *thorax))


def heart_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the greatest horizontal heart width.

    It is the sum of the greatest extents to the right and to the left of the midline.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``heart``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The width from the outer edge of the one end's pixel to that of the other's, above 0, in the grid's unit of
        length. Its points are the two ends.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the heart is not seen.

    References
    ----------
    .. [1] Danzer CS. The cardiothoracic ratio: an index of cardiac enlargement. Am J Med Sci 1919;157:513-521.

    Examples
    --------
    >>> heart = np.zeros((100, 100), bool)
    >>> heart[50:81, 30:70] = True
    >>> width = heart_width({"heart": heart}, Grid(0.5, 0.5, "mm"))
    >>> width.value, width.unit.value
    (20.0, 'mm')
    """
    return heart_width_between(heart_ends(masks), grid)


def thoracic_width(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the greatest horizontal distance between the outer borders of the lungs.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The width from the outer edge of the one end's pixel to that of the other's, above 0, in the grid's unit of
        length. Its points are the two ends.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen; ``implausible_masks`` if the right lung's outer border lies to the
        left of the left lung's.

    References
    ----------
    .. [1] Danzer CS. The cardiothoracic ratio: an index of cardiac enlargement. Am J Med Sci 1919;157:513-521.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:81, 10:40] = True
    >>> left[20:81, 60:90] = True
    >>> thoracic_width({"right_lung": right, "left_lung": left}, Grid(0.5, 0.5, "mm")).value
    40.0
    """
    return thoracic_width_between(thorax_ends(masks), grid)


def cardiothoracic_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the greatest heart width over the greatest thoracic width.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``heart``, ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, 0 to 1. Its points are the heart's right and left end, then the thorax's right and left end.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the heart or a lung is not seen; ``implausible_masks`` if the lungs lie on the wrong
        sides, or if the heart is as wide as the thorax.

    References
    ----------
    .. [1] Danzer CS. The cardiothoracic ratio: an index of cardiac enlargement. Am J Med Sci 1919;157:513-521.

    Examples
    --------
    >>> heart, right, left = np.zeros((3, 100, 100), bool)
    >>> heart[50:81, 30:70] = True
    >>> right[20:81, 10:40] = True
    >>> left[20:81, 60:90] = True
    >>> cardiothoracic_ratio({"heart": heart, "right_lung": right, "left_lung": left}, Grid()).value
    0.5
    """
    return cardiothoracic_ratio_between(heart_ends(masks), thorax_ends(masks), grid)
