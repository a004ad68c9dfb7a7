"""Signed distances of a tube's tip to the carina and to the diaphragm, positive where the tip is above.

A course is (N, 2) places as (row, col) from entry to tip, in the pixels of the masks.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import (
    CVC_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA,
    ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS,
    NGT_TIP_TO_DIAPHRAGM,
)
from radcaliper.measurements.chest.airway import rows_above
from radcaliper.measurements.geometry import angle_between
from radcaliper.measurements.region import Extent, Region, structure
from radcaliper.measurements.tubes.course import CoursePath
from radcaliper.measurements.types import Grid, Mask, Masks, MeasuredValue, NotMeasurable, Point

_FEWEST_ROWS: Final = 8
_CLEAR_OF_FORK: Final = 0.15
"""Share of the trachea's height above the carina that is left out: there it widens towards the fork."""
_DOWN: Final = np.array([1.0, 0.0])
_ACROSS: Final = 0.2
"""A tip further from the carina's column than this share of the thorax's half width lies to one side."""


def _tip(course: CoursePath) -> Point:
    return Point(float(course[-1, 0]), float(course[-1, 1]))


def _required(carina: Point | None) -> Point:
    if carina is None:
        raise NotMeasurable("carina_not_seen")
    return carina


def _rows_above(airways: Mask | None, carina: Point) -> NDArray[np.intp]:
    """The rows of the trachea above the carina, without those where it widens towards the fork."""
    rows = np.array([], np.intp) if airways is None else np.flatnonzero(airways.any(axis=1))
    return rows[rows_above(carina.row, rows, _CLEAR_OF_FORK)] if len(rows) else rows


