"""Cobb angles of every curve, by both methods, and the AASCE challenge's three."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.catalog import COBB_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.region import structure
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
from radcaliper.measurements.spine.centreline import centreline
from radcaliper.measurements.spine.curves import Curve, curve_site, find_curves
from radcaliper.measurements.spine.smoothing import smooth, smooth_but_outliers
from radcaliper.measurements.spine.vertebra import (
    Corners,
    Degrees,
    checked_corners,
    lower_endplate_tilts,
    upper_endplate_tilts,
    vertebral_tilts,
)
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_FEWEST = 4


def _enough(corners: Corners) -> Corners:
    """The corners, checked, of at least four vertebrae."""
    checked = checked_corners(corners)
    if len(checked) < _FEWEST:
        raise NotMeasurable("spine_too_short", f"{len(checked)} vertebrae; {_FEWEST} are needed")
    return checked


def spine_curves(corners: Corners, grid: Grid) -> list[Curve]:
    """Find all curves of a spine, the largest first.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    list[Curve]
        The curves between consecutive extrema of the smoothed tilts, by falling Cobb angle.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae; ``implausible_corners`` if the corners are not
        finite, crossed, swapped, or the vertebrae out of order.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> curve = spine_curves(corners, Grid())[0]
    >>> curve.upper, curve.lower, round(curve.angle, 6), curve.convex
    (0, 8, 40.0, 'right')
    """
    return sorted(find_curves(smoothed_tilts(corners, grid)), key=lambda curve: -curve.angle)


def smoothed_tilts(corners: Corners, grid: Grid) -> Degrees:
    """Measure the tilts of vertebrae, smoothed along the spine.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    Degrees
        (N,) degrees from -90 to 90, positive where the right end (image right) is lower.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae; ``implausible_corners`` if the corners are not
        finite, crossed, swapped, or the vertebrae out of order.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> smoothed_tilts(corners, Grid())[[0, -1]].round(6)
    array([ 20., -20.])
    """
    return smooth(vertebral_tilts(_enough(corners), grid))


def tilted_line(middle: NDArray[np.float64], half: float, tilt: float, grid: Grid) -> tuple[Point, Point]:
    """The left and right end of a line through a place (2,) in pixels.

    It is ``half`` long to either side, in the grid's unit, and tilted by ``tilt`` degrees, positive where its right end
    is lower.
    """
    along = half * np.array([np.sin(np.radians(tilt)), np.cos(np.radians(tilt))]) / [grid.row, grid.col]
    return Point(*map(float, middle - along)), Point(*map(float, middle + along))


def _lines(corners: Corners, curve: Curve, tilts: tuple[Degrees, Degrees], grid: Grid) -> tuple[Point, ...]:
    """The two lines whose angle a curve is: along its end vertebrae's outer end plates, tilted as they are measured.

    Points: the upper line's left and right end, then the lower one's; ``tilts`` are those of upper and lower lines.
    """
    points: tuple[Point, ...] = ()
    for place, plate, tilt in ((curve.upper, slice(0, 2), tilts[0]), (curve.lower, slice(2, 4), tilts[1])):
        left, right = corners[place, plate]
        half = float(np.linalg.norm((right - left) * [grid.row, grid.col])) / 2
        points += tilted_line((left + right) / 2, half, float(tilt[place]), grid)
    return points


def _details(curve: Curve, names: Sequence[str]) -> dict[str, str]:
    return {
        "upper": names[curve.upper],
        "lower": names[curve.lower],
        "apex": names[curve.apex],
        "convex": curve.convex,
    }


def measure_curves(corners: Corners, names: Sequence[str], grid: Grid, curves: Sequence[Curve]) -> list[MeasuredValue]:
    """Measure the Cobb angle of each curve by both methods, and each curve's apical translation.

    By ``vertebral_tilt`` the angle is between the end vertebrae's tilts. By ``endplates``, the classical way, it is
    between the upper end plate of the upper and the lower end plate of the lower end vertebra; the end plates' own
    tilts are smoothed along the spine as the vertebrae's are, but for those of wedged vertebrae.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    grid : Grid
        Size of the pixels, which need not be square.
    curves : Sequence[Curve]
        The curves; the first becomes ``curve_1``.

    Returns
    -------
    list[MeasuredValue]
        For each curve ``cobb_angle`` by both methods, in degrees, 0 to 180, and ``apical_translation``. The points of
        an angle are the two lines that it is between, along the upper end vertebra's upper and the lower one's lower
        end plate, tilted as they were measured, each left then right on the image; its details name the upper and
        the lower end vertebra, the apex and the convex side.

    References
    ----------
    .. [1] Cobb JR. Outline for the study of scoliosis. Instr Course Lect 1948;5:261-275.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> names = [f"vertebra_{number:02d}" for number in range(1, 10)]
    >>> measured = measure_curves(corners, names, Grid(), spine_curves(corners, Grid()))
    >>> [(each.spec.name, each.method) for each in measured]
    [('cobb_angle', 'vertebral_tilt'), ('cobb_angle', 'endplates'), ('apical_translation', 'vertebra_centres')]
    """
    checked = _enough(corners)
    tilts = smooth(vertebral_tilts(checked, grid))
    upper, lower = (smooth_but_outliers(of(checked, grid)) for of in (upper_endplate_tilts, lower_endplate_tilts))
    measured = []
    for number, curve in enumerate(curves, start=1):
        details, site = _details(curve, names), curve_site(number)
        for method, ends in (("vertebral_tilt", (tilts, tilts)), ("endplates", (upper, lower))):
            angle, points = float(abs(ends[0][curve.upper] - ends[1][curve.lower])), _lines(checked, curve, ends, grid)
            measured.append(COBB_ANGLE.value(angle, grid, points, site, method, details))
        measured.append(apical_translation(checked, curve, site, grid))
    return measured


def _sides(corners: Corners, pair: tuple[int, int]) -> tuple[Point, ...]:
    """For each of two vertebrae the middles of its left and right side: the AASCE challenge's lines."""
    ends = (corners[place, side].mean(axis=0) for place in pair for side in ([0, 2], [1, 3]))
    return tuple(Point(*map(float, end)) for end in ends)


