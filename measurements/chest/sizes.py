"""Areas, heights and widths of lungs and heart."""

from __future__ import annotations

from radcaliper.measurements.catalog import HEART_AREA, LUNG_AREA, LUNG_AREA_RATIO, LUNG_HEIGHT, LUNG_WIDTH
from radcaliper.measurements.region import structure
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, Point


def _area(masks: Masks, name: str, grid: Grid) -> float:
    return structure(masks, name).area * grid.row * grid.col


def heart_area(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the area of the heart's shadow.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``heart``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The area, above 0, in the grid's unit of area; no points.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the heart is not seen.

    Examples
    --------
    >>> heart = np.zeros((100, 100), bool)
    >>> heart[50:80, 30:70] = True
    >>> area = heart_area({"heart": heart}, Grid(0.5, 0.5, "mm"))
    >>> area.value, area.unit.value
    (300.0, 'mm2')
    """
    return HEART_AREA.value(_area(masks, "heart", grid), grid)


def lung_area(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Measure the area of one lung, without what lies behind heart and diaphragm.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` or ``left_lung``, that of the side.
    grid : Grid
        Size of the masks' pixels.
    side : str
        The patient's side, ``right`` or ``left``.

    Returns
    -------
    MeasuredValue
        The area, above 0, in the grid's unit of area; no points.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the lung is not seen.

    Examples
    --------
    >>> lung = np.zeros((100, 100), bool)
    >>> lung[20:80, 10:40] = True
    >>> lung_area({"right_lung": lung}, Grid(), "right").value
    1800.0
    """
    return LUNG_AREA.value(_area(masks, f"{side}_lung", grid), grid, site=side)


def lung_area_ratio(masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the area of the right lung over that of the left.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` and ``left_lung``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The ratio, above 0; no points.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if a lung is not seen.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:80, 10:40] = True
    >>> left[20:80, 60:80] = True
    >>> lung_area_ratio({"right_lung": right, "left_lung": left}, Grid()).value
    1.5
    """
    ratio = _area(masks, "right_lung", grid) / _area(masks, "left_lung", grid)
    return LUNG_AREA_RATIO.value(ratio, grid)


def lung_height(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Measure the vertical extent of one lung, from the apex to the lowest place of its base.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` or ``left_lung``, that of the side.
    grid : Grid
        Size of the masks' pixels.
    side : str
        The patient's side, ``right`` or ``left``.

    Returns
    -------
    MeasuredValue
        The height from pixel edge to pixel edge, above 0, in the grid's unit of length. Its points are the highest and
        the lowest place.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the lung is not seen.

    Examples
    --------
    >>> lung = np.zeros((100, 100), bool)
    >>> lung[20:80, 10:40] = True
    >>> lung_height({"right_lung": lung}, Grid(0.5, 0.5, "mm"), "right").value
    30.0
    """
    lung = structure(masks, f"{side}_lung")
    span = lung.extent
    edges = ((span.top, -0.5), (span.bottom, 0.5))
    ends = tuple(Point(row + beyond, lung.col_middle(row)) for row, beyond in edges)
    return LUNG_HEIGHT.value(span.rows * grid.row, grid, ends, side)


def lung_width(masks: Masks, grid: Grid, side: str) -> MeasuredValue:
    """Measure the horizontal extent of one lung.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung`` or ``left_lung``, that of the side.
    grid : Grid
        Size of the masks' pixels.
    side : str
        The patient's side, ``right`` or ``left``.

    Returns
    -------
    MeasuredValue
        The width from pixel edge to pixel edge, above 0, in the grid's unit of length. Its points are the outermost
        places to the image's left and right.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the lung is not seen.

    Examples
    --------
    >>> lung = np.zeros((100, 100), bool)
    >>> lung[20:80, 10:40] = True
    >>> lung_width({"right_lung": lung}, Grid(0.5, 0.5, "mm"), "right").value
    15.0
    """
    lung = structure(masks, f"{side}_lung")
    return LUNG_WIDTH.value(lung.extent.cols * grid.col, grid, (lung.left_end, lung.right_end), side)