def tracheal_axis(airways: Mask | None, carina: Point, grid: Grid) -> NDArray[np.float64]:
    """Fit the direction of the trachea above the carina.

    The upper third of the trachea is left out, for the neck may bend, and so are the rows next to the carina, where the
    trachea widens.

    Parameters
    ----------
    airways : Mask | None
        Boolean (H, W) mask of the trachea and the main bronchi; None where there is none.
    carina : Point
        The carina, in the mask's pixels.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    NDArray[np.float64]
        Unit vector (2,) as (row, col), pointing up, in the grid's unit; straight up where too little trachea is seen.

    Examples
    --------
    >>> tracheal_axis(None, Point(60, 50), Grid())
    array([-1.,  0.])
    """
    rows = _rows_above(airways, carina)
    if airways is None or len(rows) < _FEWEST_ROWS:
        return np.array([-1.0, 0.0])
    lower = rows[len(rows) // 3 :]  # the neck may bend
    spans = Region.of(airways).row_spans
    slope = np.polyfit(lower * grid.row, spans.middles[np.searchsorted(spans.rows, lower)] * grid.col, 1)[0]
    return np.asarray(np.array([-1.0, -slope]) / np.hypot(1.0, slope))


def tracheal_width(airways: Mask | None, carina: Point, grid: Grid) -> float:
    """Measure the median width of the trachea above the carina, without the rows where it widens towards the fork.

    Parameters
    ----------
    airways : Mask | None
        Boolean (H, W) mask of the trachea and the main bronchi; None where there is none.
    carina : Point
        The carina, in the mask's pixels.
    grid : Grid
        Size of the mask's pixels.

    Returns
    -------
    float
        The width in the grid's unit of length.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if too little trachea is seen.

    Examples
    --------
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:60, 46:54] = True
    >>> tracheal_width(airways, Point(60, 50), Grid(0.5, 0.5, "mm"))
    4.0
    """
    rows = _rows_above(airways, carina)
    if airways is None or len(rows) < _FEWEST_ROWS:
        raise NotMeasurable("missing_structure")
    return float(np.median(airways[rows].sum(axis=1))) * grid.col


def _above(tip: Point, carina: Point, airways: Mask | None, grid: Grid) -> tuple[float, Point]:
    """The height of a tip above the carina along the trachea, and the point beside the carina where it is 0."""
    size = np.array([grid.row, grid.col])
    axis = tracheal_axis(airways, carina, grid)
    above = float((np.subtract(tip, carina) * size) @ axis)
    return above, Point(*map(float, np.array(tip) - above * axis / size))


def _bronchus(value: float, tip: Point, carina: Point) -> str:
    if value >= 0:
        return "trachea"
    return "right_main_bronchus" if tip.col < carina.col else "left_main_bronchus"


def ett_tip_to_carina(course: CoursePath, carina: Point | None, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the distance of an endotracheal tube's tip above the carina, along the trachea's axis.

    The tip moves by some 2 cm either way as the neck bends and stretches, which a frontal film does not show.

    Parameters
    ----------
    course : CoursePath
        (N, 2) places as (row, col) from entry to tip, in the masks' pixels.
    carina : Point | None
        The carina, in the masks' pixels; None where it is not seen.
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``, if seen, gives the axis; else it is vertical.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive above the carina and negative below. Its points are the tip
        and the carina; the detail ``tip_in`` names the trachea or the main bronchus that the tip lies in.

    Raises
    ------
    NotMeasurable
        ``carina_not_seen`` if there is no carina.

    Examples
    --------
    >>> course = np.linspace((0.0, 50.0), (40.0, 50.0), 41)
    >>> distance = ett_tip_to_carina(course, Point(60, 50), {}, Grid(0.5, 0.5, "mm"))
    >>> distance.value, distance.unit.value, distance.details["tip_in"]
    (10.0, 'mm', 'trachea')
    """
    tip, carina = _tip(course), _required(carina)
    value, foot = _above(tip, carina, masks.get("airways"), grid)
    details = {"tip_in": _bronchus(value, tip, carina), "neck": "unknown"}
    return ETT_TIP_TO_CARINA.value(value, grid, (tip, foot), method="course", details=details)


def ett_tip_to_carina_tracheal_widths(
    course: CoursePath, carina: Point | None, masks: Masks, grid: Grid
) -> MeasuredValue:
    """Measure the distance of an endotracheal tube's tip above the carina, in widths of the trachea.

    Parameters
    ----------
    course : CoursePath
        (N, 2) places as (row, col) from entry to tip, in the masks' pixels.
    carina : Point | None
        The carina, in the masks' pixels; None where it is not seen.
    masks : Masks
        Boolean (H, W) masks by structure name: ``airways``.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance along the trachea's axis over the median width of the trachea, positive above the carina. Its
        points are the tip and the carina.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if too little trachea is seen; ``carina_not_seen`` if there is no carina.

    Examples
    --------
    >>> course = np.linspace((0.0, 50.0), (40.0, 50.0), 41)
    >>> airways = np.zeros((100, 100), bool)
    >>> airways[10:60, 46:54] = True
    >>> round(ett_tip_to_carina_tracheal_widths(course, Point(60, 50), {"airways": airways}, Grid()).value, 6)
    2.5
    """
    airways, carina = structure(masks, "airways").mask, _required(carina)
    width = tracheal_width(airways, carina, grid)
    value, foot = _above(_tip(course), carina, airways, grid)
    return ETT_TIP_TO_CARINA_TRACHEAL_WIDTHS.value(value / width, grid, (_tip(course), foot), method="course")


def diaphragm_row(masks: Masks) -> float:
    """Find the row of the left hemidiaphragm.

    It is the median of the left lung's lower border over its middle third.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``left_lung``.

    Returns
    -------
    float
        The row, counted downwards from 0.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the left lung is not seen; ``implausible_masks`` if it has nothing in its middle third.

    Examples
    --------
    >>> lung = np.zeros((100, 100), bool)
    >>> lung[20:60, 60:90] = True
    >>> diaphragm_row({"left_lung": lung})
    59.0
    """
    lung = structure(masks, "left_lung")
    lowest = lung.lowest[lung.extent.cols // 3 : 2 * lung.extent.cols // 3 + 1]
    if not (lowest >= 0).any():
        raise NotMeasurable("implausible_masks")
    return float(np.median(lowest[lowest >= 0]))


def _column_at(course: CoursePath, row: float) -> float | None:
    """The column where a course first goes below a row."""
    below = np.flatnonzero(course[:, 0] >= row)
    return float(course[below[0], 1]) if len(below) and below[0] > 0 else None


def _turns_up(course: CoursePath, grid: Grid, limit: float) -> bool:
    """Whether the course climbs again by more than ``limit`` above its lowest place before its tip."""
    lowest = np.maximum.accumulate(course[:, 0])
    return bool(((lowest - course[:, 0]) * grid.row).max() > limit)


def _both_lungs(masks: Masks, lung: str, other: str) -> Extent:
    """The extent of a lung, and of the other one if it is seen."""
    span = structure(masks, lung).extent
    with suppress(NotMeasurable):  # then the one lung stands for both
        span = span.joined(structure(masks, other).extent)
    return span


def _course_checks(course: CoursePath, carina: Point | None, level: float, masks: Masks, grid: Grid) -> dict[str, str]:
    lungs = _both_lungs(masks, "left_lung", "right_lung")
    half = lungs.cols / 2
    crossing = _column_at(course, level)
    middle = (lungs.left + lungs.right) / 2 if carina is None else carina.col
    found = {"crosses_diaphragm": "no" if crossing is None else "yes"}
    if crossing is not None:
        found["crosses_near_midline"] = "yes" if abs(crossing - middle) < 0.5 * half else "no"
    if carina is not None:
        beside = _column_at(course, carina.row)
        if beside is not None:
            found["bisects_carina"] = "yes" if abs(beside - carina.col) < _ACROSS * half else "no"
        below = course[(course[:, 0] > carina.row) & (course[:, 0] < level)]
        strayed = len(below) > 0 and float(np.abs(below[:, 1] - carina.col).max()) > 0.5 * half
        found["leaves_midline_above_diaphragm"] = "yes" if strayed else "no"
    above = course[course[:, 0] < level]
    found["coiled_above_diaphragm"] = "yes" if len(above) and _turns_up(above, grid, 0.1 * half * grid.row) else "no"
    return found


def ngt_tip_to_diaphragm(course: CoursePath, carina: Point | None, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the vertical distance of a gastric tube's tip above the left hemidiaphragm, and check the tube's course.

    Parameters
    ----------
    course : CoursePath
        (N, 2) places as (row, col) from entry to tip, in the masks' pixels.
    carina : Point | None
        The carina, in the masks' pixels; None where it is not seen.
    masks : Masks
        Boolean (H, W) masks by structure name: ``left_lung``, and ``right_lung`` if seen.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive above the diaphragm and negative below. Its points are the
        tip and the place of the diaphragm above or below it. Its details are ``yes`` or ``no``: ``crosses_diaphragm``,
        ``crosses_near_midline``, ``bisects_carina``, ``leaves_midline_above_diaphragm`` and ``coiled_above_diaphragm``,
        as far as they can be told.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the left lung is not seen; ``implausible_masks`` if it has nothing in its middle third.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:60, 10:40] = True
    >>> left[20:60, 60:90] = True
    >>> course = np.linspace((0.0, 50.0), (80.0, 50.0), 81)
    >>> distance = ngt_tip_to_diaphragm(course, None, {"right_lung": right, "left_lung": left}, Grid())
    >>> distance.value, distance.details["crosses_near_midline"]
    (-21.0, 'yes')
    """
    tip, level = _tip(course), diaphragm_row(masks)
    details = _course_checks(course, carina, level, masks, grid)
    value = (level - tip.row) * grid.row
    points = (tip, Point(level, tip.col))
    return NGT_TIP_TO_DIAPHRAGM.value(value, grid, points, method="course", details=details)


def tip_angle(course: CoursePath, grid: Grid) -> float:
    """Measure the angle of the last part of a course from the vertical.

    Parameters
    ----------
    course : CoursePath
        (N, 2) places as (row, col) from entry to tip, in the masks' pixels.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    float
        Degrees, from 0 (the tip points down) to 180 (it points up).

    Examples
    --------
    >>> tip_angle(np.linspace((50.0, 0.0), (50.0, 40.0), 41), Grid())
    90.0
    """
    scaled = course * [grid.row, grid.col]
    ahead = np.linalg.norm(scaled - scaled[-1], axis=1)
    far = np.flatnonzero(ahead > 0.05 * ahead.max() + 4 * grid.row)
    step = scaled[-1] - scaled[far[-1]] if len(far) else scaled[-1] - scaled[0]
    return angle_between(step, _DOWN) if step.any() else 0.0


def cvc_tip_to_carina(course: CoursePath, carina: Point | None, masks: Masks, grid: Grid) -> MeasuredValue:
    """Measure the vertical distance of a central venous catheter's tip above the carina's level.

    Parameters
    ----------
    course : CoursePath
        (N, 2) places as (row, col) from entry to tip, in the masks' pixels.
    carina : Point | None
        The carina, in the masks' pixels; None where it is not seen.
    masks : Masks
        Boolean (H, W) masks by structure name: ``right_lung``, and ``left_lung`` if seen.
    grid : Grid
        Size of the masks' pixels.

    Returns
    -------
    MeasuredValue
        The distance in the grid's unit of length, positive above the carina's level and negative below. Its points are
        the tip and the place of that level above or below it. Its details are the patient's ``side`` of the tip, its
        ``tip_angle`` in degrees from vertical, and ``abutment_suspected`` where that is over 40 degrees.

    Raises
    ------
    NotMeasurable
        ``carina_not_seen`` if there is no carina; ``missing_structure`` if the right lung is not seen.

    Examples
    --------
    >>> right, left = np.zeros((2, 100, 100), bool)
    >>> right[20:60, 10:40] = True
    >>> left[20:60, 60:90] = True
    >>> course = np.linspace((0.0, 40.0), (45.0, 40.0), 46)
    >>> distance = cvc_tip_to_carina(course, Point(40, 50), {"right_lung": right, "left_lung": left}, Grid())
    >>> distance.value, distance.details["side"], distance.details["tip_angle"]
    (-5.0, 'right', '0')
    """
    tip, carina = _tip(course), _required(carina)
    lungs = _both_lungs(masks, "right_lung", "left_lung")
    aside = (tip.col - carina.col) / (lungs.cols / 2)
    side = "midline" if abs(aside) < 0.04 else "right" if aside < 0 else "left"
    angle = tip_angle(course, grid)
    details = {"side": side, "tip_angle": f"{angle:.0f}", "abutment_suspected": "yes" if angle > 40 else "no"}
    value = (carina.row - tip.row) * grid.row
    points = (tip, Point(carina.row, tip.col))
    return CVC_TIP_TO_CARINA.value(value, grid, points, method="course", details=details)
