"""Cobb angles of every curve, by both methods, and the AASCE challenge's three."""

from __future__ import annotations

from collections.abc import Sequence

from radcaliper.measurements.catalog import COBB_ANGLE, COBB_ANGLE_AASCE
from radcaliper.measurements.spine.aasce import aasce_angles
from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
from radcaliper.measurements.spine.centreline import centreline
from radcaliper.measurements.spine.curves import Curve, curve_site, find_curves
from radcaliper.measurements.spine.smoothing import smooth
from radcaliper.measurements.spine.vertebra import (
    Corners,
    Degrees,
    lower_endplate_tilts,
    upper_endplate_tilts,
    vertebral_tilts,
)
from radcaliper.measurements.types import Grid, Masks, MeasuredValue, NotMeasurable, Point

_FEWEST = 4


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
        ``spine_too_short`` if there are fewer than four vertebrae.

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
        ``spine_too_short`` if there are fewer than four vertebrae.

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
    if len(corners) < _FEWEST:
        raise NotMeasurable("spine_too_short")
    return smooth(vertebral_tilts(corners, grid))


def _endplates(corners: Corners, upper: int, lower: int) -> tuple[Point, ...]:
    """Ends of the upper end vertebra's upper and of the lower one's lower end plate, each left then right."""
    ends = (*corners[upper, :2], *corners[lower, 2:])
    return tuple(Point(float(row), float(col)) for row, col in ends)


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
    tilts are smoothed along the spine as the vertebrae's are.

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
        an angle are the ends of the upper end vertebra's upper and of the lower one's lower end plate, each left then
        right on the image; its details name the upper and the lower end vertebra, the apex and the convex side.

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
    upper, lower = smooth(upper_endplate_tilts(corners, grid)), smooth(lower_endplate_tilts(corners, grid))
    measured = []
    for number, curve in enumerate(curves, start=1):
        points, details = _endplates(corners, curve.upper, curve.lower), _details(curve, names)
        by_endplates = float(abs(upper[curve.upper] - lower[curve.lower]))
        angles = {"vertebral_tilt": curve.angle, "endplates": by_endplates}
        for method, angle in angles.items():
            measured.append(COBB_ANGLE.value(angle, grid, points, curve_site(number), method, details))
        measured.append(apical_translation(corners, curve, curve_site(number), grid))
    return measured


def measure_aasce_angles(corners: Corners, names: Sequence[str], height: float) -> list[MeasuredValue]:
    """Measure the three angles of the AASCE 2019 challenge, as its truth defines them.

    Parameters
    ----------
    corners : Corners
        (N, 4, 2) corners as (row, col), in the image's order tl, tr, bl, br, vertebrae from the top down.
    names : Sequence[str]
        The N vertebrae's names, from the top down.
    height : float
        Rows of the film, whose pixels are square; the third AASCE angle depends on it.

    Returns
    -------
    list[MeasuredValue]
        ``cobb_angle_aasce`` at the sites ``main``, ``second`` and ``third``, in degrees, 0 to 180. Only ``main`` has
        points and details: the end plates' ends and the names of its two vertebrae.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae.

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
    >>> [(each.site, round(each.value, 6)) for each in measure_aasce_angles(corners, names, 600)]
    [('main', 40.0), ('second', 0.0), ('third', 0.0)]
    """
    if len(corners) < _FEWEST:
        raise NotMeasurable("spine_too_short")
    angles = aasce_angles(corners, height)
    details = {"upper": names[angles.upper], "lower": names[angles.lower]}
    points = _endplates(corners, angles.upper, angles.lower)
    return [
        COBB_ANGLE_AASCE.value(angles.main, Grid(), points, "main", "vertebral_tilt", details),
        COBB_ANGLE_AASCE.value(angles.second, Grid(), (), "second", "vertebral_tilt"),
        COBB_ANGLE_AASCE.value(angles.third, Grid(), (), "third", "vertebral_tilt"),
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
        ``spine_too_short`` if there are fewer than four vertebrae.

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
        ``spine_too_short`` if there are fewer than four vertebrae.

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
        Rows of the film, whose pixels are square; the third AASCE angle depends on it.
    grid : Grid
        Size of the pixels, which need not be square.

    Returns
    -------
    list[MeasuredValue]
        The three of ``cobb_angle_aasce``, in degrees, and ``coronal_balance``, a signed length.

    Raises
    ------
    NotMeasurable
        ``spine_too_short`` if there are fewer than four vertebrae.

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
    return [*measure_aasce_angles(corners, names, height), coronal_balance(corners, grid)]


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
        ``cobb_angle`` by the method ``centreline``, in degrees, 0 to 180, the largest curve first. The points are the
        two ends of the curve; the details name the convex side.

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
    spine = masks.get("spine")
    if spine is None or not spine.any():
        raise NotMeasurable("missing_structure")
    line = centreline(spine, grid)
    curves = sorted(find_curves(line.tilts), key=lambda curve: -curve.angle)
    return [
        COBB_ANGLE.value(
            curve.angle,
            grid,
            (line.point(curve.upper), line.point(curve.lower)),
            curve_site(number),
            "centreline",
            {"convex": curve.convex},
        )
        for number, curve in enumerate(curves, start=1)
    ]