def measure_aasce_angles(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """Measure the three angles of the AASCE 2019 challenge, as its truth defines them.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    height : float
        Rows of the film; the third angle depends on it.
    grid : Grid
        Size of the pixels, which must be square.

    Returns
    -------
    list[MeasuredValue]
        ``cobb_angle_aasce`` at the sites ``main``, ``second`` and ``third``, in degrees, 0 to 180. The points of
        each are the middles of the sides of its two vertebrae, each left then right on the image: the lines that the
        angle is between. The details of ``main`` name its two vertebrae.

    Raises
    ------
    NotMeasurable
        ``pixels_not_square`` if the grid says so; ``spine_too_short`` if there are fewer than four vertebrae;
        ``implausible_corners`` if the corners are not those of vertebrae from the top down.

    References
    ----------
    .. [1] Wang L, et al. Evaluation and comparison of accurate automated spinal curvature estimation algorithms with
       spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021;72:102115.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> names = [f"vertebra_{number:02d}" for number in range(1, 10)]
    >>> [(each.site, round(each.value, 6)) for each in measure_aasce_angles(corners, names, 600, Grid())]
    [('main', 40.0), ('second', 0.0), ('third', 0.0)]
    """
    if not grid.is_square:
        raise NotMeasurable("pixels_not_square", "the AASCE angles are defined on square pixels")
    checked = _enough(corners)
    angles = aasce_angles(checked, height)
    found = {
        "main": (angles.main, angles.main_pair),
        "second": (angles.second, angles.second_pair),
        "third": (angles.third, angles.third_pair),
    }
    return [
        COBB_ANGLE_AASCE.value(
            angle,
            grid,
            _sides(checked, pair),
            site,
            "vertebral_tilt",
            {"upper": names[pair[0]], "lower": names[pair[1]]} if site == "main" else {},
        )
        for site, (angle, pair) in found.items()
    ]


def measure_cobb_angles(corners: Corners, names: Sequence[str], grid: Grid) -> list[MeasuredValue]:
    """Measure the angles of every curve, the largest first.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    list[MeasuredValue]
        What ``measure_curves`` makes of the curves: ``curve_1`` is the largest.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae; ``implausible_corners`` if the corners are not
        finite, crossed, swapped, or the vertebrae out of order.

    References
    ----------
    .. [1] Cobb JR. Outline for the study of scoliosis. Instr Course Lect 1948;5:261-275.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> names = [f"vertebra_{number:02d}" for number in range(1, 10)]
    >>> angle = measure_cobb_angles(corners, names, Grid())[0]
    >>> angle.site, round(angle.value, 6), angle.details["upper"], angle.details["lower"], angle.details["convex"]
    ('curve_1', 40.0, 'vertebra_01', 'vertebra_09', 'right')
    """
    return measure_curves(corners, names, grid, spine_curves(corners, grid))


def measure_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """Measure everything that is measured on a spine's vertebrae.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    height : float
        Rows of the film, whose pixels are square; the third AASCE angle depends on it.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    list[MeasuredValue]
        What ``measure_cobb_angles`` and then ``measure_whole_spine`` measure.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae; ``implausible_corners`` if the corners are not
        finite, crossed, swapped, or the vertebrae out of order.

    References
    ----------
    .. [1] Cobb JR. Outline for the study of scoliosis. Instr Course Lect 1948;5:261-275.
    .. [2] Wang L, et al. Evaluation and comparison of accurate automated spinal curvature estimation algorithms with
       spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021;72:102115.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> names = [f"vertebra_{number:02d}" for number in range(1, 10)]
    >>> measured = measure_spine(corners, names, 600, Grid(0.2, 0.2, "mm"))
    >>> measured[0].spec.name, round(measured[0].value, 6)
    ('cobb_angle', 40.0)
    >>> measured[-1].spec.name, round(measured[-1].value, 6), measured[-1].unit.value
    ('coronal_balance', 0.0, 'mm')
    """
    return [*measure_cobb_angles(corners, names, grid), *measure_whole_spine(corners, names, height, grid)]


def measure_whole_spine(corners: Corners, names: Sequence[str], height: float, grid: Grid) -> list[MeasuredValue]:
    """Measure what does not depend on the curves: the AASCE angles and the balance.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    height : float
        Rows of the film; the third AASCE angle depends on it.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    list[MeasuredValue]
        The three of ``cobb_angle_aasce``, in degrees, where pixels are square, and ``coronal_balance``.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae; ``implausible_corners`` if the corners are not
        finite, crossed, swapped, or the vertebrae out of order.

    References
    ----------
    .. [1] Wang L, et al. Evaluation and comparison of accurate automated spinal curvature estimation algorithms with
       spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021;72:102115.

    Examples
    --------
    Nine vertebrae whose tilts fall evenly from 20 to -20 degrees:

    >>> drops = 25 * np.tan(np.radians(np.linspace(20, -20, 9)))
    >>> corners = np.array([
    ...     [[r - d, 100], [r + d, 150], [r + 40 - d, 100], [r + 40 + d, 150]]
    ...     for r, d in zip(range(0, 540, 60), drops)
    ... ])
    >>> names = [f"vertebra_{number:02d}" for number in range(1, 10)]
    >>> [each.spec.name for each in measure_whole_spine(corners, names, 600, Grid())]
    ['cobb_angle_aasce', 'cobb_angle_aasce', 'cobb_angle_aasce', 'coronal_balance']
    """
    aasce = measure_aasce_angles(corners, names, height, grid) if grid.is_square else []
    return [*aasce, coronal_balance(_enough(corners), grid)]


def measure_centreline(masks: Masks, grid: Grid) -> list[MeasuredValue]:
    """Measure the Cobb angle of every curve of a spine mask's centreline.

    No vertebra is known, so the angle is between tangents.

    Parameters
    ----------
    masks : Masks
        Boolean (H, W) masks by structure name: ``spine``.
    grid : Grid
        Size of the masks' pixels, which need not be square.

    Returns
    -------
    list[MeasuredValue]
        ``cobb_angle`` by the method ``centreline``, in degrees, 0 to 180, the largest curve first. The points are, at
        the two ends of the curve, the lines across the centreline, each left then right on the image; the details name
        the convex side.

    Raises
    ------
    NotMeasurable
        ``missing_structure`` if the spine is not seen; ``spine_too_short`` if its mask has fewer than 40 rows or is
        shorter than four times its width.

    Examples
    --------
    >>> spine = np.zeros((300, 100), bool)
    >>> spine[20:280, 40:61] = True
    >>> angle = measure_centreline({"spine": spine}, Grid())[0]
    >>> angle.site, round(angle.value, 6)
    ('curve_1', 0.0)
    """
    spine = structure(masks, "spine").mask
    line = centreline(spine, grid)
    half = float(np.median(spine[spine.any(axis=1)].sum(axis=1))) * grid.col / 2
    curves = sorted(find_curves(line.tilts), key=lambda curve: -curve.angle)
    return [
        COBB_ANGLE.value(
            curve.angle,
            grid,
            tuple(
                point
                for place in (curve.upper, curve.lower)
                for point in tilted_line(line.places[place], half, float(line.tilts[place]), grid)
            ),
            curve_site(number),
            "centreline",
            {"convex": curve.convex},
        )
        for number, curve in enumerate(curves, start=1)
    ]
